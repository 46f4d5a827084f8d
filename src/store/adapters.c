/*
 * adapters.c
 *		Rows of campaign.adapter and campaign.adapter_answer.
 */
#include "store/adapters.h"

#include "catalog/pg_type.h"
#include "utils/array.h"

#include "store/columns.h"
#include "store/plan.h"

#define MICROSECONDS(interval) "(EXTRACT(epoch FROM " interval ") * 1000000)::bigint"

/* Rows for the kind itself stand before those for any, and own rows before built-in ones. */
static StorePlan requests_plan = {
	.sql =
		"SELECT v.i::int - 1, r.role, r.position, r.needed, r.method, r.path, r.headers, r.body,"
		" r.format, r.finds, r.limits, r.repeatable, r.takes, " MICROSECONDS(
			"r.every") ", r.sign, r.item, r.batch, (r.batch->>'most')::int, r.retry_after_header"
					   " FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS v(name, kind, i)"
					   " CROSS JOIN LATERAL (SELECT o.workspace_id, o.action_kind FROM campaign.adapter o"
					   " WHERE o.workspace_id IN ($1, 0) AND o.name = v.name AND o.action_kind IN (v.kind, '*')"
					   " ORDER BY o.action_kind = '*', o.workspace_id = 0 LIMIT 1) s"
					   " JOIN campaign.adapter r ON r.workspace_id = s.workspace_id AND r.name = v.name"
					   " AND r.action_kind = s.action_kind"
					   " ORDER BY v.i, r.role, r.position",
	.n_args = 3,
	.types = {INT8OID, TEXTARRAYOID, TEXTARRAYOID}};

/* What a service says of anything goes on being said where a kind has rows of its own. */
static StorePlan answers_plan = {
	.sql =
		"SELECT v.i::int - 1, r.role, r.position, r.condition, r.meaning, r.repeated, r.code,"
		" r.fact, " MICROSECONDS(
			"r.wait") " FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS v(name, kind, i)"
					  " CROSS JOIN LATERAL (SELECT k.kind, (SELECT max(o.workspace_id)"
					  " FROM campaign.adapter_answer o WHERE o.workspace_id IN ($1, 0) AND o.name = v.name"
					  " AND o.action_kind = k.kind) AS workspace FROM (VALUES (v.kind), ('*')) k(kind)) s"
					  " JOIN campaign.adapter_answer r ON r.workspace_id = s.workspace AND r.name = v.name"
					  " AND r.action_kind = s.kind"
					  " ORDER BY v.i, r.rank, r.action_kind = '*'",
	.n_args = 3,
	.types = {INT8OID, TEXTARRAYOID, TEXTARRAYOID}};

static AdapterRole
role_named(const char *name)
{
	static const char *const names[] = {"send", "lookup", "poll", "relations"};
	int i;

	for (i = 0; i < (int) lengthof(names); i++)
		if (strcmp(names[i], name) == 0)
			return (AdapterRole) i;
	return ADAPTER_ANY;
}

static AdapterMeaning
meaning_named(const char *name)
{
	static const char *const names[] = {"accepted", "pending",  "refused",      "retry",
										"defer",    "postpone", "disconnected", "held",
										"unknown",  "absent",   "apart"};
	int i;

	if (name == NULL)
		return ADAPTER_UNNAMED;
	for (i = 0; i < (int) lengthof(names); i++)
		if (strcmp(names[i], name) == 0)
			return (AdapterMeaning) i;
	elog(ERROR, "unknown meaning of an answer: %s", name);
}

static Jsonb *
json_at(int row, int column)
{
	bool is_null;
	Datum value = campaign_plan_datum(row, column, &is_null);

	return is_null ? NULL : DatumGetJsonbPCopy(value);
}

static JsonPath *
path_at(int row, int column)
{
	bool is_null;
	Datum value = campaign_plan_datum(row, column, &is_null);

	return is_null ? NULL : DatumGetJsonPathPCopy(value);
}

static void
read_item(AdapterRequest *request, int row, int column)
{
	bool is_null;
	Datum value = campaign_plan_datum(row, column, &is_null);
	Datum *paths;
	int i;

	request->n_item = 0;
	if (is_null)
		return;
	deconstruct_array(DatumGetArrayTypePCopy(value), JSONPATHOID, -1, false, TYPALIGN_INT, &paths,
					  NULL, &request->n_item);
	request->item = palloc(Max(request->n_item, 1) * sizeof(JsonPath *));
	for (i = 0; i < request->n_item; i++)
		request->item[i] = DatumGetJsonPathP(paths[i]);
}

static void
read_request(AdapterRequest *request, int row)
{
	request->key = campaign_plan_int32(row, 1, 0);
	request->role = role_named(campaign_plan_text(row, 2));
	request->position = campaign_plan_int16(row, 3, 1);
	request->needed = path_at(row, 4);
	request->method = campaign_plan_text(row, 5);
	request->path = campaign_plan_text(row, 6);
	request->headers = json_at(row, 7);
	request->body = json_at(row, 8);
	request->format = campaign_plan_text(row, 9);
	request->finds = json_at(row, 10);
	request->limits = json_at(row, 11);
	request->batch = json_at(row, 17);
	request->most = campaign_plan_int32(row, 18, 1);
	request->repeatable = campaign_plan_bool(row, 12, strcmp(request->method, "GET") == 0);
	/* a repeat in other company would be another request to a gateway that knows requests by their keys */
	request->by_key = campaign_plan_bool(row, 12, request->batch == NULL);
	request->takes = json_at(row, 13);
	request->every = campaign_plan_int64(row, 14, 0);
	request->sign = campaign_plan_text(row, 15);
	read_item(request, row, 16);
	request->retry_after_header = campaign_plan_text(row, 19);
}

static void
read_answer(AdapterAnswer *answer, int row)
{
	answer->key = campaign_plan_int32(row, 1, 0);
	answer->role = role_named(campaign_plan_text(row, 2));
	answer->position = campaign_plan_int16(row, 3, 0);
	answer->condition = path_at(row, 4);
	answer->meaning = meaning_named(campaign_plan_text(row, 5));
	answer->repeated = meaning_named(campaign_plan_text(row, 6));
	answer->code = campaign_plan_text(row, 7);
	answer->fact = campaign_plan_text(row, 8);
	answer->wait = campaign_plan_int64(row, 9, 0);
}

void
campaign_adapters_load(int64 workspace, const AdapterKey *keys, int n, bool answers,
					   Adapters *adapters)
{
	Column name;
	Column kind;
	Datum values[3] = {Int64GetDatum(workspace)};
	int i;

	memset(adapters, 0, sizeof(*adapters));
	campaign_column_init(&name, TEXTOID);
	campaign_column_init(&kind, TEXTOID);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_text(&name, keys[i].name);
		campaign_column_add_text(&kind, keys[i].kind);
	}
	values[1] = campaign_column_array(&name);
	values[2] = campaign_column_array(&kind);
	adapters->n_requests = campaign_plan_run(&requests_plan, values, NULL, false);
	adapters->requests = palloc0(Max(adapters->n_requests, 1) * sizeof(AdapterRequest));
	for (i = 0; i < adapters->n_requests; i++)
		read_request(&adapters->requests[i], i);
	SPI_freetuptable(SPI_tuptable);
	if (!answers)
		return;
	adapters->n_answers = campaign_plan_run(&answers_plan, values, NULL, false);
	adapters->answers = palloc0(Max(adapters->n_answers, 1) * sizeof(AdapterAnswer));
	for (i = 0; i < adapters->n_answers; i++)
		read_answer(&adapters->answers[i], i);
	SPI_freetuptable(SPI_tuptable);
}

const AdapterRequest *
campaign_adapters_request(const Adapters *adapters, int key, AdapterRole role, int position)
{
	int i;

	for (i = 0; i < adapters->n_requests; i++)
	{
		const AdapterRequest *request = &adapters->requests[i];

		if (request->key == key && request->role == role && request->position == position)
			return request;
	}
	return NULL;
}
