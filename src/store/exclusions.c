/*
 * exclusions.c
 *		Who is in a campaign of mode exclusive_only.
 */
#include "store/exclusions.h"

#include "catalog/pg_type.h"
#include "utils/snapmgr.h"

#include "store/columns.h"
#include "store/plan.h"

static StorePlan any_plan = {
	.sql = "SELECT 1 FROM campaign.campaign c"
		   " WHERE c.workspace_id = $1 AND c.exclusivity = 'exclusive_only' LIMIT 1",
	.n_args = 1,
	.types = {INT8OID}};

static StorePlan find_plan = {
	.sql = "SELECT u.id FROM unnest($2) AS u(id) CROSS JOIN LATERAL"
		   " (SELECT FROM campaign.enrollment e WHERE e.workspace_id = $1 AND e.prospect_id = u.id"
		   " AND e.exclusion < 0 AND e.ended_at IS NULL LIMIT 1 OFFSET 0) x",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

int
campaign_exclusions_find(int64 workspace, const int64 *prospects, int n, int64 **found)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(prospects, n)};
	int count = 0;
	int i;

	PushActiveSnapshot(GetLatestSnapshot());
	if (campaign_plan_run(&any_plan, values, NULL, true) > 0)
		count = campaign_plan_run(&find_plan, values, NULL, true);
	*found = palloc(Max(count, 1) * sizeof(int64));
	for (i = 0; i < count; i++)
		(*found)[i] = campaign_plan_int64(i, 1, 0);
	PopActiveSnapshot();
	return count;
}
