/*
 * seal.c
 *		Numbering committed batches of events, and announcing them.
 *
 * Positions are given here alone, to batches that have committed: so whoever reads by position skips
 * nothing because a transaction committed late. There is one sealer at a time, by an advisory lock.
 */
#include "engine/round.h"

#include "catalog/pg_type.h"
#include "commands/async.h"
#include "utils/builtins.h"
#include "utils/json.h"

#include "store/columns.h"
#include "store/fault.h"
#include "store/ids.h"
#include "store/plan.h"

/* Batches of one transaction of the sealer. */
#define SEAL_MAX 500

/* The first half of the lock's key marks it as ours; the second is that of sealing. */
#define SEAL_LOCK_CLASS 0x43414D50 /* "CAMP" */
#define SEAL_LOCK 1

static StorePlan lock_plan = {.sql = "SELECT pg_catalog.pg_try_advisory_xact_lock($1, $2)",
							  .n_args = 2,
							  .types = {INT4OID, INT4OID}};

/* Ids of batches are given when they are written, without a cache: their order is one of cause. */
static StorePlan unsealed_plan = {
	.sql = "SELECT u.workspace_id, u.id, u.first_event, u.last_event, u.events"
		   " FROM campaign.batch u WHERE u.position IS NULL ORDER BY u.id LIMIT $1"
		   " FOR UPDATE SKIP LOCKED",
	.n_args = 1,
	.types = {INT4OID}};

static StorePlan seal_plan = {
	.sql = "UPDATE campaign.batch b SET position = s.position"
		   " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS s(workspace_id, id, position)"
		   " WHERE b.workspace_id = s.workspace_id AND b.id = s.id",
	.n_args = 3,
	.types = {INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID}};

/*
 * OFFSET keeps the planner from reading all of the log to find the few events of these batches: it
 * expects a range of ids to be a good part of them.
 */
static StorePlan announced_plan = {
	.sql = "SELECT e.id::text, e.kind, e.campaign_id::text, e.prospect_id::text,"
		   " e.enrollment_id::text, e.action_id::text, pg_catalog.to_json(e.at)::text"
		   " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])"
		   " AS b(workspace_id, id, first_event, last_event)"
		   " CROSS JOIN LATERAL (SELECT o.* FROM campaign.event o"
		   " WHERE o.workspace_id = b.workspace_id"
		   " AND o.id BETWEEN b.first_event AND b.last_event AND o.batch_id = b.id"
		   " AND o.kind = ANY (ARRAY(SELECT k.name FROM campaign.event_kind k GROUP BY k.name"
		   " HAVING (pg_catalog.array_agg(k.notify ORDER BY k.built_in))[1])) OFFSET 0) e"
		   " ORDER BY e.id",
	.n_args = 4,
	.types = {INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID}};

static void
append_field(StringInfo payload, const char *name, int row, int column)
{
	char *value = campaign_plan_text(row, column);

	if (value != NULL)
		appendStringInfo(payload, ", \"%s\": \"%s\"", name, value);
}

/* One notice for each event of a kind that asks for it: ids only, as strings. */
static void
announce_events(int n)
{
	int i;

	for (i = 0; i < n; i++)
	{
		StringInfoData payload;
		StringInfoData kind;

		initStringInfo(&payload);
		initStringInfo(&kind);
		escape_json(&kind, campaign_plan_text(i, 2));
		appendStringInfo(&payload, "{\"id\": \"%s\", \"kind\": %s", campaign_plan_text(i, 1),
						 kind.data);
		append_field(&payload, "campaign_id", i, 3);
		append_field(&payload, "prospect_id", i, 4);
		append_field(&payload, "enrollment_id", i, 5);
		append_field(&payload, "action_id", i, 6);
		appendStringInfo(&payload, ", \"at\": %s}", campaign_plan_text(i, 7));
		Async_Notify("campaign_event", payload.data);
	}
}

/* False if another transaction is sealing: what is unsealed then is the other's, or the next one's. */
static bool
become_sealer(void)
{
	Datum values[2] = {Int32GetDatum(SEAL_LOCK_CLASS), Int32GetDatum(SEAL_LOCK)};

	campaign_plan_run_one(&lock_plan, values, NULL, false);
	return campaign_plan_bool(0, 1, false);
}

/* Gives the batches their positions, in order. */
static void
seal(const Column *workspace, const Column *id)
{
	Oid sequence = campaign_ids_sequence("batch_position_seq");
	Column position;
	Datum values[3];
	int i;

	campaign_column_init(&position, INT8OID);
	for (i = 0; i < id->n; i++)
		campaign_column_add_int64(&position, campaign_ids_next(sequence));
	values[0] = campaign_column_array(workspace);
	values[1] = campaign_column_array(id);
	values[2] = campaign_column_array(&position);
	campaign_plan_run(&seal_plan, values, NULL, false);
}

int
campaign_seal_round(void)
{
	Datum limit[1] = {Int32GetDatum(SEAL_MAX)};
	int batches;
	Column c[4];
	Datum values[4];
	int events = 0;
	int i;
	int k;

	if (!become_sealer())
		return 0;
	batches = campaign_plan_run(&unsealed_plan, limit, NULL, false);
	if (batches == 0)
		return 0;
	for (k = 0; k < 4; k++)
		campaign_column_init(&c[k], INT8OID);
	for (i = 0; i < batches; i++)
	{
		for (k = 0; k < 4; k++)
			campaign_column_add_int64(&c[k], campaign_plan_int64(i, k + 1, 0));
		events += campaign_plan_int32(i, 5, 0);
	}
	SPI_freetuptable(SPI_tuptable);
	seal(&c[0], &c[1]);
	CAMPAIGN_FAULT("seal.numbered");
	Async_Notify("campaign", psprintf("{\"count\": %d}", events));
	for (k = 0; k < 4; k++)
		values[k] = campaign_column_array(&c[k]);
	announce_events(campaign_plan_run(&announced_plan, values, NULL, false));
	SPI_freetuptable(SPI_tuptable);
	CAMPAIGN_FAULT("seal.announced");
	return events;
}
