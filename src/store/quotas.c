/*
 * quotas.c
 *		Limits that hold for accounts, and how much of them is used.
 */
#include "store/quotas.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "store/columns.h"
#include "store/plan.h"
#include "store/zone.h"

#define LIMITS_OF_KEYS                                                                             \
	" FROM unnest($2::bigint[], $3::text[]) WITH ORDINALITY AS v(account_id, kind, i)"             \
	" CROSS JOIN LATERAL (SELECT o.* FROM campaign.account_quota o WHERE o.workspace_id = $1"      \
	" AND o.account_id = v.account_id AND o.action_kind = v.kind OFFSET 0) q"

static StorePlan read_plan = {
	.sql = "SELECT v.i::int - 1, q.max_actions, q.period, q.time_zone, u.id, u.window_start,"
		   " u.window_end, u.used" LIMITS_OF_KEYS
		   " LEFT JOIN campaign.usage u ON u.workspace_id = $1 AND u.scope = q.scope"
		   " AND u.scope_id = q.scope_id AND u.action_kind = q.usage_kind AND u.period = q.period"
		   " ORDER BY u.id",
	.n_args = 3,
	.types = {INT8OID, INT8ARRAYOID, TEXTARRAYOID}};

/* A new row counts a window that is long over, so that the present one is gone on to. */
static StorePlan make_plan = {
	.sql = "INSERT INTO campaign.usage (workspace_id, scope, scope_id, action_kind, period,"
		   " window_start, window_end)"
		   " SELECT DISTINCT $1, q.scope, q.scope_id, q.usage_kind, q.period,"
		   " '-infinity'::timestamptz, '-infinity'::timestamptz" LIMITS_OF_KEYS
		   " WHERE NOT EXISTS (SELECT FROM campaign.usage u WHERE u.workspace_id = $1"
		   " AND u.scope = q.scope AND u.scope_id = q.scope_id"
		   " AND u.action_kind = q.usage_kind AND u.period = q.period)"
		   " ORDER BY 2, 3, 4, 5"
		   " ON CONFLICT (workspace_id, scope, scope_id, action_kind, period) DO NOTHING",
	.n_args = 3,
	.types = {INT8OID, INT8ARRAYOID, TEXTARRAYOID}};

static StorePlan lock_plan = {
	.sql = "SELECT FROM campaign.usage u WHERE u.workspace_id = $1 AND u.id = ANY ($2)"
		   " ORDER BY u.id FOR NO KEY UPDATE",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

static StorePlan write_plan = {
	.sql =
		"UPDATE campaign.usage u SET window_start = v.window_start, window_end = v.window_end,"
		" used = v.used FROM unnest($2::bigint[], $3::timestamptz[], $4::timestamptz[], $5::int[])"
		" AS v(id, window_start, window_end, used) WHERE u.workspace_id = $1 AND u.id = v.id",
	.n_args = 5,
	.types = {INT8OID, INT8ARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, INT4ARRAYOID}};

static CalendarPeriod
period_named(const char *name)
{
	if (strcmp(name, "hour") == 0)
		return CALENDAR_HOUR;
	if (strcmp(name, "day") == 0)
		return CALENDAR_DAY;
	return strcmp(name, "week") == 0 ? CALENDAR_WEEK : CALENDAR_MONTH;
}

static void
key_arrays(int64 workspace, const LaneKey *keys, int n, Datum *values)
{
	Column account;
	Column kind;
	int i;

	campaign_column_init(&account, INT8OID);
	campaign_column_init(&kind, TEXTOID);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_int64(&account, keys[i].account);
		campaign_column_add_text(&kind, keys[i].kind);
	}
	values[0] = Int64GetDatum(workspace);
	values[1] = campaign_column_array(&account);
	values[2] = campaign_column_array(&kind);
}

static void
read_limit(QuotaLimit *limit, int row, TimestampTz now)
{
	CalendarPeriod period = period_named(campaign_plan_text(row, 3));
	CalendarWindow window =
		campaign_calendar_window(campaign_zone_named(campaign_plan_text(row, 4)), period, now);

	limit->lane = campaign_plan_int32(row, 1, 0);
	limit->max = campaign_plan_int32(row, 2, 0);
	limit->usage_id = campaign_plan_int64(row, 5, 0);
	limit->usage = QUOTA_UNUSED;
	if (limit->usage_id != 0)
	{
		limit->usage.start = campaign_plan_time(row, 6);
		limit->usage.end = campaign_plan_time(row, 7);
		limit->usage.used = campaign_plan_int32(row, 8, 0);
	}
	campaign_quota_turn(&limit->usage, window.start, window.end);
}

static int
read_limits(Datum *values, TimestampTz now, QuotaLimit **limits)
{
	int found = campaign_plan_run(&read_plan, values, NULL, false);
	int i;

	*limits = palloc(Max(found, 1) * sizeof(QuotaLimit));
	for (i = 0; i < found; i++)
		read_limit(&(*limits)[i], i, now);
	SPI_freetuptable(SPI_tuptable);
	return found;
}

int
campaign_quotas_read(int64 workspace, const LaneKey *keys, int n, TimestampTz now,
					 QuotaLimit **limits)
{
	Datum values[3];

	key_arrays(workspace, keys, n, values);
	return read_limits(values, now, limits);
}

int
campaign_quotas_lock(int64 workspace, const LaneKey *keys, int n, TimestampTz now,
					 QuotaLimit **limits)
{
	Datum values[3];
	Datum locked[2];
	int64 *ids;
	int found;
	int i;

	key_arrays(workspace, keys, n, values);
	campaign_plan_run(&make_plan, values, NULL, false);
	found = read_limits(values, now, limits);
	if (found == 0)
		return 0;
	ids = palloc(found * sizeof(int64));
	for (i = 0; i < found; i++)
		ids[i] = (*limits)[i].usage_id;
	locked[0] = Int64GetDatum(workspace);
	locked[1] = campaign_column_ids(ids, found);
	campaign_plan_run(&lock_plan, locked, NULL, false);
	/* what was read before the lock may be stale by now */
	return read_limits(values, now, limits);
}

void
campaign_quotas_write(int64 workspace, const QuotaLimit *limits, int n)
{
	Column id;
	Column start;
	Column end;
	Column used;
	Datum values[5];
	int i;

	if (n == 0)
		return;
	campaign_column_init(&id, INT8OID);
	campaign_column_init(&start, TIMESTAMPTZOID);
	campaign_column_init(&end, TIMESTAMPTZOID);
	campaign_column_init(&used, INT4OID);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_int64(&id, limits[i].usage_id);
		campaign_column_add(&start, TimestampTzGetDatum(limits[i].usage.start));
		campaign_column_add(&end, TimestampTzGetDatum(limits[i].usage.end));
		campaign_column_add_int32(&used, (int32) limits[i].usage.used);
	}
	values[0] = Int64GetDatum(workspace);
	values[1] = campaign_column_array(&id);
	values[2] = campaign_column_array(&start);
	values[3] = campaign_column_array(&end);
	values[4] = campaign_column_array(&used);
	campaign_plan_run(&write_plan, values, NULL, false);
}
