/*
 * expire.c
 *		What ends because its time is over: sessions that people opened and never completed, trials.
 */
#include "engine/round.h"

#include "catalog/pg_type.h"

#include "store/plan.h"

static StorePlan expire_plan = {.sql = "SELECT campaign.expire_sessions($1, $2, $3)"
									   " + campaign.expire_trial($1, $2)",
								.n_args = 3,
								.types = {INT8OID, TIMESTAMPTZOID, INT4OID}};

int
campaign_expire_round(const Round *round)
{
	Datum values[3] = {Int64GetDatum(round->workspace), TimestampTzGetDatum(round->now),
					   Int32GetDatum(round->limit)};
	int expired;

	campaign_plan_run(&expire_plan, values, NULL, false);
	expired = campaign_plan_int32(0, 1, 0);
	SPI_freetuptable(SPI_tuptable);
	return expired;
}
