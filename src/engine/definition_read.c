/*
 * definition_read.c
 *		Looking into the jsonb of a definition, and naming places and values in it for people.
 */
#include "engine/definition_read.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/numeric.h"

/* Longer texts and keys are cut in messages and paths: a definition is anybody's input. */
#define SHOWN_BYTES 60

JsonbContainer *
campaign_definition_read_object(const JsonbValue *value)
{
	if (value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
		return NULL;
	return value->val.binary.data;
}

JsonbContainer *
campaign_definition_read_array(const JsonbValue *value)
{
	if (value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data))
		return NULL;
	return value->val.binary.data;
}

char *
campaign_definition_read_text(const JsonbValue *value)
{
	if (value->type != jbvString)
		return NULL;
	return pnstrdup(value->val.string.val, value->val.string.len);
}

int
campaign_definition_read_pairs(JsonbContainer *object, JsonPair **pairs)
{
	JsonbIterator *iterator = JsonbIteratorInit(object);
	JsonbIteratorToken token;
	JsonbValue value;
	int n = 0;

	*pairs = palloc(sizeof(JsonPair) * Max(JsonContainerSize(object), 1));
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			(*pairs)[n].key = pnstrdup(value.val.string.val, value.val.string.len);
		else if (token == WJB_VALUE)
			(*pairs)[n++].value = value;
	}
	return n;
}

const JsonPair *
campaign_definition_read_find(const JsonPair *pairs, int n, const char *key)
{
	for (int i = 0; i < n; i++)
		if (strcmp(pairs[i].key, key) == 0)
			return &pairs[i];
	return NULL;
}

char *
campaign_definition_read_quoted(const char *text)
{
	StringInfoData shown;
	int len = (int) strlen(text);
	char *cut;

	initStringInfo(&shown);
	if (len <= SHOWN_BYTES)
		cut = pstrdup(text);
	else
		cut = psprintf("%s...", pnstrdup(text, pg_mbcliplen(text, len, SHOWN_BYTES)));
	escape_json(&shown, cut);
	return shown.data;
}

char *
campaign_definition_read_key_path(const char *path, const char *key)
{
	size_t plain = strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	if (plain > 0 && plain <= SHOWN_BYTES && key[plain] == '\0')
		return psprintf("%s.%s", path, key);
	return psprintf("%s.%s", path, campaign_definition_read_quoted(key));
}

char *
campaign_definition_read_item_path(const char *path, int index)
{
	return psprintf("%s[%d]", path, index);
}

char *
campaign_definition_read_shown(const JsonbValue *value)
{
	char *number;

	switch (value->type)
	{
		case jbvNull:
			return "null";
		case jbvBool:
			return value->val.boolean ? "true" : "false";
		case jbvNumeric:
			number = numeric_normalize(value->val.numeric);
			if (strlen(number) > SHOWN_BYTES)
				number = psprintf("%.*s...", SHOWN_BYTES, number);
			return number;
		case jbvString:
			return campaign_definition_read_quoted(campaign_definition_read_text(value));
		default:
			return campaign_definition_read_object(value) != NULL ? "an object" : "an array";
	}
}

char *
campaign_definition_read_json(const JsonbValue *value)
{
	Jsonb *json = JsonbValueToJsonb(unconstify(JsonbValue *, value));

	return JsonbToCString(NULL, &json->root, VARSIZE(json));
}

bool
campaign_definition_read_blank(const char *text)
{
	return text[strspn(text, " \t\r\n\f\v")] == '\0';
}
