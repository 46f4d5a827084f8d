/*
 * adapter_body.c
 *		The body of a request of an adapter.
 *
 * The same tree and document give the same bytes: jsonb has an order of its own.
 */
#include "engine/adapter_body.h"

#include "miscadmin.h"

#include "engine/adapter_document.h"
#include "engine/json_push.h"

/* The mark of a member that is left out where it has no value. */
#define OPTIONAL '?'

static bool render_value(AdapterText *text, const JsonbValue *from, JsonbValue *to);

/* A text; one that is a variable alone is the value itself, whatever it is. */
static bool
render_string(AdapterText *text, const JsonbValue *from, JsonbValue *to)
{
	const char *template = from->val.string.val;
	size_t length = (size_t) from->val.string.len;
	size_t name_length;
	const char *name = campaign_adapter_text_alone(template, length, &name_length);
	char *rendered;

	if (name != NULL && campaign_adapter_document_find(text->document, name, name_length, to) &&
		!(to->type == jbvString && to->val.string.len == 0))
		return true;
	rendered = campaign_adapter_text_render(text, template, length, ADAPTER_TEXT_PLAIN);
	if (rendered == NULL)
		return false;
	*to = (JsonbValue){.type = jbvString,
					   .val.string = {.val = rendered, .len = (int) strlen(rendered)}};
	return true;
}

static bool
push_member(AdapterText *text, JsonbParseState **state, const JsonbValue *key,
			const JsonbValue *from)
{
	JsonbValue name = *key;
	JsonbValue value;
	bool optional =
		name.val.string.len > 1 && name.val.string.val[name.val.string.len - 1] == OPTIONAL;

	if (optional)
		name.val.string.len--;
	if (!render_value(text, from, &value))
		return optional;
	pushJsonbValue(state, WJB_KEY, &name);
	pushJsonbValue(state, WJB_VALUE, &value);
	return true;
}

static bool
render_container(AdapterText *text, JsonbContainer *container, JsonbValue *to)
{
	JsonbIterator *iterator = JsonbIteratorInit(container);
	JsonbParseState *state = NULL;
	JsonbIteratorToken token;
	JsonbValue item;
	JsonbValue key = {0};
	JsonbValue value;
	JsonbValue *built = NULL;
	Jsonb *json;

	check_stack_depth();
	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			key = item;
		else if (token == WJB_VALUE)
		{
			if (!push_member(text, &state, &key, &item))
				return false;
		}
		else if (token == WJB_ELEM)
		{
			if (!render_value(text, &item, &value))
				return false;
			pushJsonbValue(&state, WJB_ELEM, &value);
		}
		else
			built = pushJsonbValue(&state, token, NULL);
	}
	json = JsonbValueToJsonb(built);
	*to = (JsonbValue){.type = jbvBinary,
					   .val.binary = {.data = &json->root, .len = VARSIZE_ANY_EXHDR(json)}};
	return true;
}

static bool
render_value(AdapterText *text, const JsonbValue *from, JsonbValue *to)
{
	if (from->type == jbvBinary)
		return render_container(text, from->val.binary.data, to);
	if (from->type == jbvString)
		return render_string(text, from, to);
	*to = *from;
	return true;
}

/* A tree is an object, an array, or one text. */
static char *
json_body(AdapterText *text, Jsonb *tree)
{
	JsonbValue root = {.type = jbvBinary,
					   .val.binary = {.data = &tree->root, .len = VARSIZE_ANY_EXHDR(tree)}};
	JsonbValue value;
	Jsonb *json;

	if (JB_ROOT_IS_SCALAR(tree) && !JsonbExtractScalar(&tree->root, &root))
		return NULL;
	if (!render_value(text, &root, &value))
		return NULL;
	json = JsonbValueToJsonb(&value);
	return JsonbToCString(NULL, &json->root, VARSIZE(json));
}

static void
append_field(StringInfo out, const char *name, int name_length, const char *value)
{
	if (out->len > 0)
		appendStringInfoChar(out, '&');
	campaign_adapter_text_encode(out, name, name_length);
	appendStringInfoChar(out, '=');
	campaign_adapter_text_encode(out, value, strlen(value));
}

static void
append_part(StringInfo out, const char *boundary, const char *name, int name_length,
			const char *value)
{
	appendStringInfo(out, "--%s\r\nContent-Disposition: form-data; name=\"%.*s\"\r\n\r\n%s\r\n",
					 boundary, name_length, name, value);
}

/* Names and values of a form. boundary: NULL = percent-encoded, in one line. */
static char *
form_body(AdapterText *text, Jsonb *tree, const char *boundary)
{
	JsonbIterator *iterator = JsonbIteratorInit(&tree->root);
	JsonbIteratorToken token;
	JsonbValue item;
	JsonbValue key = {0};
	StringInfoData out;

	initStringInfo(&out);
	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		char *value;
		int name_length = key.val.string.len;
		bool optional;

		if (token == WJB_KEY)
			key = item;
		if (token != WJB_VALUE)
			continue;
		optional = name_length > 1 && key.val.string.val[name_length - 1] == OPTIONAL;
		value = campaign_adapter_text_render(text, item.val.string.val, item.val.string.len,
											 ADAPTER_TEXT_PLAIN);
		if (value == NULL && !optional)
			return NULL;
		if (value == NULL)
			continue;
		if (boundary == NULL)
			append_field(&out, key.val.string.val, name_length - optional, value);
		else
			append_part(&out, boundary, key.val.string.val, name_length - optional, value);
	}
	if (boundary != NULL)
		appendStringInfo(&out, "--%s--\r\n", boundary);
	return out.data;
}

char *
campaign_adapter_body(AdapterText *text, const char *format, Jsonb *tree, const char *key,
					  char **type)
{
	char *boundary;

	if (strcmp(format, "form") == 0)
	{
		*type = "application/x-www-form-urlencoded";
		return form_body(text, tree, NULL);
	}
	if (strcmp(format, "multipart") == 0)
	{
		/* nobody who writes a text knows the key */
		boundary = psprintf("campaign-%s", key);
		*type = psprintf("multipart/form-data; boundary=%s", boundary);
		return form_body(text, tree, boundary);
	}
	*type = "application/json";
	return json_body(text, tree);
}
