/*
 * occurrences.c
 *		Slots of campaigns with cohorts on their dates, and the clocks of these campaigns.
 */
#include "store/occurrences.h"

#include "catalog/pg_type.h"

#include "store/columns.h"
#include "store/plan.h"

static StorePlan due_plan = {
	.sql = "SELECT k.campaign_id, k.begun_until FROM campaign.slot_clock k"
		   " WHERE k.workspace_id = $1 AND k.due_at <= $2 ORDER BY k.due_at LIMIT $3"
		   " FOR UPDATE SKIP LOCKED",
	.n_args = 3,
	.types = {INT8OID, TIMESTAMPTZOID, INT4OID}};

static StorePlan set_plan = {
	.sql =
		"UPDATE campaign.slot_clock k SET begun_until = COALESCE(v.until, 'infinity'), due_at = LEAST(v.due_at, r.ends_at)"
		" FROM unnest($2::bigint[], $3::timestamptz[], $4::timestamptz[]) AS v(id, until, due_at)"
		" CROSS JOIN LATERAL (SELECT min(o.ends_at) AS ends_at FROM campaign.slot_occurrence o"
		" WHERE o.workspace_id = $1 AND o.campaign_id = v.id AND o.state = 'running') r"
		" WHERE k.workspace_id = $1 AND k.campaign_id = v.id",
	.n_args = 4,
	.types = {INT8OID, INT8ARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID}};

static StorePlan end_plan = {.sql = "UPDATE campaign.slot_occurrence o SET state = 'done'"
									" WHERE o.workspace_id = $1 AND o.campaign_id = ANY ($2)"
									" AND o.state = 'running' AND o.ends_at <= $3",
							 .n_args = 3,
							 .types = {INT8OID, INT8ARRAYOID, TIMESTAMPTZOID}};

static StorePlan add_plan = {
	.sql = "INSERT INTO campaign.slot_occurrence (workspace_id, campaign_id, starts_at, ends_at,"
		   " day, state, begun_at, cohort_size)"
		   " SELECT $1, v.* FROM unnest($2::bigint[], $3::timestamptz[], $4::timestamptz[],"
		   " $5::date[], $6::text[], $7::timestamptz[], $8::int[]) AS v"
		   " ON CONFLICT DO NOTHING RETURNING campaign_id, starts_at",
	.n_args = 8,
	.types = {INT8OID, INT8ARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, DATEARRAYOID,
			  TEXTARRAYOID, TIMESTAMPTZARRAYOID, INT4ARRAYOID}};

static StorePlan count_plan = {
	.sql = "UPDATE campaign.slot_occurrence o SET wanted = v.wanted, planned = v.planned,"
		   " admitted = v.admitted, fault = v.fault FROM unnest($2::bigint[], $3::timestamptz[],"
		   " $4::int[], $5::int[], $6::int[], $7::text[])"
		   " AS v(id, starts_at, wanted, planned, admitted, fault)"
		   " WHERE o.workspace_id = $1 AND o.campaign_id = v.id AND o.starts_at = v.starts_at",
	.n_args = 7,
	.types = {INT8OID, INT8ARRAYOID, TIMESTAMPTZARRAYOID, INT4ARRAYOID, INT4ARRAYOID, INT4ARRAYOID,
			  TEXTARRAYOID}};

int
campaign_occurrences_due(int64 workspace, TimestampTz now, int limit, SlotClock **clocks)
{
	Datum values[3] = {Int64GetDatum(workspace), TimestampTzGetDatum(now), Int32GetDatum(limit)};
	int n = campaign_plan_run(&due_plan, values, NULL, false);
	int i;

	*clocks = palloc(Max(n, 1) * sizeof(SlotClock));
	for (i = 0; i < n; i++)
		(*clocks)[i] =
			(SlotClock){campaign_plan_int64(i, 1, 0), campaign_plan_time(i, 2), DT_NOEND};
	SPI_freetuptable(SPI_tuptable);
	return n;
}

void
campaign_occurrences_set_clocks(int64 workspace, const SlotClock *clocks, int n)
{
	Column id;
	Column until;
	Column due;
	Datum values[4];
	int i;

	if (n == 0)
		return;
	campaign_column_init(&id, INT8OID);
	campaign_column_init(&until, TIMESTAMPTZOID);
	campaign_column_init(&due, TIMESTAMPTZOID);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_int64(&id, clocks[i].campaign);
		campaign_column_add_time(&until, clocks[i].begun_until);
		campaign_column_add_time(&due, clocks[i].due_at);
	}
	values[0] = Int64GetDatum(workspace);
	values[1] = campaign_column_array(&id);
	values[2] = campaign_column_array(&until);
	values[3] = campaign_column_array(&due);
	campaign_plan_run(&set_plan, values, NULL, false);
}

void
campaign_occurrences_end(int64 workspace, const int64 *campaigns, int n, TimestampTz now)
{
	Datum values[3] = {Int64GetDatum(workspace), campaign_column_ids(campaigns, n),
					   TimestampTzGetDatum(now)};

	if (n > 0)
		campaign_plan_run(&end_plan, values, NULL, false);
}

/* The first of these that is not known to be new yet: what was added comes back in the order of the items. */
static void
note_added(Occurrence *items, int n, int64 campaign, TimestampTz starts_at)
{
	int i;

	for (i = 0; i < n; i++)
		if (!items[i].added && items[i].campaign == campaign && items[i].starts_at == starts_at)
		{
			items[i].added = true;
			return;
		}
}

void
campaign_occurrences_add(int64 workspace, Occurrence *items, int n)
{
	static const Oid types[7] = {INT8OID, TIMESTAMPTZOID, TIMESTAMPTZOID, DATEOID,
								 TEXTOID, TIMESTAMPTZOID, INT4OID};
	Column c[7];
	Datum values[8];
	int added;
	int i;

	if (n == 0)
		return;
	for (i = 0; i < 7; i++)
		campaign_column_init(&c[i], types[i]);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_int64(&c[0], items[i].campaign);
		campaign_column_add_time(&c[1], items[i].starts_at);
		campaign_column_add_time(&c[2], items[i].ends_at);
		campaign_column_add(&c[3], DateADTGetDatum(items[i].day));
		campaign_column_add_text(&c[4], items[i].state);
		campaign_column_add_time(&c[5], items[i].begun_at);
		campaign_column_add_int32(&c[6], items[i].cohort_size);
		items[i].added = false;
	}
	values[0] = Int64GetDatum(workspace);
	for (i = 0; i < 7; i++)
		values[i + 1] = campaign_column_array(&c[i]);
	added = campaign_plan_run(&add_plan, values, NULL, false);
	for (i = 0; i < added; i++)
		note_added(items, n, campaign_plan_int64(i, 1, 0), campaign_plan_time(i, 2));
	SPI_freetuptable(SPI_tuptable);
}

void
campaign_occurrences_count(int64 workspace, const Occurrence *items, int n)
{
	static const Oid types[6] = {INT8OID, TIMESTAMPTZOID, INT4OID, INT4OID, INT4OID, TEXTOID};
	Column c[6];
	Datum values[7];
	int i;

	for (i = 0; i < 6; i++)
		campaign_column_init(&c[i], types[i]);
	for (i = 0; i < n; i++)
	{
		if (!items[i].added || items[i].begun_at == DT_NOEND)
			continue;
		campaign_column_add_int64(&c[0], items[i].campaign);
		campaign_column_add_time(&c[1], items[i].starts_at);
		campaign_column_add_int32(&c[2], items[i].wanted);
		campaign_column_add_int32(&c[3], items[i].planned);
		campaign_column_add_int32(&c[4], items[i].admitted);
		campaign_column_add_text(&c[5], items[i].fault);
	}
	if (c[0].n == 0)
		return;
	values[0] = Int64GetDatum(workspace);
	for (i = 0; i < 6; i++)
		values[i + 1] = campaign_column_array(&c[i]);
	campaign_plan_run(&count_plan, values, NULL, false);
}
