/*
 * held_back.c
 *		Queued actions that the hold_if of their campaign keeps from being sent.
 */
#include "store/held_back.h"

#include "catalog/pg_type.h"

#include "store/columns.h"
#include "store/lanes.h"
#include "store/plan.h"
#include "store/wake.h"

static StorePlan release_plan = {
	.sql = "WITH r AS (UPDATE campaign.action a SET not_before = $3, reason = NULL"
		   " WHERE a.workspace_id = $1 AND a.id = ANY ($2) AND a.state = 'queued'"
		   " AND a.reason = 'hold_if' RETURNING a.lane_id)"
		   " SELECT DISTINCT r.lane_id FROM r ORDER BY 1",
	.n_args = 3,
	.types = {INT8OID, INT8ARRAYOID, TIMESTAMPTZOID}};

void
campaign_held_back_release(int64 workspace, const int64 *actions, int n, TimestampTz now)
{
	Datum values[3];
	TimestampTz *ready;
	int64 *lanes;
	int found;
	int i;

	if (n == 0)
		return;
	values[0] = Int64GetDatum(workspace);
	values[1] = campaign_column_ids(actions, n);
	values[2] = TimestampTzGetDatum(now);
	found = campaign_plan_run(&release_plan, values, NULL, false);
	lanes = palloc(Max(found, 1) * sizeof(int64));
	ready = palloc(Max(found, 1) * sizeof(TimestampTz));
	for (i = 0; i < found; i++)
	{
		lanes[i] = campaign_plan_int64(i, 1, 0);
		ready[i] = now;
	}
	SPI_freetuptable(SPI_tuptable);
	if (found == 0)
		return;
	campaign_lanes_awaken(workspace, lanes, ready, found, false);
	campaign_wake_request(WAKE_DISPATCHERS);
}
