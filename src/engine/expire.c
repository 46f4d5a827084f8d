/*
 * expire.c
 *		What time alone brings about beside the runs: sessions that people opened and never completed
 *		end, and so do trials; what is wanted beside runs is queued, by engine/side_queue.
 */
#include "engine/round.h"

#include "catalog/pg_type.h"

#include "engine/side_queue.h"
#include "store/plan.h"

static StorePlan expire_plan = {.sql = "SELECT campaign.expire_sessions($1, $2, $3)"
									   " + campaign.expire_trial($1, $2),"
									   " EXISTS (SELECT FROM campaign.side_action s"
									   " WHERE s.workspace_id = $1 AND s.wanted_at <= $2)",
								.n_args = 3,
								.types = {INT8OID, TIMESTAMPTZOID, INT4OID}};

int
campaign_expire_round(const Round *round)
{
	Datum values[3] = {Int64GetDatum(round->workspace), TimestampTzGetDatum(round->now),
					   Int32GetDatum(round->limit)};
	int expired;
	bool wanted;

	campaign_plan_run(&expire_plan, values, NULL, false);
	expired = campaign_plan_int32(0, 1, 0);
	wanted = campaign_plan_bool(0, 2, false);
	SPI_freetuptable(SPI_tuptable);
	return wanted ? expired + campaign_side_queue_round(round) : expired;
}
