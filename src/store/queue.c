/*
 * queue.c
 *		The queue: actions on their way into a lane, out of it, and to a start.
 */
#include "store/queue.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "store/columns.h"
#include "store/plan.h"

static StorePlan insert_plan = {
	.sql = "INSERT INTO campaign.action (workspace_id, id, campaign_id, prospect_id, enrollment_id,"
		   " lane_id, step, occurrence, action_kind, state, queued_at, not_before)"
		   " SELECT $1, v.* FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],"
		   " $6::bigint[], $7::int[], $8::int[], $9::text[], $10::text[], $11::timestamptz[],"
		   " $12::timestamptz[]) AS v",
	.n_args = 12,
	.types = {INT8OID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID,
			  INT4ARRAYOID, INT4ARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TIMESTAMPTZARRAYOID,
			  TIMESTAMPTZARRAYOID}};

static StorePlan cancel_plan = {
	.sql = "UPDATE campaign.action a SET state = 'cancelled', reason = $3, finished_at = $4"
		   " WHERE a.workspace_id = $1 AND a.id = ANY ($2)"
		   " AND a.state IN ('queued', 'awaiting_approval', 'withdrawn', 'held')",
	.n_args = 4,
	.types = {INT8OID, INT8ARRAYOID, TEXTOID, TIMESTAMPTZOID}};

static StorePlan skip_plan = {
	.sql = "UPDATE campaign.action a SET state = 'skipped', reason = $3, finished_at = $4"
		   " WHERE a.workspace_id = $1 AND a.id = ANY ($2) AND a.state IN ('queued', 'withdrawn')",
	.n_args = 4,
	.types = {INT8OID, INT8ARRAYOID, TEXTOID, TIMESTAMPTZOID}};

static StorePlan withdrawn_plan = {
	.sql = "SELECT a.id, a.not_before, a.maybe_sent FROM campaign.action a"
		   " WHERE a.workspace_id = $1 AND a.id = ANY ($2) AND a.state = 'withdrawn'"
		   " ORDER BY a.id FOR UPDATE",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

static StorePlan put_back_plan = {
	.sql = "WITH back AS (UPDATE campaign.action a SET state = CASE WHEN a.put_up_at IS NULL"
		   " OR a.approved_at IS NOT NULL THEN 'queued' ELSE 'awaiting_approval' END"
		   " FROM (SELECT o.id FROM campaign.action o WHERE o.workspace_id = $1 AND o.id = ANY ($2)"
		   " AND (o.state = 'withdrawn' OR o.state = 'awaiting_approval'"
		   " AND o.approved_at IS NOT NULL) ORDER BY o.id FOR UPDATE) w"
		   " WHERE a.workspace_id = $1 AND a.id = w.id"
		   " RETURNING a.id, a.lane_id, a.not_before, a.maybe_sent, a.state = 'queued' AS queued)"
		   " SELECT b.id, b.lane_id, b.not_before, b.maybe_sent, b.queued FROM back b"
		   " ORDER BY b.lane_id, b.not_before",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

static StorePlan take_plan = {
	.sql = "SELECT q.* FROM unnest($2::bigint[], $3::int[], $5::timestamptz[], $6::timestamptz[])"
		   " AS l(id, n, since, first) CROSS JOIN LATERAL"
		   " (SELECT a.id, a.lane_id, a.campaign_id, a.prospect_id, a.enrollment_id, a.step,"
		   " a.occurrence, a.attempt, a.not_before, a.key, a.content, a.maybe_sent, a.key_since,"
		   " a.queued_at FROM campaign.action a"
		   " WHERE a.workspace_id = $1 AND a.lane_id = l.id AND a.state = 'queued'"
		   " AND (NOT a.maybe_sent OR a.started_at < l.since)"
		   " AND a.not_before BETWEEN l.first AND $4 ORDER BY a.not_before, a.id LIMIT l.n"
		   " FOR UPDATE SKIP LOCKED) q",
	.n_args = 6,
	.types = {INT8OID, INT8ARRAYOID, INT4ARRAYOID, TIMESTAMPTZOID, TIMESTAMPTZARRAYOID,
			  TIMESTAMPTZARRAYOID}};

/* By the index of what may have got through, in which there is little. */
static StorePlan take_repeats_plan = {
	.sql =
		"SELECT a.id, a.lane_id, a.campaign_id, a.prospect_id, a.enrollment_id, a.step,"
		" a.occurrence, a.attempt, a.not_before, a.key, a.content, a.maybe_sent, a.key_since, a.queued_at"
		" FROM unnest($2::bigint[], $5::timestamptz[]) AS l(id, since)"
		" JOIN campaign.action a ON a.workspace_id = $1 AND a.lane_id = l.id"
		" WHERE a.state = 'queued' AND a.maybe_sent AND a.started_at >= l.since"
		" AND a.not_before <= $4 ORDER BY a.not_before, a.id LIMIT $3"
		" FOR UPDATE OF a SKIP LOCKED",
	.n_args = 5,
	.types = {INT8OID, INT8ARRAYOID, INT4OID, TIMESTAMPTZOID, TIMESTAMPTZARRAYOID}};

static StorePlan open_plan = {
	.sql = "SELECT a.id, a.enrollment_id, l.account_id, a.action_kind,"
		   /* what was just approved is queued in the next round */
		   " CASE WHEN a.state = 'awaiting_approval' AND a.approved_at IS NOT NULL THEN 'queued'"
		   " ELSE a.state END, a.queued_at, a.not_before, a.maybe_sent, a.content,"
		   " CASE WHEN a.state IN ('awaiting_approval', 'withdrawn') AND a.approved_at IS NULL"
		   " THEN a.put_up_at END FROM campaign.action a"
		   " JOIN campaign.lane l ON l.workspace_id = $1 AND l.id = a.lane_id"
		   " WHERE a.workspace_id = $1 AND a.id = ANY ($2) AND a.state IN"
		   " ('queued', 'withdrawn', 'awaiting_approval', 'processing', 'held', 'complete')",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

static StorePlan close_plan = {
	.sql = "UPDATE campaign.action a SET not_before = v.until, reason = 'slot' FROM"
		   " (SELECT q.id, c.until FROM unnest($2::bigint[], $3::bigint[], $4::timestamptz[])"
		   " AS c(lane_id, campaign_id, until) CROSS JOIN LATERAL"
		   " (SELECT x.id FROM campaign.action x WHERE x.workspace_id = $1"
		   " AND x.lane_id = c.lane_id AND x.state = 'queued' AND x.not_before <= $5"
		   " AND x.campaign_id = c.campaign_id ORDER BY x.not_before, x.id LIMIT $6"
		   " FOR UPDATE SKIP LOCKED) q) v"
		   " WHERE a.workspace_id = $1 AND a.id = v.id",
	.n_args = 6,
	.types = {INT8OID, INT8ARRAYOID, INT8ARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZOID, INT4OID}};

static StorePlan next_plan = {
	.sql = "SELECT v.i::int - 1, (SELECT a.not_before FROM campaign.action a"
		   " WHERE a.workspace_id = $1 AND a.lane_id = v.id AND a.state = 'queued'"
		   " AND (NOT a.maybe_sent OR a.started_at < v.since) AND a.not_before >= v.first"
		   " ORDER BY a.not_before LIMIT 1),"
		   " (SELECT min(a.not_before) FROM campaign.action a"
		   " WHERE a.workspace_id = $1 AND a.lane_id = v.id AND a.state = 'queued'"
		   " AND a.maybe_sent AND a.started_at >= v.since)"
		   " FROM unnest($2::bigint[], $3::timestamptz[], $4::timestamptz[]) WITH ORDINALITY"
		   " AS v(id, since, first, i)",
	.n_args = 4,
	.types = {INT8OID, INT8ARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID}};

void
campaign_queue_add(int64 workspace, const NewAction *actions, int n)
{
	static const Oid types[11] = {INT8OID, INT8OID, INT8OID, INT8OID,        INT8OID,       INT4OID,
								  INT4OID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID};
	Column c[11];
	Datum values[12];
	int i;

	if (n == 0)
		return;
	for (i = 0; i < 11; i++)
		campaign_column_init(&c[i], types[i]);
	for (i = 0; i < n; i++)
	{
		const NewAction *action = &actions[i];

		campaign_column_add_int64(&c[0], action->id);
		campaign_column_add_int64(&c[1], action->campaign);
		campaign_column_add_int64(&c[2], action->prospect);
		campaign_column_add_int64(&c[3], action->enrollment);
		campaign_column_add_int64(&c[4], action->lane);
		campaign_column_add_int32(&c[5], action->step);
		campaign_column_add_int32(&c[6], action->occurrence);
		campaign_column_add_text(&c[7], action->kind);
		campaign_column_add_text(&c[8], action->state);
		campaign_column_add_time(&c[9], action->queued_at);
		campaign_column_add_time(&c[10], action->not_before);
	}
	values[0] = Int64GetDatum(workspace);
	for (i = 0; i < 11; i++)
		values[i + 1] = campaign_column_array(&c[i]);
	campaign_plan_run(&insert_plan, values, NULL, false);
}

static void
finish(StorePlan *plan, int64 workspace, const int64 *ids, int n, const char *reason,
	   TimestampTz now)
{
	Datum values[4] = {Int64GetDatum(workspace), (Datum) 0, CStringGetTextDatum(reason),
					   TimestampTzGetDatum(now)};

	if (n == 0)
		return;
	values[1] = campaign_column_ids(ids, n);
	campaign_plan_run(plan, values, NULL, false);
}

void
campaign_queue_cancel(int64 workspace, const int64 *ids, int n, const char *reason, TimestampTz now)
{
	finish(&cancel_plan, workspace, ids, n, reason, now);
}

void
campaign_queue_skip(int64 workspace, const int64 *ids, int n, const char *reason, TimestampTz now)
{
	finish(&skip_plan, workspace, ids, n, reason, now);
}

int
campaign_queue_withdrawn(int64 workspace, const int64 *ids, int n, WithdrawnAction **actions)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(ids, n)};
	int found = campaign_plan_run(&withdrawn_plan, values, NULL, false);
	int i;

	*actions = palloc(Max(found, 1) * sizeof(WithdrawnAction));
	for (i = 0; i < found; i++)
	{
		(*actions)[i].id = campaign_plan_int64(i, 1, 0);
		(*actions)[i].not_before = campaign_plan_time(i, 2);
		(*actions)[i].maybe_sent = campaign_plan_bool(i, 3, false);
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}

int
campaign_queue_put_back(int64 workspace, const int64 *ids, int n, PutBackAction *back,
						PutBackLanes *lanes)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(ids, n)};
	int found = campaign_plan_run(&put_back_plan, values, NULL, false);
	int i;

	lanes->ids = palloc(Max(found, 1) * sizeof(int64));
	lanes->ready = palloc(Max(found, 1) * sizeof(TimestampTz));
	lanes->n = 0;
	lanes->repeats = false;
	for (i = 0; i < found; i++)
	{
		int64 lane = campaign_plan_int64(i, 2, 0);

		back[i].id = campaign_plan_int64(i, 1, 0);
		back[i].queued = campaign_plan_bool(i, 5, true);
		if (!back[i].queued)
			continue;
		lanes->repeats |= campaign_plan_bool(i, 4, false);
		if (lanes->n > 0 && lanes->ids[lanes->n - 1] == lane)
			continue;
		lanes->ids[lanes->n] = lane;
		lanes->ready[lanes->n++] = campaign_plan_time(i, 3);
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}

static void
read_queued(QueuedAction *action, int i)
{
	bool is_null;
	Datum content;

	action->id = campaign_plan_int64(i, 1, 0);
	action->lane = campaign_plan_int64(i, 2, 0);
	action->campaign = campaign_plan_int64(i, 3, 0);
	action->prospect = campaign_plan_int64(i, 4, 0);
	action->enrollment = campaign_plan_int64(i, 5, 0);
	action->step = campaign_plan_int32(i, 6, 0);
	action->occurrence = campaign_plan_int32(i, 7, 0);
	action->attempt = campaign_plan_int32(i, 8, 0);
	action->not_before = campaign_plan_time(i, 9);
	action->key = campaign_plan_text(i, 10);
	content = campaign_plan_datum(i, 11, &is_null);
	action->content = is_null ? NULL : DatumGetJsonbPCopy(content);
	action->debited = false;
	action->maybe_sent = campaign_plan_bool(i, 12, false);
	action->key_since = campaign_plan_time(i, 13);
	action->queued_at = campaign_plan_time(i, 14);
}

static int
read_taken(int found, QueuedAction **actions)
{
	int i;

	*actions = palloc(Max(found, 1) * sizeof(QueuedAction));
	for (i = 0; i < found; i++)
		read_queued(&(*actions)[i], i);
	SPI_freetuptable(SPI_tuptable);
	return found;
}

static Datum
fronts_of(const FrontLook *looks, int n)
{
	TimestampTz *first = palloc(Max(n, 1) * sizeof(TimestampTz));
	int i;

	for (i = 0; i < n; i++)
		first[i] = looks[i].from;
	return campaign_column_times(first, n);
}

/* The earliest of each lane come first. */
static void
note_fronts(const FrontLook *looks, int n, const QueuedAction *actions, int found, TimestampTz now)
{
	int i;
	int k;

	for (i = 0; i < n; i++)
	{
		for (k = 0; k < found && actions[k].lane != looks[i].lane; k++)
			;
		campaign_fronts_seen(&looks[i], k < found ? actions[k].not_before : now, n);
	}
}

int
campaign_queue_take(int64 workspace, const int64 *lanes, const int *limits,
					const TimestampTz *since, const FrontLook *looks, int n, TimestampTz now,
					QueuedAction **actions)
{
	Column limit;
	Datum values[6];
	int found;
	int i;

	campaign_column_init(&limit, INT4OID);
	for (i = 0; i < n; i++)
		campaign_column_add_int32(&limit, limits[i]);
	values[0] = Int64GetDatum(workspace);
	values[1] = campaign_column_ids(lanes, n);
	values[2] = campaign_column_array(&limit);
	values[3] = TimestampTzGetDatum(now);
	values[4] = campaign_column_times(since, n);
	values[5] = fronts_of(looks, n);
	found = read_taken(campaign_plan_run(&take_plan, values, NULL, false), actions);
	note_fronts(looks, n, *actions, found, now);
	return found;
}

int
campaign_queue_take_repeats(int64 workspace, const int64 *lanes, const TimestampTz *since, int n,
							int limit, TimestampTz now, QueuedAction **actions)
{
	Datum values[5] = {Int64GetDatum(workspace), campaign_column_ids(lanes, n),
					   Int32GetDatum(limit), TimestampTzGetDatum(now),
					   campaign_column_times(since, n)};
	int found = read_taken(campaign_plan_run(&take_repeats_plan, values, NULL, false), actions);
	int i;

	for (i = 0; i < found; i++)
		(*actions)[i].debited = true;
	return found;
}

void
campaign_queue_close(int64 workspace, const QueueClosed *closed, int n, int limit, TimestampTz now)
{
	int64 *lanes = palloc(n * sizeof(int64));
	int64 *campaigns = palloc(n * sizeof(int64));
	TimestampTz *until = palloc(n * sizeof(TimestampTz));
	Datum values[6];
	int i;

	for (i = 0; i < n; i++)
	{
		lanes[i] = closed[i].lane;
		campaigns[i] = closed[i].campaign;
		until[i] = closed[i].until;
	}
	values[0] = Int64GetDatum(workspace);
	values[1] = campaign_column_ids(lanes, n);
	values[2] = campaign_column_ids(campaigns, n);
	values[3] = campaign_column_times(until, n);
	values[4] = TimestampTzGetDatum(now);
	values[5] = Int32GetDatum(limit);
	campaign_plan_run(&close_plan, values, NULL, false);
}

void
campaign_queue_next(int64 workspace, const int64 *lanes, const TimestampTz *since,
					const FrontLook *looks, int n, TimestampTz *next, TimestampTz *repeat)
{
	Datum values[4] = {Int64GetDatum(workspace), campaign_column_ids(lanes, n),
					   campaign_column_times(since, n), fronts_of(looks, n)};
	int found = campaign_plan_run(&next_plan, values, NULL, false);
	int i;

	for (i = 0; i < found; i++)
	{
		next[campaign_plan_int32(i, 1, 0)] = campaign_plan_time(i, 2);
		repeat[campaign_plan_int32(i, 1, 0)] = campaign_plan_time(i, 3);
	}
	SPI_freetuptable(SPI_tuptable);
}

int
campaign_queue_read(int64 workspace, const int64 *ids, int n, StandingAction **actions)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(ids, n)};
	int found = campaign_plan_run(&open_plan, values, NULL, false);
	int i;

	*actions = palloc(Max(found, 1) * sizeof(StandingAction));
	for (i = 0; i < found; i++)
	{
		StandingAction *action = &(*actions)[i];
		bool is_null;
		Datum content = campaign_plan_datum(i, 9, &is_null);

		action->id = campaign_plan_int64(i, 1, 0);
		action->enrollment = campaign_plan_int64(i, 2, 0);
		action->account = campaign_plan_int64(i, 3, 0);
		action->kind = campaign_plan_text(i, 4);
		action->state = campaign_plan_text(i, 5);
		action->queued_at = campaign_plan_time(i, 6);
		action->not_before = campaign_plan_time(i, 7);
		action->maybe_sent = campaign_plan_bool(i, 8, false);
		action->content = is_null ? NULL : DatumGetJsonbPCopy(content);
		action->put_up_at = campaign_plan_time(i, 10);
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}
