/*
 * leases.c
 *		Rows of campaign.action that an agent has taken, and the deadlines of tasks.
 */
#include "store/leases.h"

#include "catalog/pg_type.h"

#include "store/columns.h"
#include "store/plan.h"

static StorePlan begin_plan = {
	.sql = "UPDATE campaign.action a SET expires_at = LEAST($3, a.deadline_at), poll_at = NULL"
		   " WHERE a.workspace_id = $1 AND a.id = ANY ($2)",
	.n_args = 3,
	.types = {INT8OID, INT8ARRAYOID, TIMESTAMPTZOID}};

static StorePlan read_plan = {
	.sql = "SELECT a.id, a.deadline_at <= $3, " LEASE_RETURNS
		   ", e.action_id = a.id AND e.ended_at IS NULL OR EXISTS (SELECT FROM"
		   " campaign.side_action w WHERE w.workspace_id = $1 AND w.id = a.id)"
		   " FROM campaign.action a"
		   " JOIN campaign.lane l ON l.workspace_id = $1 AND l.id = a.lane_id"
		   " JOIN campaign.account s ON s.workspace_id = $1 AND s.id = l.account_id"
		   " JOIN campaign.channel c ON c.workspace_id = $1 AND c.id = s.channel_id"
		   " LEFT JOIN LATERAL (SELECT o.channel_class FROM campaign.action_kind o"
		   " WHERE o.name = a.action_kind ORDER BY o.built_in LIMIT 1) k ON true"
		   " LEFT JOIN campaign.enrollment e ON e.workspace_id = $1 AND e.id = a.enrollment_id"
		   " WHERE a.workspace_id = $1 AND a.id = ANY ($2) ORDER BY a.id",
	.n_args = 3,
	.types = {INT8OID, INT8ARRAYOID, TIMESTAMPTZOID}};

static StorePlan limit_plan = {
	.sql = "UPDATE campaign.action a SET deadline_at = v.deadline_at"
		   " FROM unnest($2::bigint[], $3::timestamptz[]) AS v(id, deadline_at), campaign.lane l"
		   " WHERE a.workspace_id = $1 AND a.id = v.id"
		   " AND l.workspace_id = $1 AND l.id = a.lane_id AND l.pulled",
	.n_args = 3,
	.types = {INT8OID, INT8ARRAYOID, TIMESTAMPTZARRAYOID}};

void
campaign_leases_begin(int64 workspace, const int64 *ids, int n, TimestampTz until)
{
	Datum values[3] = {Int64GetDatum(workspace), campaign_column_ids(ids, n),
					   TimestampTzGetDatum(until)};

	if (n > 0)
		campaign_plan_run(&begin_plan, values, NULL, false);
}

int
campaign_leases_read(int64 workspace, const int64 *ids, int n, TimestampTz now, EndedLease **leases)
{
	Datum values[3] = {Int64GetDatum(workspace), campaign_column_ids(ids, n),
					   TimestampTzGetDatum(now)};
	int found = campaign_plan_run(&read_plan, values, NULL, false);
	int i;

	*leases = palloc(Max(found, 1) * sizeof(EndedLease));
	for (i = 0; i < found; i++)
	{
		EndedLease *lease = &(*leases)[i];

		lease->action = campaign_plan_int64(i, 1, 0);
		lease->overdue = campaign_plan_bool(i, 2, false);
		lease->returns = campaign_plan_bool(i, 3, false);
		lease->wanted = campaign_plan_bool(i, 4, false);
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}

void
campaign_leases_limit(int64 workspace, const int64 *ids, const TimestampTz *deadlines, int n)
{
	Column at;
	Datum values[3];
	int i;

	if (n == 0)
		return;
	campaign_column_init(&at, TIMESTAMPTZOID);
	for (i = 0; i < n; i++)
		campaign_column_add_time(&at, deadlines[i]);
	values[0] = Int64GetDatum(workspace);
	values[1] = campaign_column_ids(ids, n);
	values[2] = campaign_column_array(&at);
	campaign_plan_run(&limit_plan, values, NULL, false);
}
