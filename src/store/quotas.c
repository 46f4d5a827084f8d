/*
 * quotas.c
 *		Limits that hold for accounts, and how much of them is used.
 */
#include "store/quotas.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "core/scatter.h"
#include "store/columns.h"
#include "store/plan.h"
#include "store/recent_starts.h"
#include "store/zone.h"

#define LIMITS_OF_KEYS                                                                             \
	" FROM unnest($2::bigint[], $3::text[]) WITH ORDINALITY AS v(account_id, kind, i)"             \
	" CROSS JOIN LATERAL (SELECT o.scope, o.scope_id, o.usage_kind, o.period, o.time_zone,"        \
	" o.max_actions, o.mode = 'rolling' AS rolling, o.length, '0'::interval AS jitter, o.ramp,"    \
	" false AS is_pace FROM campaign.account_quota o WHERE o.workspace_id = $1"                    \
	" AND o.account_id = v.account_id AND o.action_kind = v.kind"                                  \
	" UNION ALL SELECT p.scope, p.scope_id, '', p.period, 'UTC', p.max_actions, true, p.length,"   \
	" p.jitter, NULL, true FROM campaign.account_pace p WHERE p.workspace_id = $1"                 \
	" AND p.account_id = v.account_id OFFSET 0) q"

static StorePlan read_plan = {
	.sql = "SELECT v.i::int - 1, LEAST(q.max_actions, r.max_actions), q.period, q.time_zone, u.id,"
		   " u.window_start, u.window_end, u.used, u.recent_at, u.recent_n, u.dropped_at,"
		   " q.rolling, (EXTRACT(epoch FROM q.length) * 1000000)::bigint,"
		   " (EXTRACT(epoch FROM q.jitter) * 1000000)::bigint, q.is_pace, r.until" LIMITS_OF_KEYS
		   " LEFT JOIN campaign.usage u ON u.workspace_id = $1 AND u.scope = q.scope"
		   " AND u.scope_id = q.scope_id AND u.action_kind = q.usage_kind AND u.period = q.period"
		   " LEFT JOIN LATERAL campaign.ramp_step(q.ramp, u.since, q.time_zone, $4) r"
		   " ON q.ramp IS NOT NULL ORDER BY u.id",
	.n_args = 4,
	.types = {INT8OID, INT8ARRAYOID, TEXTARRAYOID, TIMESTAMPTZOID}};

/* A new row counts a window that is long over, so that the present one is gone on to. */
static StorePlan make_plan = {
	.sql = "INSERT INTO campaign.usage (workspace_id, scope, scope_id, action_kind, period,"
		   " window_start, window_end, since)"
		   " SELECT DISTINCT $1, q.scope, q.scope_id, q.usage_kind, q.period,"
		   " '-infinity'::timestamptz, '-infinity'::timestamptz, $4" LIMITS_OF_KEYS
		   " WHERE NOT EXISTS (SELECT FROM campaign.usage u WHERE u.workspace_id = $1"
		   " AND u.scope = q.scope AND u.scope_id = q.scope_id"
		   " AND u.action_kind = q.usage_kind AND u.period = q.period)"
		   " ORDER BY 2, 3, 4, 5"
		   " ON CONFLICT (workspace_id, scope, scope_id, action_kind, period) DO NOTHING",
	.n_args = 4,
	.types = {INT8OID, INT8ARRAYOID, TEXTARRAYOID, TIMESTAMPTZOID}};

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

/* For rows of usage that are not there yet a number below 0 says which limits would share one. */
static StorePlan rules_plan = {
	.sql =
		"SELECT v.i::int - 1, q.max_actions, q.period, q.time_zone,"
		" COALESCE(u.id, -dense_rank() OVER (ORDER BY q.scope, q.scope_id, q.usage_kind, q.period)),"
		" COALESCE(u.window_start, '-infinity'), COALESCE(u.window_end, '-infinity'),"
		" COALESCE(u.used, 0), u.recent_at, u.recent_n, u.dropped_at,"
		" q.rolling, (EXTRACT(epoch FROM q.length) * 1000000)::bigint,"
		" (EXTRACT(epoch FROM q.jitter) * 1000000)::bigint, q.is_pace,"
		" NULL::timestamptz, q.ramp, u.since" LIMITS_OF_KEYS
		" LEFT JOIN campaign.usage u ON u.workspace_id = $1 AND u.scope = q.scope"
		" AND u.scope_id = q.scope_id AND u.action_kind = q.usage_kind AND u.period = q.period"
		" ORDER BY 5",
	.n_args = 4,
	.types = {INT8OID, INT8ARRAYOID, TEXTARRAYOID, TIMESTAMPTZOID}};

static StorePlan ramp_plan = {
	.sql = "SELECT r.max_actions, r.until FROM campaign.ramp_step($1, $2, $3, $4) r",
	.n_args = 4,
	.types = {JSONBOID, TIMESTAMPTZOID, TEXTOID, TIMESTAMPTZOID}};

static CalendarPeriod
period_named(const char *name)
{
	if (strcmp(name, "hour") == 0)
		return CALENDAR_HOUR;
	if (strcmp(name, "day") == 0)
		return CALENDAR_DAY;
	return strcmp(name, "week") == 0 ? CALENDAR_WEEK : CALENDAR_MONTH;
}

/* A quota that was a calendar's until now: what its window has counted may all have been just now. */
static Rolling *
begin_ledger(const QuotaUsage *usage, TimestampTz now)
{
	Rolling *ledger = palloc(sizeof(Rolling));

	*ledger = ROLLING_UNUSED;
	campaign_rolling_add(ledger, 0, usage->used, now, now);
	return ledger;
}

static void
read_limit(QuotaLimit *limit, int row, TimestampTz now)
{
	Rolling *ledger = campaign_recent_starts_read(row, 9);

	memset(limit, 0, sizeof(*limit));
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
	limit->length = campaign_plan_int64(row, 13, 0);
	limit->jitter = campaign_plan_int64(row, 14, 0);
	limit->is_pace = campaign_plan_bool(row, 15, false);
	limit->max_until = campaign_plan_time(row, 16);
	limit->has_ledger = ledger != NULL;
	if (!limit->is_pace)
	{
		CalendarWindow window =
			campaign_calendar_window(campaign_zone_named(campaign_plan_text(row, 4)),
									 period_named(campaign_plan_text(row, 3)), now);

		campaign_quota_turn(&limit->usage, window.start, window.end);
	}
	if (campaign_plan_bool(row, 12, false))
		limit->rolling = ledger != NULL ? ledger : begin_ledger(&limit->usage, now);
}

static int
read_limits(Datum *values, TimestampTz now, QuotaLimit **limits)
{
	int found = campaign_plan_run(&read_plan, values, NULL, false);
	int i;

	*limits = palloc(Max(found, 1) * sizeof(QuotaLimit));
	for (i = 0; i < found; i++)
	{
		QuotaLimit *limit = &(*limits)[i];

		read_limit(limit, i, now);
		/* they come by usage_id */
		if (i > 0 && limit->usage_id != 0 && limit->usage_id == limit[-1].usage_id &&
			limit[-1].rolling != NULL)
			limit->rolling = limit[-1].rolling;
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}

int
campaign_quotas_read(int64 workspace, const LaneKey *keys, int n, TimestampTz now,
					 QuotaLimit **limits)
{
	Datum values[4] = {Int64GetDatum(workspace), (Datum) 0, (Datum) 0, TimestampTzGetDatum(now)};

	campaign_lanes_keys(keys, n, &values[1], &values[2]);
	return read_limits(values, now, limits);
}

static bool
is_missing(const QuotaLimit *limits, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (limits[i].usage_id == 0)
			return true;
	return false;
}

int
campaign_quotas_lock(int64 workspace, const LaneKey *keys, int n, TimestampTz now,
					 QuotaLimit **limits)
{
	Datum values[4] = {Int64GetDatum(workspace), (Datum) 0, (Datum) 0, TimestampTzGetDatum(now)};
	Datum locked[2];
	int64 *ids;
	int found;
	int i;

	campaign_lanes_keys(keys, n, &values[1], &values[2]);
	found = read_limits(values, now, limits);
	if (is_missing(*limits, found))
	{
		campaign_plan_run(&make_plan, values, NULL, false);
		found = read_limits(values, now, limits);
	}
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

int64
campaign_quotas_free(const QuotaLimit *limit, TimestampTz now)
{
	if (limit->rolling != NULL)
		return campaign_rolling_free(limit->rolling, limit->length, limit->max, now);
	return campaign_quota_free(&limit->usage, limit->max);
}

TimestampTz
campaign_quotas_ready_at(const QuotaLimit *limit, TimestampTz now)
{
	TimestampTz at = limit->usage.end;

	if (limit->rolling != NULL)
		at = campaign_rolling_ready_at(limit->rolling, limit->length, limit->max, now);
	/* a limit of none never does, but may be altered */
	if (at == INSTANT_NEVER)
		at = now + limit->length;
	return Min(at, limit->max_until);
}

/* True if an earlier limit of the same key counts in the same row: it is one start all the same. */
static bool
is_counted(const QuotaLimit *limits, int which)
{
	int i;

	for (i = 0; i < which; i++)
		if (limits[i].lane == limits[which].lane && limits[i].usage_id == limits[which].usage_id)
			return true;
	return false;
}

/* When a start is taken to have been: now, or later by a part of the jitter that only now tells. */
static Instant
counted_at(const QuotaLimit *limit, TimestampTz now)
{
	uint64 seed = campaign_scatter((uint64) limit->usage_id) ^ (uint64) now;

	if (limit->jitter <= 0)
		return now;
	return now + (Instant) (campaign_scatter(seed) % (uint64) (limit->jitter + 1));
}

void
campaign_quotas_debit(QuotaLimit *limits, int n, int lane, TimestampTz now)
{
	int i;
	int k;

	for (i = 0; i < n; i++)
	{
		if (limits[i].lane != lane || is_counted(limits, i))
			continue;
		if (limits[i].rolling != NULL)
			campaign_rolling_add(limits[i].rolling, limits[i].length, 1,
								 counted_at(&limits[i], now), now);
		for (k = 0; k < n; k++)
			if (limits[k].usage_id == limits[i].usage_id)
				limits[k].usage.used++;
	}
}

void
campaign_quotas_refund(QuotaLimit *limits, int n, int lane, TimestampTz started_at)
{
	int i;
	int k;

	for (i = 0; i < n; i++)
	{
		if (limits[i].lane != lane || is_counted(limits, i))
			continue;
		if (limits[i].rolling != NULL)
			campaign_rolling_refund(limits[i].rolling, 1, started_at);
		for (k = 0; k < n; k++)
			if (limits[k].usage_id == limits[i].usage_id)
				campaign_quota_refund(&limits[k].usage, 1, started_at);
	}
}

/* Ledgers that count, and such as are left over from when their quota was a rolling one. */
static void
write_ledgers(int64 workspace, const QuotaLimit *limits, int n)
{
	int64 *ids = palloc(n * sizeof(int64));
	Rolling **ledgers = palloc(n * sizeof(Rolling *));
	int kept = 0;
	int i;

	for (i = 0; i < n; i++)
	{
		if (limits[i].rolling == NULL && !limits[i].has_ledger)
			continue;
		if (kept > 0 && ids[kept - 1] == limits[i].usage_id)
			continue;
		ids[kept] = limits[i].usage_id;
		ledgers[kept++] = limits[i].rolling;
	}
	campaign_recent_starts_write(workspace, ids, ledgers, kept);
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
	write_ledgers(workspace, limits, n);
}

static Jsonb *
read_ramp(int row)
{
	bool is_null;
	Datum value = campaign_plan_datum(row, 17, &is_null);

	return is_null ? NULL : DatumGetJsonbPCopy(value);
}

int
campaign_quotas_rules(int64 workspace, const LaneKey *keys, int n, TimestampTz now,
					  QuotaLimit **limits, QuotaRule **rules)
{
	Datum values[4] = {Int64GetDatum(workspace), (Datum) 0, (Datum) 0, TimestampTzGetDatum(now)};
	int found;
	int i;

	campaign_lanes_keys(keys, n, &values[1], &values[2]);
	found = campaign_plan_run(&rules_plan, values, NULL, false);
	*limits = palloc(Max(found, 1) * sizeof(QuotaLimit));
	*rules = palloc(Max(found, 1) * sizeof(QuotaRule));
	for (i = 0; i < found; i++)
	{
		QuotaLimit *limit = &(*limits)[i];
		QuotaRule *rule = &(*rules)[i];

		read_limit(limit, i, now);
		if (i > 0 && limit->usage_id == limit[-1].usage_id && limit[-1].rolling != NULL)
			limit->rolling = limit[-1].rolling;
		rule->period = period_named(campaign_plan_text(i, 3));
		rule->time_zone = campaign_plan_text(i, 4);
		rule->max = limit->max;
		rule->ramp = read_ramp(i);
		rule->since = campaign_plan_time(i, 18);
		if (rule->ramp != NULL)
			limit->max_until = DT_NOBEGIN;
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}

static void
climb(QuotaLimit *limit, QuotaRule *rule, TimestampTz now)
{
	Datum values[4] = {JsonbPGetDatum(rule->ramp), (Datum) 0, CStringGetTextDatum(rule->time_zone),
					   TimestampTzGetDatum(now)};

	if (rule->since == DT_NOEND)
		rule->since = now;
	values[1] = TimestampTzGetDatum(rule->since);
	campaign_plan_run_one(&ramp_plan, values, NULL, false);
	limit->max = Min(rule->max, campaign_plan_int32(0, 1, rule->max));
	limit->max_until = campaign_plan_time(0, 2);
	SPI_freetuptable(SPI_tuptable);
}

void
campaign_quotas_turn(QuotaLimit *limit, QuotaRule *rule, TimestampTz now)
{
	if (rule->ramp != NULL && limit->max_until <= now)
		climb(limit, rule, now);
	if (!limit->is_pace && limit->usage.end <= now)
	{
		CalendarWindow window =
			campaign_calendar_window(campaign_zone_named(rule->time_zone), rule->period, now);

		campaign_quota_turn(&limit->usage, window.start, window.end);
	}
}
