/*
 * adapter_document.c
 *		What the rows of an adapter are asked of and filled from.
 */
#include "engine/adapter_document.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#include "engine/json_push.h"

Jsonb *
campaign_adapter_document(Jsonb *content, Jsonb *results, Jsonb *kept)
{
	JsonbParseState *state = NULL;
	Jsonb *learned;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	campaign_json_push_json(&state, "result", results);
	campaign_json_push_json(&state, "kept", kept);
	learned = JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
	return DatumGetJsonbP(
		DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(content), JsonbPGetDatum(learned)));
}

Jsonb *
campaign_adapter_document_with(Jsonb *document, const char *name, Jsonb *value)
{
	JsonbParseState *state = NULL;
	Jsonb *member;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	campaign_json_push_json(&state, name, value);
	member = JsonbValueToJsonb(campaign_json_push_end(&state));
	return DatumGetJsonbP(
		DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(document), JsonbPGetDatum(member)));
}

bool
campaign_adapter_document_find(Jsonb *document, const char *name, size_t length, JsonbValue *value)
{
	JsonbContainer *container = &document->root;
	const char *end = name + length;

	for (;;)
	{
		const char *dot = memchr(name, '.', end - name);
		size_t part = (dot == NULL ? end : dot) - name;

		if (!JsonContainerIsObject(container) ||
			getKeyJsonValueFromContainer(container, name, (int) part, value) == NULL)
			return false;
		if (dot == NULL)
			return value->type != jbvNull;
		if (value->type != jbvBinary)
			return false;
		container = value->val.binary.data;
		name = dot + 1;
	}
}

char *
campaign_adapter_document_text(const JsonbValue *value)
{
	switch (value->type)
	{
		case jbvString:
			return pnstrdup(value->val.string.val, value->val.string.len);
		case jbvNumeric:
			return DatumGetCString(
				DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
		case jbvBool:
			return pstrdup(value->val.boolean ? "true" : "false");
		default:
			return NULL;
	}
}

/* Calls one of PostgreSQL's functions of paths, silently; false if it gives NULL. */
static bool
ask(PGFunction function, Jsonb *document, Jsonb *target, JsonPath *path, Datum *result)
{
	LOCAL_FCINFO(call, 4);

	InitFunctionCallInfoData(*call, NULL, 4, InvalidOid, NULL, NULL);
	call->args[0] = (NullableDatum){JsonbPGetDatum(target), false};
	call->args[1] = (NullableDatum){PointerGetDatum(path), false};
	call->args[2] = (NullableDatum){JsonbPGetDatum(document), false};
	call->args[3] = (NullableDatum){BoolGetDatum(true), false};
	*result = function(call);
	return !call->isnull;
}

bool
campaign_adapter_document_holds(Jsonb *document, Jsonb *target, JsonPath *predicate)
{
	Datum result;

	return ask(jsonb_path_match_tz, document, target, predicate, &result) && DatumGetBool(result);
}

static bool
query(PGFunction function, Jsonb *document, Jsonb *target, JsonPath *path, JsonbValue *value)
{
	Datum result;
	Jsonb *found;

	if (!ask(function, document, target, path, &result))
		return false;
	found = DatumGetJsonbP(result);
	if (JB_ROOT_IS_SCALAR(found))
		return JsonbExtractScalar(&found->root, value);
	*value = (JsonbValue){.type = jbvBinary,
						  .val.binary = {.data = &found->root, .len = VARSIZE_ANY_EXHDR(found)}};
	return true;
}

bool
campaign_adapter_document_query(Jsonb *document, Jsonb *target, JsonPath *path, JsonbValue *value)
{
	return query(jsonb_path_query_first_tz, document, target, path, value);
}

bool
campaign_adapter_document_query_all(Jsonb *document, Jsonb *target, JsonPath *path,
									JsonbValue *value)
{
	return query(jsonb_path_query_array_tz, document, target, path, value);
}
