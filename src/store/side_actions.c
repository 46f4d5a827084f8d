/*
 * side_actions.c
 *		What is wanted beside runs.
 */
#include "store/side_actions.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "store/columns.h"
#include "store/plan.h"

static StorePlan claim_plan = {
	.sql = "SELECT s.id, s.enrollment_id, s.step, s.action_kind, EXISTS (SELECT FROM"
		   " campaign.action a WHERE a.workspace_id = $1 AND a.id = s.id), s.stage IS NOT NULL"
		   " AND NOT EXISTS (SELECT FROM campaign.enrollment e WHERE e.workspace_id = $1"
		   " AND e.id = s.enrollment_id AND e.halt = 5 AND e.step = s.stage),"
		   " s.content->>'channel', s.cause IS NOT NULL"
		   " FROM campaign.side_action s WHERE s.workspace_id = $1 AND s.wanted_at <= $2"
		   " ORDER BY s.wanted_at, s.id LIMIT $3 FOR UPDATE OF s SKIP LOCKED",
	.n_args = 3,
	.types = {INT8OID, TIMESTAMPTZOID, INT4OID}};

static StorePlan done_plan = {
	.sql = "UPDATE campaign.side_action s SET wanted_at = NULL, parked_at = NULL"
		   " WHERE s.workspace_id = $1 AND s.id = ANY ($2)",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

static StorePlan park_plan = {
	.sql = "UPDATE campaign.side_action s SET parked_at = s.wanted_at, wanted_at = NULL"
		   " WHERE s.workspace_id = $1 AND s.id = ANY ($2)",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

static StorePlan hold_plan = {.sql = "UPDATE campaign.side_action s SET parked_at = s.wanted_at,"
									 " wanted_at = NULL, held = $3"
									 " WHERE s.workspace_id = $1 AND s.id = $2",
							  .n_args = 3,
							  .types = {INT8OID, INT8OID, TEXTOID}};

static StorePlan put_off_plan = {.sql = "UPDATE campaign.side_action s SET wanted_at = $3"
										" WHERE s.workspace_id = $1 AND s.id = ANY ($2)",
								 .n_args = 3,
								 .types = {INT8OID, INT8ARRAYOID, TIMESTAMPTZOID}};

static StorePlan enter_plan = {.sql = "SELECT campaign.want_messages($1, $2, $3)",
							   .n_args = 3,
							   .types = {INT8OID, INT8ARRAYOID, INT4ARRAYOID}};

static StorePlan close_plan = {.sql = "SELECT campaign.close_side_actions($1, $2)",
							   .n_args = 2,
							   .types = {INT8OID, INT8ARRAYOID}};

static StorePlan reply_plan = {.sql = "SELECT campaign.want_reply_goals($1, $2, $3, $4, $5, $6)",
							   .n_args = 6,
							   .types = {INT8OID, INT8ARRAYOID, INT4ARRAYOID, TEXTARRAYOID,
										 TIMESTAMPTZARRAYOID, TIMESTAMPTZOID}};

static StorePlan settle_plan = {.sql = "SELECT campaign.settle_side_actions($1, $2, $3)",
								.n_args = 3,
								.types = {INT8OID, INT8ARRAYOID, TEXTARRAYOID}};

int
campaign_side_actions_claim(int64 workspace, TimestampTz now, int limit, SideAction **actions)
{
	Datum values[3] = {Int64GetDatum(workspace), TimestampTzGetDatum(now), Int32GetDatum(limit)};
	int n = campaign_plan_run(&claim_plan, values, NULL, false);
	int i;

	*actions = palloc(Max(n, 1) * sizeof(SideAction));
	for (i = 0; i < n; i++)
	{
		(*actions)[i].id = campaign_plan_int64(i, 1, 0);
		(*actions)[i].enrollment = campaign_plan_int64(i, 2, 0);
		(*actions)[i].step = campaign_plan_int32(i, 3, 0);
		(*actions)[i].kind = campaign_plan_text(i, 4);
		(*actions)[i].queued_before = campaign_plan_bool(i, 5, false);
		(*actions)[i].moot = campaign_plan_bool(i, 6, false);
		(*actions)[i].channel = campaign_plan_text(i, 7);
		(*actions)[i].at_once = campaign_plan_bool(i, 8, false);
	}
	SPI_freetuptable(SPI_tuptable);
	return n;
}

static void
change(StorePlan *plan, int64 workspace, const int64 *ids, int n, Datum third)
{
	Datum values[3] = {Int64GetDatum(workspace), (Datum) 0, third};

	if (n == 0)
		return;
	values[1] = campaign_column_ids(ids, n);
	campaign_plan_run(plan, values, NULL, false);
}

void
campaign_side_actions_done(int64 workspace, const int64 *ids, int n)
{
	change(&done_plan, workspace, ids, n, (Datum) 0);
}

void
campaign_side_actions_park(int64 workspace, const int64 *ids, int n)
{
	change(&park_plan, workspace, ids, n, (Datum) 0);
}

void
campaign_side_actions_put_off(int64 workspace, const int64 *ids, int n, TimestampTz at)
{
	change(&put_off_plan, workspace, ids, n, TimestampTzGetDatum(at));
}

void
campaign_side_actions_hold(int64 workspace, int64 id, const char *reason)
{
	Datum values[3] = {Int64GetDatum(workspace), Int64GetDatum(id), CStringGetTextDatum(reason)};

	campaign_plan_run(&hold_plan, values, NULL, false);
}

void
campaign_side_actions_enter(int64 workspace, const int64 *enrollments, const int32 *stages, int n)
{
	Column steps;
	Datum values[3] = {Int64GetDatum(workspace), (Datum) 0, (Datum) 0};
	int i;

	if (n == 0)
		return;
	campaign_column_init(&steps, INT4OID);
	for (i = 0; i < n; i++)
		campaign_column_add_int32(&steps, stages[i]);
	values[1] = campaign_column_ids(enrollments, n);
	values[2] = campaign_column_array(&steps);
	campaign_plan_run(&enter_plan, values, NULL, false);
}

void
campaign_side_actions_close(int64 workspace, const int64 *enrollments, int n)
{
	change(&close_plan, workspace, enrollments, n, (Datum) 0);
}

void
campaign_side_actions_tell_reply(int64 workspace, const ReplyGoal *goals, int n, TimestampTz now)
{
	Column c[4];
	Datum values[6] = {Int64GetDatum(workspace)};
	int i;

	if (n == 0)
		return;
	campaign_column_init(&c[0], INT8OID);
	campaign_column_init(&c[1], INT4OID);
	campaign_column_init(&c[2], TEXTOID);
	campaign_column_init(&c[3], TIMESTAMPTZOID);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_int64(&c[0], goals[i].enrollment);
		campaign_column_add_int32(&c[1], goals[i].step);
		campaign_column_add_text(&c[2], goals[i].channel);
		campaign_column_add_time(&c[3], goals[i].replied_at);
	}
	for (i = 0; i < 4; i++)
		values[i + 1] = campaign_column_array(&c[i]);
	values[5] = TimestampTzGetDatum(now);
	campaign_plan_run(&reply_plan, values, NULL, false);
}

void
campaign_side_actions_settle(int64 workspace, const int64 *actions, const char **outcomes, int n)
{
	Column column;
	Datum values[3] = {Int64GetDatum(workspace), (Datum) 0, (Datum) 0};
	int i;

	if (n == 0)
		return;
	campaign_column_init(&column, TEXTOID);
	for (i = 0; i < n; i++)
		campaign_column_add_text(&column, outcomes[i]);
	values[1] = campaign_column_ids(actions, n);
	values[2] = campaign_column_array(&column);
	campaign_plan_run(&settle_plan, values, NULL, false);
}
