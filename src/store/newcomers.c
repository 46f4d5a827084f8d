/*
 * newcomers.c
 *		Runs that wait for a slot of their campaign, and who of them comes in with it.
 */
#include "store/newcomers.h"

#include "catalog/pg_type.h"

#include "store/columns.h"
#include "store/plan.h"

/* Materialized, since a subquery that is run again, by a nested loop, would find others. */
static StorePlan waiting_plan = {
	.sql = "WITH w AS MATERIALIZED (SELECT o.id, o.campaign_id, o.prospect_id, u.i, o.started_at"
		   " FROM unnest($2::bigint[], $3::int[]) WITH ORDINALITY AS u(campaign_id, n, i)"
		   " JOIN campaign.campaign c ON c.workspace_id = $1 AND c.id = u.campaign_id"
		   " CROSS JOIN LATERAL (SELECT e.id, e.campaign_id, e.prospect_id, e.started_at"
		   " FROM campaign.enrollment e WHERE e.workspace_id = $1 AND e.campaign_id = u.campaign_id"
		   " AND e.status = 'blocked' AND e.held IS NULL AND c.batch_left IS NULL"
		   " ORDER BY e.started_at, e.id LIMIT u.n FOR UPDATE SKIP LOCKED) o)"
		   " SELECT w.id, w.campaign_id, w.prospect_id FROM w ORDER BY w.i, w.started_at, w.id",
	.n_args = 3,
	.types = {INT8OID, INT8ARRAYOID, INT4ARRAYOID}};

static StorePlan find_plan = {
	.sql = "SELECT f.enrolled, f.fault FROM unnest($2::bigint[], $3::int[])"
		   " WITH ORDINALITY AS u(campaign_id, n, i)"
		   " CROSS JOIN LATERAL campaign.enroll_newcomers($1, u.campaign_id, u.n, $4) f"
		   " ORDER BY u.i",
	.n_args = 4,
	.types = {INT8OID, INT8ARRAYOID, INT4ARRAYOID, TIMESTAMPTZOID}};

/* Few campaigns share both with another one. */
static StorePlan namesakes_plan = {
	.sql = "SELECT u.id FROM unnest($2::bigint[]) AS u(id)"
		   " JOIN campaign.campaign c ON c.workspace_id = $1 AND c.id = u.id"
		   " WHERE EXISTS (SELECT FROM campaign.campaign o WHERE o.workspace_id = $1"
		   " AND o.name = c.name AND o.program IS NOT DISTINCT FROM c.program AND o.id <> c.id)",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

static StorePlan compare_plan = {
	.sql = "SELECT v.i::int - 1 FROM unnest($2::bigint[], $3::bigint[])"
		   " WITH ORDINALITY AS v(campaign_id, prospect_id, i)"
		   " WHERE campaign.was_solicited($1, v.campaign_id, v.prospect_id)",
	.n_args = 3,
	.types = {INT8OID, INT8ARRAYOID, INT8ARRAYOID}};

static StorePlan admit_plan = {
	.sql = "UPDATE campaign.enrollment e SET status = 'in_progress', base_at = $3, step_at = $3,"
		   " due_at = $3, parked_due_at = NULL WHERE e.workspace_id = $1 AND e.id = ANY ($2)",
	.n_args = 3,
	.types = {INT8OID, INT8ARRAYOID, TIMESTAMPTZOID}};

static Datum
numbers_array(const int *numbers, int n)
{
	Column column;
	int i;

	campaign_column_init(&column, INT4OID);
	for (i = 0; i < n; i++)
		campaign_column_add_int32(&column, numbers[i]);
	return campaign_column_array(&column);
}

int
campaign_newcomers_waiting(int64 workspace, const int64 *campaigns, const int *wanted, int n,
						   Newcomer **newcomers)
{
	Datum values[3] = {Int64GetDatum(workspace), campaign_column_ids(campaigns, n),
					   numbers_array(wanted, n)};
	int found = campaign_plan_run(&waiting_plan, values, NULL, false);
	int i;

	*newcomers = palloc(Max(found, 1) * sizeof(Newcomer));
	for (i = 0; i < found; i++)
		(*newcomers)[i] = (Newcomer){campaign_plan_int64(i, 1, 0), campaign_plan_int64(i, 2, 0),
									 campaign_plan_int64(i, 3, 0), false};
	SPI_freetuptable(SPI_tuptable);
	return found;
}

int
campaign_newcomers_find(int64 workspace, const int64 *campaigns, const int *missing, int n,
						TimestampTz now, const char **faults)
{
	Datum values[4] = {Int64GetDatum(workspace), campaign_column_ids(campaigns, n),
					   numbers_array(missing, n), TimestampTzGetDatum(now)};
	int found = 0;
	int i;

	if (n == 0)
		return 0;
	campaign_plan_run(&find_plan, values, NULL, false);
	for (i = 0; i < n; i++)
	{
		found += campaign_plan_int32(i, 1, 0);
		faults[i] = campaign_plan_text(i, 2);
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}

/* Marks those whose campaign is none of these, so that they need not be looked at. */
static int
read_namesakes(int64 workspace, const Newcomer *newcomers, int n, int64 **campaigns)
{
	int64 *ids = palloc(n * sizeof(int64));
	Datum values[2];
	int distinct = 0;
	int found;
	int i;

	for (i = 0; i < n; i++)
		if (i == 0 || newcomers[i].campaign != newcomers[i - 1].campaign)
			ids[distinct++] = newcomers[i].campaign;
	values[0] = Int64GetDatum(workspace);
	values[1] = campaign_column_ids(ids, distinct);
	found = campaign_plan_run(&namesakes_plan, values, NULL, false);
	*campaigns = palloc(Max(found, 1) * sizeof(int64));
	for (i = 0; i < found; i++)
		(*campaigns)[i] = campaign_plan_int64(i, 1, 0);
	SPI_freetuptable(SPI_tuptable);
	return found;
}

static bool
is_among(int64 id, const int64 *ids, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (ids[i] == id)
			return true;
	return false;
}

void
campaign_newcomers_compare(int64 workspace, Newcomer *newcomers, int n)
{
	int64 *namesakes;
	int n_namesakes = n == 0 ? 0 : read_namesakes(workspace, newcomers, n, &namesakes);
	int *places;
	Column campaign;
	Column prospect;
	Datum values[3];
	int asked = 0;
	int found;
	int i;

	if (n_namesakes == 0)
		return;
	places = palloc(n * sizeof(int));
	campaign_column_init(&campaign, INT8OID);
	campaign_column_init(&prospect, INT8OID);
	for (i = 0; i < n; i++)
	{
		if (!is_among(newcomers[i].campaign, namesakes, n_namesakes))
			continue;
		places[asked++] = i;
		campaign_column_add_int64(&campaign, newcomers[i].campaign);
		campaign_column_add_int64(&prospect, newcomers[i].prospect);
	}
	values[0] = Int64GetDatum(workspace);
	values[1] = campaign_column_array(&campaign);
	values[2] = campaign_column_array(&prospect);
	found = campaign_plan_run(&compare_plan, values, NULL, false);
	for (i = 0; i < found; i++)
		newcomers[places[campaign_plan_int32(i, 1, 0)]].duplicate = true;
	SPI_freetuptable(SPI_tuptable);
}

void
campaign_newcomers_admit(int64 workspace, const int64 *enrollments, int n, TimestampTz now)
{
	Datum values[3] = {Int64GetDatum(workspace), campaign_column_ids(enrollments, n),
					   TimestampTzGetDatum(now)};

	if (n > 0)
		campaign_plan_run(&admit_plan, values, NULL, false);
}
