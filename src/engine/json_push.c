/*
 * json_push.c
 *		Pairs of an object that is being written as jsonb.
 */
#include "engine/json_push.h"

#include "utils/numeric.h"

void
campaign_json_push_key(JsonbParseState **state, const char *key)
{
	JsonbValue value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, key);
	value.val.string.len = strlen(key);
	pushJsonbValue(state, WJB_KEY, &value);
}

void
campaign_json_push_text(JsonbParseState **state, const char *key, const char *text)
{
	JsonbValue value;

	if (text == NULL)
		return;
	campaign_json_push_key(state, key);
	value.type = jbvString;
	value.val.string.val = unconstify(char *, text);
	value.val.string.len = strlen(text);
	pushJsonbValue(state, WJB_VALUE, &value);
}

void
campaign_json_push_id(JsonbParseState **state, const char *key, int64 id)
{
	campaign_json_push_text(state, key, psprintf(INT64_FORMAT, id));
}

void
campaign_json_push_number(JsonbParseState **state, const char *key, int64 number)
{
	JsonbValue value;

	campaign_json_push_key(state, key);
	value.type = jbvNumeric;
	value.val.numeric = int64_to_numeric(number);
	pushJsonbValue(state, WJB_VALUE, &value);
}

void
campaign_json_push_json(JsonbParseState **state, const char *key, Jsonb *json)
{
	JsonbValue value = {.type = jbvBinary,
						.val.binary = {.data = &json->root, .len = VARSIZE_ANY_EXHDR(json)}};

	campaign_json_push_key(state, key);
	pushJsonbValue(state, WJB_VALUE, &value);
}

void
campaign_json_push_object(JsonbParseState **state, const char *key)
{
	campaign_json_push_key(state, key);
	pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
}

JsonbValue *
campaign_json_push_end(JsonbParseState **state)
{
	return pushJsonbValue(state, WJB_END_OBJECT, NULL);
}
