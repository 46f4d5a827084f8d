/*
 * places.c
 *		The places of campaigns.
 */
#include "store/places.h"

#include "catalog/pg_type.h"

#include "core/scatter.h"
#include "store/columns.h"
#include "store/plan.h"

static StorePlan read_plan = {
	.sql = "SELECT u.id, k.taken, k.deltas, EXISTS (SELECT FROM campaign.enrollment e"
		   " WHERE e.workspace_id = $1 AND e.campaign_id = u.id AND e.status = 'blocked')"
		   " FROM unnest($2) WITH ORDINALITY AS u(id, n) CROSS JOIN LATERAL"
		   " (SELECT sum(c.n)::bigint AS taken, count(*)::int AS deltas FROM campaign.counter c"
		   " WHERE c.workspace_id = $1 AND c.campaign_id = u.id AND c.kind = 'place' OFFSET 0) k"
		   " ORDER BY u.n",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

static StorePlan lock_plan = {
	.sql = "SELECT pg_catalog.pg_advisory_xact_lock($1)", .n_args = 1, .types = {INT8OID}};

static StorePlan fold_plan = {
	.sql = "DELETE FROM campaign.counter c WHERE c.workspace_id = $1 AND c.campaign_id = $2"
		   " AND c.id = ANY (ARRAY(SELECT k.id FROM campaign.counter k WHERE k.workspace_id = $1"
		   " AND k.campaign_id = $2 AND k.kind = 'place' FOR UPDATE SKIP LOCKED))"
		   " RETURNING c.n",
	.n_args = 2,
	.types = {INT8OID, INT8OID}};

/* A common table expression, since a subquery that is run again, by a nested loop, would let in more. */
static StorePlan fill_plan = {
	.sql =
		"WITH w AS MATERIALIZED (SELECT o.id, GREATEST($4, c.starts_at) AS at"
		" FROM campaign.enrollment o JOIN campaign.campaign c ON c.workspace_id = $1 AND c.id = $2"
		" WHERE o.workspace_id = $1 AND o.campaign_id = $2 AND o.status = 'blocked'"
		" AND c.batch_left IS NULL"
		" ORDER BY o.started_at, o.id LIMIT $3 FOR UPDATE OF o SKIP LOCKED)"
		" UPDATE campaign.enrollment e SET status = 'in_progress', base_at = w.at, step_at = $4,"
		" due_at = CASE WHEN $5 AND e.held IS NULL THEN w.at END,"
		" parked_due_at = CASE WHEN NOT $5 OR e.held IS NOT NULL THEN w.at END"
		" FROM w WHERE e.workspace_id = $1 AND e.id = w.id RETURNING e.id, e.prospect_id",
	.n_args = 5,
	.types = {INT8OID, INT8OID, INT4OID, TIMESTAMPTZOID, BOOLOID}};

/* With what else a round begins with: one statement serves both. */
static StorePlan requests_plan = {
	.sql = "(SELECT r.id, r.campaign_id FROM campaign.place_request r WHERE r.workspace_id = $1"
		   " LIMIT $2) UNION ALL (SELECT NULL, k.campaign_id FROM campaign.slot_clock k"
		   " WHERE k.workspace_id = $1 AND k.due_at <= $3 LIMIT 1)",
	.n_args = 3,
	.types = {INT8OID, INT4OID, TIMESTAMPTZOID}};

static StorePlan answered_plan = {
	.sql = "DELETE FROM campaign.place_request r WHERE r.workspace_id = $1 AND (r.id = ANY ($2)"
		   " OR NOT EXISTS (SELECT FROM campaign.campaign c WHERE c.workspace_id = $1"
		   " AND c.id = r.campaign_id))",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

static StorePlan request_plan = {
	.sql = "INSERT INTO campaign.place_request (workspace_id, campaign_id)"
		   " SELECT $1, u.id FROM unnest($2) AS u(id)",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

void
campaign_places_read(int64 workspace, const int64 *campaigns, int n, Places *places)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(campaigns, n)};
	int i;

	campaign_plan_run(&read_plan, values, NULL, false);
	for (i = 0; i < n; i++)
	{
		places[i].campaign = campaign_plan_int64(i, 1, 0);
		places[i].taken = campaign_plan_int64(i, 2, 0);
		places[i].deltas = campaign_plan_int32(i, 3, 0);
		places[i].awaited = campaign_plan_bool(i, 4, false);
	}
	SPI_freetuptable(SPI_tuptable);
}

void
campaign_places_lock(int64 campaign)
{
	Datum values[1] = {Int64GetDatum((int64) campaign_scatter((uint64) campaign))};

	campaign_plan_run(&lock_plan, values, NULL, false);
	SPI_freetuptable(SPI_tuptable);
}

void
campaign_places_count(Counters *counters, int64 campaign, int64 n)
{
	/* of no day and no step, so that they fold into one row */
	campaign_counters_add(counters, campaign, -1, 0, "place", n);
}

void
campaign_places_fold(int64 workspace, int64 campaign)
{
	Datum values[2] = {Int64GetDatum(workspace), Int64GetDatum(campaign)};
	Counters sum;
	int n = campaign_plan_run(&fold_plan, values, NULL, false);
	int i;

	campaign_counters_init(&sum, workspace);
	for (i = 0; i < n; i++)
		campaign_places_count(&sum, campaign, campaign_plan_int64(i, 1, 0));
	SPI_freetuptable(SPI_tuptable);
	campaign_counters_write(&sum);
}

int
campaign_places_fill(int64 workspace, int64 campaign, int max, bool live, TimestampTz now,
					 Admitted **admitted)
{
	Datum values[5] = {Int64GetDatum(workspace), Int64GetDatum(campaign), Int32GetDatum(max),
					   TimestampTzGetDatum(now), BoolGetDatum(live)};
	int n = campaign_plan_run(&fill_plan, values, NULL, false);
	int i;

	*admitted = palloc(Max(n, 1) * sizeof(Admitted));
	for (i = 0; i < n; i++)
	{
		(*admitted)[i].enrollment = campaign_plan_int64(i, 1, 0);
		(*admitted)[i].prospect = campaign_plan_int64(i, 2, 0);
	}
	SPI_freetuptable(SPI_tuptable);
	return n;
}

int
campaign_places_requests(int64 workspace, int max, TimestampTz now, PlaceRequest **requests,
						 bool *slots_due)
{
	Datum values[3] = {Int64GetDatum(workspace), Int32GetDatum(max), TimestampTzGetDatum(now)};
	int n = campaign_plan_run(&requests_plan, values, NULL, false);
	int i;

	*requests = palloc(Max(n, 1) * sizeof(PlaceRequest));
	for (i = 0; i < n; i++)
	{
		(*requests)[i].id = campaign_plan_int64(i, 1, 0);
		(*requests)[i].campaign = campaign_plan_int64(i, 2, 0);
	}
	*slots_due = n > 0 && (*requests)[n - 1].id == 0;
	if (*slots_due)
		n--;
	SPI_freetuptable(SPI_tuptable);
	return n;
}

void
campaign_places_answered(int64 workspace, const int64 *ids, int n)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(ids, n)};

	campaign_plan_run(&answered_plan, values, NULL, false);
}

void
campaign_places_request(int64 workspace, const int64 *campaigns, int n)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(campaigns, n)};

	if (n > 0)
		campaign_plan_run(&request_plan, values, NULL, false);
}
