/*
 * adapter_batch.c
 *		Requests of an adapter for several actions that leave as one.
 */
#include "engine/adapter_batch.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/fmgrprotos.h"

#include "engine/adapter_document.h"
#include "engine/content.h"
#include "engine/json_push.h"

/* A frozen request, taken apart. */
typedef struct Parts
{
	Jsonb *body;
	char *array; /* the name of the array in it */
	int most;
	JsonbValue item;
	char *unique; /* the value of it that no other item may have; NULL = there is none such */
} Parts;

static char *
text_of(JsonbContainer *object, const char *name)
{
	JsonbValue value;

	if (getKeyJsonValueFromContainer(object, name, (int) strlen(name), &value) == NULL)
		return NULL;
	return campaign_adapter_document_text(&value);
}

static JsonbContainer *
member_of(JsonbContainer *object, const char *name)
{
	JsonbValue value;

	if (getKeyJsonValueFromContainer(object, name, (int) strlen(name), &value) == NULL ||
		value.type != jbvBinary)
		return NULL;
	return value.val.binary.data;
}

static Jsonb *
json_of(const JsonbValue *value)
{
	JsonbValue copy = *value;

	return JsonbValueToJsonb(&copy);
}

/* False if it is of no batch. */
static bool
take_apart(Jsonb *request, Parts *parts)
{
	JsonbContainer *batch = member_of(&request->root, "batch");
	char *body = text_of(&request->root, "body");
	char *unique;
	JsonbContainer *items;
	JsonbValue *item;

	if (batch == NULL || body == NULL)
		return false;
	parts->body = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(body)));
	parts->array = text_of(batch, "array");
	parts->most = atoi(text_of(batch, "most"));
	items = member_of(&parts->body->root, parts->array);
	if (items == NULL || !JsonContainerIsArray(items) || JsonContainerSize(items) != 1)
		return false;
	item = getIthJsonbValueFromContainer(items, 0);
	parts->item = *item;
	unique = text_of(batch, "unique");
	parts->unique =
		unique == NULL || item->type != jbvBinary ? NULL : text_of(item->val.binary.data, unique);
	if (parts->unique != NULL)
		parts->unique = str_tolower(parts->unique, strlen(parts->unique), DEFAULT_COLLATION_OID);
	return true;
}

/* The object with this member set. */
static Jsonb *
with(Jsonb *object, const char *name, Jsonb *value)
{
	Datum path = CStringGetTextDatum(name);
	ArrayType *array = construct_array(&path, 1, TEXTOID, -1, false, TYPALIGN_INT);

	return DatumGetJsonbP(DirectFunctionCall4(jsonb_set, JsonbPGetDatum(object),
											  PointerGetDatum(array), JsonbPGetDatum(value),
											  BoolGetDatum(true)));
}

static Jsonb *
with_text(Jsonb *object, const char *name, char *text)
{
	return with(object, name,
				json_of(&(JsonbValue){.type = jbvString,
									  .val.string = {.val = text, .len = (int) strlen(text)}}));
}

static Jsonb *
array_of(const JsonbValue *items, int n)
{
	JsonbParseState *state = NULL;
	int i;

	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (i = 0; i < n; i++)
	{
		JsonbValue item = items[i];

		pushJsonbValue(&state, WJB_ELEM, &item);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
}

/* What has to be the same in all requests of a batch: everything but keys and items. */
static Jsonb *
frame_of(Jsonb *request, const Parts *parts)
{
	Jsonb *body = with(parts->body, parts->array, array_of(NULL, 0));

	return with(with_text(request, "key", ""), "body", body);
}

static bool
has(const AdapterBatch *batch, const char *unique)
{
	int i;

	for (i = 0; unique != NULL && i < batch->n; i++)
		if (batch->unique[i] != NULL && strcmp(batch->unique[i], unique) == 0)
			return true;
	return false;
}

AdapterBatch *
campaign_adapter_batch_begin(int64 lane, Jsonb *request)
{
	AdapterBatch *batch;
	Parts parts;

	if (!take_apart(request, &parts))
		return NULL;
	batch = palloc(sizeof(AdapterBatch));
	batch->lane = lane;
	batch->frame = frame_of(request, &parts);
	batch->most = parts.most;
	batch->unique = palloc(parts.most * sizeof(char *));
	batch->unique[0] = parts.unique;
	batch->n = 1;
	return batch;
}

AdapterBatch *
campaign_adapter_batch_join(List *batches, const AdapterBatch *one)
{
	ListCell *cell;

	foreach (cell, batches)
	{
		AdapterBatch *batch = lfirst(cell);

		if (batch->lane != one->lane || batch->n == batch->most || has(batch, one->unique[0]) ||
			compareJsonbContainers(&batch->frame->root, &one->frame->root) != 0)
			continue;
		batch->unique[batch->n++] = one->unique[0];
		return batch;
	}
	return NULL;
}

Jsonb *
campaign_adapter_batch_merge(Jsonb *const *requests, int n)
{
	JsonbValue *items = palloc(n * sizeof(JsonbValue));
	StringInfoData keys;
	Parts first = {0};
	Jsonb *body;
	int i;

	initStringInfo(&keys);
	for (i = 0; i < n; i++)
	{
		Parts parts;

		if (!take_apart(requests[i], &parts))
			elog(ERROR, "a request that is of no batch is in one");
		if (i == 0)
			first = parts;
		items[i] = parts.item;
		appendStringInfo(&keys, "%s:", text_of(&requests[i]->root, "key"));
	}
	body = with(first.body, first.array, array_of(items, n));
	return with_text(with_text(requests[0], "key", campaign_content_digest(keys.data)), "body",
					 JsonbToCString(NULL, &body->root, VARSIZE(body)));
}

Jsonb *
campaign_adapter_batch_place(Jsonb *request, int index, int size)
{
	JsonbParseState *state = NULL;
	Parts parts;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	campaign_json_push_number(&state, "index", index);
	campaign_json_push_number(&state, "size", size);
	if (request != NULL && take_apart(request, &parts))
	{
		campaign_json_push_key(&state, "sent");
		pushJsonbValue(&state, WJB_VALUE, &parts.item);
		campaign_json_push_text(&state, "unique", parts.unique);
	}
	return JsonbValueToJsonb(campaign_json_push_end(&state));
}
