/*
 * keys.c
 *		What the sink remembers of each Idempotency-Key.
 */
#include "keys.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a, mixed once more so that the low bits serve as well as the high ones. */
uint64_t
sink_keys_hash(const char *name, uint64_t seed)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ (seed * UINT64_C(0x9e3779b97f4a7c15));

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char) *name) * UINT64_C(0x100000001b3);
	hash ^= hash >> 32;
	hash *= UINT64_C(0xd6e8feb86659fd93);
	return hash ^ hash >> 32;
}

static Key *
slot(Key *table, size_t size, uint64_t hash, const char *name)
{
	size_t i = hash & (size - 1);

	while (table[i].name != NULL && (table[i].hash != hash || strcmp(table[i].name, name) != 0))
		i = (i + 1) & (size - 1);
	return &table[i];
}

static int
grow(Keys *keys)
{
	size_t size = keys->size ? keys->size * 2 : 1024;
	Key *table = calloc(size, sizeof(Key));
	size_t i;

	if (table == NULL)
		return 0;
	for (i = 0; i < keys->size; i++)
		if (keys->table[i].name != NULL)
			*slot(table, size, keys->table[i].hash, keys->table[i].name) = keys->table[i];
	free(keys->table);
	keys->table = table;
	keys->size = size;
	return 1;
}

Key *
sink_keys_find(Keys *keys, const char *name)
{
	uint64_t hash = sink_keys_hash(name, 0);
	Key *key;

	if (keys->used * 2 >= keys->size && !grow(keys))
		return NULL;
	key = slot(keys->table, keys->size, hash, name);
	if (key->name == NULL)
	{
		key->name = strdup(name);
		if (key->name == NULL)
			return NULL;
		key->hash = hash;
		keys->used++;
	}
	return key;
}
