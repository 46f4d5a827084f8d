/*
 * keys.h
 *		What the sink remembers of each Idempotency-Key: how often it came and what it was answered.
 */
#ifndef SINK_KEYS_H
#define SINK_KEYS_H

#include <stddef.h>
#include <stdint.h>

typedef struct Key
{
	char *name; /* NULL = free */
	uint64_t hash;
	int seen;     /* requests with it */
	int accepted; /* of these, those that took effect */
	int status;   /* the first answer that took effect */
	uint64_t id;  /* its id */
} Key;

typedef struct Keys
{
	Key *table; /* size is a power of two */
	size_t size;
	size_t used;
} Keys;

/* The entry of a name, made if it is new; NULL if there is no memory. Valid until the next call. */
extern Key *sink_keys_find(Keys *keys, const char *name);
extern uint64_t sink_keys_hash(const char *name, uint64_t seed);

#endif
