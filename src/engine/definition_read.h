/*
 * definition_read.h
 *		Looking into the jsonb of a definition, whose shape nobody has promised, and naming places
 *		and values in it for people.
 */
#ifndef CAMPAIGN_DEFINITION_READ_H
#define CAMPAIGN_DEFINITION_READ_H

#include "postgres.h"
#include "utils/jsonb.h"

typedef struct JsonPair
{
	char *key;
	JsonbValue value;
} JsonPair;

/* The object or array that the value is, or NULL. */
extern JsonbContainer *campaign_definition_read_object(const JsonbValue *value);
extern JsonbContainer *campaign_definition_read_array(const JsonbValue *value);

/* A copy of the text that the value is, or NULL. */
extern char *campaign_definition_read_text(const JsonbValue *value);

/* The pairs of an object in the order in which jsonb keeps them (by length of key); how many. */
extern int campaign_definition_read_pairs(JsonbContainer *object, JsonPair **pairs);

/* The pair of this key, or NULL. */
extern const JsonPair *campaign_definition_read_find(const JsonPair *pairs, int n, const char *key);

/* path.key, the key quoted where it is no plain word; path[index] */
extern char *campaign_definition_read_key_path(const char *path, const char *key);
extern char *campaign_definition_read_item_path(const char *path, int index);

/* The value for a message: a text in quotes and cut short, a number, "an object", ... */
extern char *campaign_definition_read_shown(const JsonbValue *value);

/* The value as JSON, whole. */
extern char *campaign_definition_read_json(const JsonbValue *value);

/* The text in quotes, cut short. */
extern char *campaign_definition_read_quoted(const char *text);

/* True if there is nothing but blanks in it. */
extern bool campaign_definition_read_blank(const char *text);

#endif
