/*
 * adapter_request.c
 *		One request of an adapter, rendered.
 */
#include "engine/adapter_request.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "core/template.h"
#include "engine/adapter_body.h"
#include "engine/adapter_document.h"
#include "engine/adapter_text.h"
#include "engine/json_push.h"

#define NOTE "content.note"

const AdapterRequest *
campaign_adapter_request_next(const Adapters *adapters, int key, int position, Jsonb *document)
{
	int i;

	for (i = 0; i < adapters->n_requests; i++)
	{
		const AdapterRequest *request = &adapters->requests[i];

		if (request->key == key && request->role == ADAPTER_SEND && request->position >= position &&
			(request->needed == NULL ||
			 campaign_adapter_document_holds(document, document, request->needed)))
			return request;
	}
	return NULL;
}

/* How long a text may be: as the row says, or less if the account may write less. */
static int32
limit_of(const AdapterSources *sources, const char *name, const JsonbValue *limit)
{
	int32 most =
		DatumGetInt32(DirectFunctionCall1(numeric_int4, NumericGetDatum(limit->val.numeric)));

	if (sources->max_note_length > 0 && strcmp(name, NOTE) == 0)
		most = Min(most, sources->max_note_length);
	return most;
}

static bool
within_limits(const AdapterRequest *request, const AdapterSources *sources, AdapterFault *fault)
{
	JsonbIterator *iterator = JsonbIteratorInit(&request->limits->root);
	JsonbIteratorToken token;
	JsonbValue item;
	JsonbValue text;
	char *name = NULL;

	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		int length;

		if (token == WJB_KEY)
			name = pnstrdup(item.val.string.val, item.val.string.len);
		if (token != WJB_VALUE ||
			!campaign_adapter_document_find(sources->document, name, strlen(name), &text) ||
			text.type != jbvString)
			continue;
		length = pg_mbstrlen_with_len(text.val.string.val, text.val.string.len);
		if (length <= limit_of(sources, name, &item))
			continue;
		fault->reason = "too_many_characters";
		fault->detail = psprintf("%s has %d characters, and may have %d", name, length,
								 limit_of(sources, name, &item));
		return false;
	}
	return true;
}

/* Each request that does something has a key of its own, the same at each attempt; NULL = it asks only. */
static char *
key_of(const AdapterRequest *request, const AdapterSources *sources)
{
	if (strcmp(request->method, "GET") == 0)
		return NULL;
	if (request->position == 1)
		return pstrdup(sources->key);
	return psprintf("%s-%d", sources->key, request->position);
}

static bool
push_headers(JsonbParseState **state, AdapterText *text, Jsonb *headers)
{
	JsonbIterator *iterator = JsonbIteratorInit(&headers->root);
	JsonbIteratorToken token;
	JsonbValue item;
	char *name = NULL;

	campaign_json_push_object(state, "headers");
	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		char *value;

		if (token == WJB_KEY)
			name = pnstrdup(item.val.string.val, item.val.string.len);
		if (token != WJB_VALUE)
			continue;
		value = campaign_adapter_text_render(text, item.val.string.val, item.val.string.len,
											 ADAPTER_TEXT_HEADER);
		if (value == NULL)
			return false;
		campaign_json_push_text(state, name, value);
	}
	campaign_json_push_end(state);
	return true;
}

Jsonb *
campaign_adapter_request_render(const AdapterRequest *request, const AdapterSources *sources,
								AdapterFault *fault)
{
	AdapterText text = {
		.document = sources->document, .content = sources->content, .finds = request->finds};
	JsonbParseState *state = NULL;
	char *type = NULL;
	char *body = NULL;
	char *path;

	memset(fault, 0, sizeof(*fault));
	if (!within_limits(request, sources, fault))
		return NULL;
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	campaign_json_push_text(&state, "method", request->method);
	path = campaign_adapter_text_render(&text, request->path, strlen(request->path),
										ADAPTER_TEXT_ADDRESS);
	if (path != NULL && push_headers(&state, &text, request->headers) &&
		(request->body == NULL ||
		 (body = campaign_adapter_body(&text, request->format, request->body, sources->key,
									   &type)) != NULL))
	{
		campaign_json_push_text(&state, "key", key_of(request, sources));
		campaign_json_push_text(&state, "path", path);
		campaign_json_push_text(&state, "type", type);
		campaign_json_push_text(&state, "body", body);
		campaign_json_push_text(&state, "sign", request->sign);
		campaign_json_push_text(&state, "retry_after_header", request->retry_after_header);
		if (request->batch != NULL)
			campaign_json_push_json(&state, "batch", request->batch);
		return JsonbValueToJsonb(campaign_json_push_end(&state));
	}
	fault->reason = "missing_variable";
	fault->detail = text.missing == NULL ? pstrdup(request->path) : text.missing;
	return NULL;
}
