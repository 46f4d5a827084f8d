/*
 * deliveries.c
 *		The writes of every delivery by the network, each one statement.
 *
 * A delivery spends most of its time here, so rows are handed over in as few arrays as there are
 * things that differ between them: each array costs about as much as a column that is written.
 */
#include "store/deliveries.h"

#include "catalog/pg_type.h"

#include "store/columns.h"
#include "store/events.h"
#include "store/plan.h"

static StorePlan begin_plan = {
	.sql = "UPDATE campaign.action a SET state = 'processing', reason = NULL,"
		   " attempt = a.attempt + 1, begun_at = COALESCE(a.begun_at, $3), started_at = $3,"
		   " executed_at = NULL, finished_at = NULL, incarnation = $2, dot_at = NULL,"
		   " key_since = COALESCE(a.key_since, $3), key = COALESCE(a.key, v.key),"
		   " content = COALESCE(a.content, v.content)"
		   " FROM unnest($4::bigint[], $5::text[], $6::jsonb[]) AS v(id, key, content)"
		   " WHERE a.workspace_id = $1 AND a.id = v.id",
	.n_args = 6,
	.types = {INT8OID, INT8OID, TIMESTAMPTZOID, INT8ARRAYOID, TEXTARRAYOID, JSONBARRAYOID}};

/*
 * What has an incarnation is being processed; to say so would lead the planner to the index of what is, which is
 * short while it plans and full of dead entries a moment later.
 *
 * In the order of locks.
 */
static StorePlan dot_plan = {
	.sql = "UPDATE campaign.action a SET dot_at = $3 FROM"
		   " (SELECT o.id FROM unnest($4::bigint[], $5::int[]) AS x(id, attempt)"
		   " JOIN campaign.action o ON o.workspace_id = $1 AND o.id = x.id"
		   " WHERE o.incarnation = $2 AND o.attempt = x.attempt"
		   " ORDER BY o.id FOR NO KEY UPDATE OF o) v"
		   " WHERE a.workspace_id = $1 AND a.id = v.id RETURNING a.id",
	.n_args = 5,
	.types = {INT8OID, INT8OID, TIMESTAMPTZOID, INT8ARRAYOID, INT4ARRAYOID}};

static StorePlan complete_plan = {
	.sql =
		"WITH done AS (UPDATE campaign.action a SET state = 'complete', reason = NULL,"
		" maybe_sent = false, incarnation = NULL, executed_at = v.at, finished_at = v.at,"
		" outcome = v.outcome"
		" FROM unnest($4::bigint[], $5::int[], $6::timestamptz[], $7::text[], $8::jsonb[],"
		" $9::bigint[]) AS v(id, attempt, at, person, outcome, event)"
		" WHERE a.workspace_id = $1 AND a.id = v.id AND a.incarnation = $2"
		" AND a.attempt = v.attempt"
		" RETURNING a.id, a.campaign_id, a.prospect_id, a.enrollment_id, a.step, v.person, v.at,"
		" v.event),"
		" told AS (INSERT INTO campaign.inbox (workspace_id, kind, person, prospect_id,"
		" enrollment_id, action_id, outcome, occurred_at)"
		" SELECT $1, 'outcome', d.person, d.prospect_id, d.enrollment_id, d.id, 'complete', d.at"
		" FROM done d),"
		" said AS (INSERT INTO campaign.event (workspace_id, id, era, batch_id, kind, campaign_id,"
		" prospect_id, enrollment_id, action_id, step, at)"
		" SELECT $1, d.event, " EVENTS_ERA ", $10, 'action_executed', d.campaign_id, d.prospect_id,"
		" d.enrollment_id, d.id, d.step, $3 FROM done d),"
		" listed AS (INSERT INTO campaign.batch (workspace_id, id, first_event, last_event, events)"
		" SELECT $1, $10, $11, $12, count(*) FROM done HAVING count(*) > 0),"
		" counted AS (INSERT INTO campaign.counter (workspace_id, campaign_id, step, day, kind, n)"
		" SELECT $1, g.campaign_id, g.step, ($3 AT TIME ZONE c.time_zone)::date, 'executed', g.n"
		" FROM (SELECT d.campaign_id, d.step, count(*) AS n FROM done d GROUP BY 1, 2) g"
		" JOIN campaign.campaign c ON c.workspace_id = $1 AND c.id = g.campaign_id)"
		" SELECT count(*)::int FROM done d",
	.n_args = 12,
	.types = {INT8OID, INT8OID, TIMESTAMPTZOID, INT8ARRAYOID, INT4ARRAYOID, TIMESTAMPTZARRAYOID,
			  TEXTARRAYOID, JSONBARRAYOID, INT8ARRAYOID, INT8OID, INT8OID, INT8OID}};

void
campaign_deliveries_begin(int64 workspace, int64 incarnation, TimestampTz now,
						  const BegunAttempt *attempts, int n)
{
	Column id;
	Column key;
	Column content;
	Datum values[6] = {Int64GetDatum(workspace), Int64GetDatum(incarnation),
					   TimestampTzGetDatum(now)};
	int i;

	if (n == 0)
		return;
	campaign_column_init(&id, INT8OID);
	campaign_column_init(&key, TEXTOID);
	campaign_column_init(&content, JSONBOID);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_int64(&id, attempts[i].action);
		campaign_column_add_text(&key, attempts[i].key);
		campaign_column_add_json(&content, attempts[i].content);
	}
	values[3] = campaign_column_array(&id);
	values[4] = campaign_column_array(&key);
	values[5] = campaign_column_array(&content);
	if (campaign_plan_run(&begin_plan, values, NULL, false) != n)
		elog(ERROR, "actions that are locked could not be started");
}

int
campaign_deliveries_dot(int64 workspace, int64 incarnation, TimestampTz now,
						const DottedAttempt *attempts, int n, int64 **dotted)
{
	Column id;
	Column attempt;
	Datum values[5] = {Int64GetDatum(workspace), Int64GetDatum(incarnation),
					   TimestampTzGetDatum(now)};
	int found;
	int i;

	campaign_column_init(&id, INT8OID);
	campaign_column_init(&attempt, INT4OID);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_int64(&id, attempts[i].action);
		campaign_column_add_int32(&attempt, attempts[i].attempt);
	}
	values[3] = campaign_column_array(&id);
	values[4] = campaign_column_array(&attempt);
	found = campaign_plan_run(&dot_plan, values, NULL, false);
	*dotted = palloc(Max(found, 1) * sizeof(int64));
	for (i = 0; i < found; i++)
		(*dotted)[i] = campaign_plan_int64(i, 1, 0);
	SPI_freetuptable(SPI_tuptable);
	return found;
}

static int
by_action(const void *a, const void *b)
{
	int64 left = ((const AcceptedAttempt *) a)->action;
	int64 right = ((const AcceptedAttempt *) b)->action;

	return left < right ? -1 : left > right;
}

static void
accepted_arrays(const AcceptedAttempt *attempts, int n, Datum *values)
{
	Column id;
	Column attempt;
	Column at;
	Column person;
	Column outcome;
	int i;

	campaign_column_init(&id, INT8OID);
	campaign_column_init(&attempt, INT4OID);
	campaign_column_init(&at, TIMESTAMPTZOID);
	campaign_column_init(&person, TEXTOID);
	campaign_column_init(&outcome, JSONBOID);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_int64(&id, attempts[i].action);
		campaign_column_add_int32(&attempt, attempts[i].attempt);
		campaign_column_add_time(&at, attempts[i].at);
		campaign_column_add_text(&person, attempts[i].person);
		campaign_column_add_json(&outcome, attempts[i].outcome);
	}
	values[0] = campaign_column_array(&id);
	values[1] = campaign_column_array(&attempt);
	values[2] = campaign_column_array(&at);
	values[3] = campaign_column_array(&person);
	values[4] = campaign_column_array(&outcome);
}

int
campaign_deliveries_complete(int64 workspace, int64 incarnation, TimestampTz now,
							 AcceptedAttempt *attempts, int n)
{
	Datum values[12] = {Int64GetDatum(workspace), Int64GetDatum(incarnation),
						TimestampTzGetDatum(now)};
	EventBatch batch;
	int completed;

	if (n == 0)
		return 0;
	qsort(attempts, n, sizeof(AcceptedAttempt), by_action);
	accepted_arrays(attempts, n, &values[3]);
	campaign_events_draw(&batch, n);
	values[8] = batch.ids;
	values[9] = Int64GetDatum(batch.id);
	values[10] = Int64GetDatum(batch.first);
	values[11] = Int64GetDatum(batch.last);
	campaign_plan_run_one(&complete_plan, values, NULL, false);
	completed = campaign_plan_int32(0, 1, 0);
	SPI_freetuptable(SPI_tuptable);
	return completed;
}
