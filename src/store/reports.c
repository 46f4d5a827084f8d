/*
 * reports.c
 *		Reports of providers as they came.
 */
#include "store/reports.h"

#include "catalog/pg_type.h"

#include "store/plan.h"

static StorePlan forget_plan = {
	.sql = "DELETE FROM campaign.ingested r USING"
		   " (SELECT o.id FROM campaign.ingested o WHERE o.workspace_id = $1 AND o.received_at < $2"
		   " ORDER BY o.received_at LIMIT $3 FOR UPDATE SKIP LOCKED) q"
		   " WHERE r.workspace_id = $1 AND r.id = q.id",
	.n_args = 3,
	.types = {INT8OID, TIMESTAMPTZOID, INT4OID}};

int
campaign_reports_forget(int64 workspace, TimestampTz before, int max)
{
	Datum values[3] = {Int64GetDatum(workspace), TimestampTzGetDatum(before), Int32GetDatum(max)};

	return campaign_plan_run(&forget_plan, values, NULL, false);
}
