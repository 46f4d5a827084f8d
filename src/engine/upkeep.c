/*
 * upkeep.c
 *		What keeps the tables small and the lanes honest, now and then.
 */
#include "engine/round.h"

#include "catalog/pg_type.h"

#include "store/counters.h"
#include "store/plan.h"
#include "store/wake.h"

/*
 * Lanes that wait for a window to turn, or for an account, are looked at again: somebody may have
 * raised the quota, or connected the account. A dispatcher that finds nothing changed puts them back.
 */
static StorePlan reconsider_plan = {
	.sql = "UPDATE campaign.lane l SET ready_at = $2 WHERE l.workspace_id = $1"
		   " AND l.deferred_until IS NOT NULL AND l.ready_at > $2",
	.n_args = 2,
	.types = {INT8OID, TIMESTAMPTZOID}};

int
campaign_upkeep_round(const Round *round)
{
	Datum values[2] = {Int64GetDatum(round->workspace), TimestampTzGetDatum(round->now)};

	if (campaign_plan_run(&reconsider_plan, values, NULL, false) > 0)
		campaign_wake_request(WAKE_DISPATCHERS);
	return campaign_counters_fold(round->workspace, round->limit);
}
