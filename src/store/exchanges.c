/*
 * exchanges.c
 *		Rows of campaign.exchange and campaign.contact_value.
 */
#include "store/exchanges.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "store/columns.h"
#include "store/plan.h"

static StorePlan read_plan = {
	.sql =
		"SELECT v.i::int - 1, x.position, x.looking, x.maybe_sent, x.attempts_before, x.request,"
		" COALESCE(x.results, '{}'), x.action_id IS NULL, COALESCE(k.kept, '{}'), a.content, x.alone"
		" FROM unnest($2::bigint[], $3::bigint[], $4::bigint[]) WITH ORDINALITY"
		" AS v(action_id, prospect_id, account_id, i)"
		" LEFT JOIN campaign.action a ON a.workspace_id = $1 AND a.id = v.action_id"
		" LEFT JOIN campaign.exchange x ON x.workspace_id = $1 AND x.action_id = v.action_id"
		" LEFT JOIN LATERAL (SELECT pg_catalog.jsonb_object_agg(c.name, c.value) AS kept"
		" FROM campaign.contact_value c WHERE c.workspace_id = $1"
		" AND c.prospect_id = v.prospect_id AND c.account_id = v.account_id OFFSET 0) k ON true",
	.n_args = 4,
	.types = {INT8OID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID}};

static StorePlan write_plan = {
	.sql = "INSERT INTO campaign.exchange AS x (workspace_id, action_id, position, looking,"
		   " maybe_sent, alone, attempts_before, request, results)"
		   " SELECT $1, v.* FROM unnest($2::bigint[], $3::int[], $4::boolean[], $5::boolean[],"
		   " $6::boolean[], $7::int[], $8::jsonb[], $9::jsonb[]) v"
		   " ON CONFLICT (workspace_id, action_id) DO UPDATE SET position = excluded.position,"
		   " looking = excluded.looking, maybe_sent = excluded.maybe_sent, alone = excluded.alone,"
		   " attempts_before = excluded.attempts_before, request = excluded.request,"
		   " results = excluded.results",
	.n_args = 9,
	.types = {INT8OID, INT8ARRAYOID, INT4ARRAYOID, BOOLARRAYOID, BOOLARRAYOID, BOOLARRAYOID,
			  INT4ARRAYOID, JSONBARRAYOID, JSONBARRAYOID}};

static StorePlan keep_plan = {
	.sql = "INSERT INTO campaign.contact_value AS c (workspace_id, prospect_id, account_id, name,"
		   " value) SELECT DISTINCT ON (v.prospect_id, v.account_id, v.name) $1, v.prospect_id,"
		   " v.account_id, v.name, v.value FROM unnest($2::bigint[], $3::bigint[], $4::text[],"
		   " $5::jsonb[]) WITH ORDINALITY AS v(prospect_id, account_id, name, value, i)"
		   " ORDER BY v.prospect_id, v.account_id, v.name, v.i DESC"
		   " ON CONFLICT (workspace_id, prospect_id, account_id, name)"
		   " DO UPDATE SET value = excluded.value WHERE c.value <> excluded.value",
	.n_args = 5,
	.types = {INT8OID, INT8ARRAYOID, INT8ARRAYOID, TEXTARRAYOID, JSONBARRAYOID}};

static StorePlan forget_plan = {
	.sql = "UPDATE campaign.action a SET content = NULL WHERE a.workspace_id = $1"
		   " AND a.id = ANY ($2) AND a.approved_at IS NULL AND a.put_up_at IS NULL",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

/* In the order of locks; a lane that somebody queues in is only held FOR KEY SHARE by him. */
static StorePlan close_plan = {
	.sql = "UPDATE campaign.lane l SET closed_until = GREATEST(l.closed_until, v.until),"
		   " deferred_until = GREATEST(l.deferred_until, v.until), ready_at ="
		   " LEAST(l.ready_at, v.until) FROM (SELECT o.id, x.until"
		   " FROM (SELECT u.id, max(u.until) AS until FROM unnest($2::bigint[], $3::timestamptz[])"
		   " AS u(id, until) GROUP BY u.id) x JOIN campaign.lane o ON o.workspace_id = $1"
		   " AND o.id = x.id ORDER BY o.id FOR NO KEY UPDATE OF o) v"
		   " WHERE l.workspace_id = $1 AND l.id = v.id",
	.n_args = 3,
	.types = {INT8OID, INT8ARRAYOID, TIMESTAMPTZARRAYOID}};

static Jsonb *
json_at(int row, int column)
{
	bool is_null;
	Datum value = campaign_plan_datum(row, column, &is_null);

	return is_null ? NULL : DatumGetJsonbPCopy(value);
}

void
campaign_exchanges_read(int64 workspace, const ExchangeKey *keys, int n, Exchange *exchanges)
{
	Column action;
	Column prospect;
	Column account;
	Datum values[4] = {Int64GetDatum(workspace)};
	int found;
	int row;
	int i;

	campaign_column_init(&action, INT8OID);
	campaign_column_init(&prospect, INT8OID);
	campaign_column_init(&account, INT8OID);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_int64(&action, keys[i].action);
		campaign_column_add_int64(&prospect, keys[i].prospect);
		campaign_column_add_int64(&account, keys[i].account);
	}
	values[1] = campaign_column_array(&action);
	values[2] = campaign_column_array(&prospect);
	values[3] = campaign_column_array(&account);
	found = campaign_plan_run(&read_plan, values, NULL, false);
	if (found != n)
		elog(ERROR, "exchanges that were asked for are not there");
	for (row = 0; row < found; row++)
	{
		int place = campaign_plan_int32(row, 1, 0);

		exchanges[place] = (Exchange){.action = keys[place].action,
									  .position = campaign_plan_int16(row, 2, 0),
									  .looking = campaign_plan_bool(row, 3, false),
									  .maybe_sent = campaign_plan_bool(row, 4, false),
									  .attempts_before = campaign_plan_int32(row, 5, 0),
									  .request = json_at(row, 6),
									  .results = json_at(row, 7),
									  .is_new = campaign_plan_bool(row, 8, true),
									  .kept = json_at(row, 9),
									  .content = json_at(row, 10),
									  .alone = campaign_plan_bool(row, 11, false),
									  .prospect = keys[place].prospect,
									  .account = keys[place].account};
	}
	SPI_freetuptable(SPI_tuptable);
}

#define WRITTEN 8

void
campaign_exchanges_write(int64 workspace, const Exchange *exchanges, int n)
{
	static const Oid types[WRITTEN] = {INT8OID, INT4OID, BOOLOID,  BOOLOID,
									   BOOLOID, INT4OID, JSONBOID, JSONBOID};
	Column c[WRITTEN];
	Datum values[WRITTEN + 1] = {Int64GetDatum(workspace)};
	int i;

	if (n == 0)
		return;
	for (i = 0; i < WRITTEN; i++)
		campaign_column_init(&c[i], types[i]);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_int64(&c[0], exchanges[i].action);
		campaign_column_add_int32(&c[1], exchanges[i].position);
		campaign_column_add_bool(&c[2], exchanges[i].looking);
		campaign_column_add_bool(&c[3], exchanges[i].maybe_sent);
		campaign_column_add_bool(&c[4], exchanges[i].alone);
		campaign_column_add_int32(&c[5], exchanges[i].attempts_before);
		campaign_column_add_json(&c[6], exchanges[i].request);
		campaign_column_add_json(&c[7], exchanges[i].results);
	}
	for (i = 0; i < WRITTEN; i++)
		values[i + 1] = campaign_column_array(&c[i]);
	campaign_plan_run(&write_plan, values, NULL, false);
}

void
campaign_exchanges_keep(int64 workspace, const KeptValue *kept, int n)
{
	Column c[4];
	Datum values[5] = {Int64GetDatum(workspace)};
	int i;

	if (n == 0)
		return;
	campaign_column_init(&c[0], INT8OID);
	campaign_column_init(&c[1], INT8OID);
	campaign_column_init(&c[2], TEXTOID);
	campaign_column_init(&c[3], JSONBOID);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_int64(&c[0], kept[i].prospect);
		campaign_column_add_int64(&c[1], kept[i].account);
		campaign_column_add_text(&c[2], kept[i].name);
		campaign_column_add_json(&c[3], JsonbValueToJsonb(kept[i].value));
	}
	for (i = 0; i < 4; i++)
		values[i + 1] = campaign_column_array(&c[i]);
	campaign_plan_run(&keep_plan, values, NULL, false);
}

void
campaign_exchanges_forget(int64 workspace, const int64 *actions, int n)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(actions, n)};

	if (n > 0)
		campaign_plan_run(&forget_plan, values, NULL, false);
}

void
campaign_exchanges_close_lanes(int64 workspace, const int64 *lanes, const TimestampTz *until, int n)
{
	Datum values[3] = {Int64GetDatum(workspace), campaign_column_ids(lanes, n),
					   campaign_column_times(until, n)};

	if (n > 0)
		campaign_plan_run(&close_plan, values, NULL, false);
}
