/*
 * adapter_answer.c
 *		An answer of a service as the rows of its adapter see it.
 *
 * Answers come from outside: their size is bounded by net, their depth here, before anything that goes
 * by the stack reads them; what PostgreSQL's JSON does not take is found in a subtransaction.
 */
#include "engine/adapter_answer.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "core/retry.h"
#include "engine/adapter_document.h"
#include "engine/isolation.h"
#include "engine/json_push.h"

/* Nobody answers with anything nested as deep as this. */
#define DEPTH_MAX 100

static bool
is_shallow(const char *bytes, size_t length)
{
	int depth = 0;
	bool quoted = false;
	size_t i;

	for (i = 0; i < length; i++)
	{
		if (quoted && bytes[i] == '\\')
			i++;
		else if (bytes[i] == '"')
			quoted = !quoted;
		else if (!quoted && (bytes[i] == '[' || bytes[i] == '{') && ++depth > DEPTH_MAX)
			return false;
		else if (!quoted && (bytes[i] == ']' || bytes[i] == '}'))
			depth--;
	}
	return true;
}

typedef struct Reading
{
	const char *bytes;
	Jsonb *json;
} Reading;

static void
read_json(void *arg)
{
	Reading *reading = arg;

	reading->json = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(reading->bytes)));
}

/* NULL if it is no JSON that the database can hold. */
static Jsonb *
json_of(const DeliveryOutcome *outcome)
{
	Reading reading = {outcome->body, NULL};

	if (outcome->transport != RETRY_TRANSPORT_OK || outcome->body == NULL ||
		outcome->body_len == 0 || strlen(outcome->body) != outcome->body_len ||
		!pg_verify_mbstr(PG_UTF8, outcome->body, (int) outcome->body_len, true) ||
		!pg_verify_mbstr(GetDatabaseEncoding(), outcome->body, (int) outcome->body_len, true) ||
		!is_shallow(outcome->body, outcome->body_len))
		return NULL;
	return campaign_isolation_try(read_json, &reading) == NULL ? reading.json : NULL;
}

Jsonb *
campaign_adapter_answer_of(const DeliveryOutcome *outcome)
{
	JsonbParseState *state = NULL;
	JsonbValue body = {.type = jbvNull};
	Jsonb *json;

	if (outcome->status == 0 || (outcome->transport != RETRY_TRANSPORT_OK &&
								 outcome->transport != RETRY_TRANSPORT_TOO_LARGE))
		return NULL;
	json = json_of(outcome);
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	campaign_json_push_number(&state, "status", outcome->status);
	if (outcome->retry_after_s >= 0)
		campaign_json_push_number(&state, "retry_after", outcome->retry_after_s);
	if (json != NULL && JB_ROOT_IS_SCALAR(json))
		JsonbExtractScalar(&json->root, &body);
	else if (json != NULL)
		body = (JsonbValue){.type = jbvBinary,
							.val.binary = {.data = &json->root, .len = VARSIZE_ANY_EXHDR(json)}};
	campaign_json_push_key(&state, "body");
	pushJsonbValue(&state, WJB_VALUE, &body);
	return JsonbValueToJsonb(campaign_json_push_end(&state));
}

static void
push_member(JsonbParseState **state, Jsonb *answer, const char *name)
{
	JsonbValue value;

	if (getKeyJsonValueFromContainer(&answer->root, name, (int) strlen(name), &value) == NULL)
		return;
	campaign_json_push_key(state, name);
	pushJsonbValue(state, WJB_VALUE, &value);
}

Jsonb *
campaign_adapter_answer_item(const AdapterRequest *request, Jsonb *document, Jsonb *answer,
							 Jsonb **item)
{
	JsonbParseState *state = NULL;
	JsonbValue found;
	int i;

	*item = NULL;
	for (i = 0; i < request->n_item; i++)
		if (campaign_adapter_document_query(document, answer, request->item[i], &found))
			break;
	if (i == request->n_item)
		return NULL;
	*item = JsonbValueToJsonb(&found);
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push_member(&state, answer, "status");
	push_member(&state, answer, "retry_after");
	campaign_json_push_key(&state, "item");
	pushJsonbValue(&state, WJB_VALUE, &found);
	return JsonbValueToJsonb(campaign_json_push_end(&state));
}

const AdapterAnswer *
campaign_adapter_answer_find(const Adapters *adapters, const AdapterRequest *request,
							 Jsonb *document, Jsonb *answer, bool shared)
{
	int i;

	for (i = 0; i < adapters->n_answers; i++)
	{
		const AdapterAnswer *row = &adapters->answers[i];

		if (row->key == request->key && (row->role == ADAPTER_ANY || row->role == request->role) &&
			(row->position == 0 || row->position == request->position) &&
			(shared || row->meaning != ADAPTER_APART) &&
			campaign_adapter_document_holds(document, answer, row->condition))
			return row;
	}
	return NULL;
}

static JsonPath *
path_of(const JsonbValue *text)
{
	return DatumGetJsonPathP(DirectFunctionCall1(
		jsonpath_in, CStringGetDatum(pnstrdup(text->val.string.val, text->val.string.len))));
}

/* Takes one value, or, if every, each of an array of them. */
static void
hand_over(const char *target, const JsonbValue *value, bool every, AdapterTake take, void *arg)
{
	const char *dot = strchr(target, '.');
	const char *where = pnstrdup(target, dot - target);
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue item;

	if (!every && value->type != jbvNull)
		take(arg, where, dot + 1, value);
	if (!every || value->type != jbvBinary)
		return;
	iterator = JsonbIteratorInit(value->val.binary.data);
	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
		if (token == WJB_ELEM && item.type != jbvNull)
			take(arg, where, dot + 1, &item);
}

static void
take_values(const AdapterRequest *request, Jsonb *document, Jsonb *answer, bool every,
			AdapterTake take, void *arg)
{
	JsonbIterator *iterator = JsonbIteratorInit(&request->takes->root);
	JsonbIteratorToken token;
	JsonbValue item;
	JsonbValue value;
	char *target = NULL;

	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			target = pnstrdup(item.val.string.val, item.val.string.len);
		if (token == WJB_VALUE && item.type == jbvString &&
			(every ? campaign_adapter_document_query_all(document, answer, path_of(&item), &value)
				   : campaign_adapter_document_query(document, answer, path_of(&item), &value)))
			hand_over(target, &value, every, take, arg);
	}
}

void
campaign_adapter_answer_take(const AdapterRequest *request, Jsonb *document, Jsonb *answer,
							 AdapterTake take, void *arg)
{
	take_values(request, document, answer, false, take, arg);
}

void
campaign_adapter_answer_take_all(const AdapterRequest *request, Jsonb *document, Jsonb *answer,
								 AdapterTake take, void *arg)
{
	take_values(request, document, answer, true, take, arg);
}
