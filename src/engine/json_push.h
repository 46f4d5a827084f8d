/*
 * json_push.h
 *		Pairs of an object that is being written as jsonb.
 */
#ifndef CAMPAIGN_JSON_PUSH_H
#define CAMPAIGN_JSON_PUSH_H

#include "postgres.h"
#include "utils/jsonb.h"

extern void campaign_json_push_key(JsonbParseState **state, const char *key);

/* Nothing for NULL. */
extern void campaign_json_push_text(JsonbParseState **state, const char *key, const char *text);

/* An id is a text, since numbers of its size are cut by many readers of JSON. */
extern void campaign_json_push_id(JsonbParseState **state, const char *key, int64 id);
extern void campaign_json_push_number(JsonbParseState **state, const char *key, int64 number);
extern void campaign_json_push_json(JsonbParseState **state, const char *key, Jsonb *json);
extern void campaign_json_push_object(JsonbParseState **state, const char *key);
extern JsonbValue *campaign_json_push_end(JsonbParseState **state);

#endif
