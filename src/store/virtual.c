/*
 * virtual.c
 *		Is this a database of virtual time?
 */
#include "store/virtual.h"

#include "catalog/pg_type.h"

#include "store/plan.h"

static StorePlan mark = {.sql = "SELECT i.is_virtual FROM campaign.instance i", .n_args = 0};

static StorePlan live_plan = {
	.sql = "UPDATE campaign.instance i SET lived_until = $1 WHERE i.lived_until IS NULL"
		   " OR (i.lived_until AT TIME ZONE 'UTC')::date <> ($1 AT TIME ZONE 'UTC')::date"
		   " RETURNING i.id",
	.n_args = 1,
	.types = {TIMESTAMPTZOID}};

bool
campaign_virtual_is_marked(void)
{
	return campaign_plan_run(&mark, NULL, NULL, false) > 0 && campaign_plan_bool(0, 1, false);
}

bool
campaign_virtual_new_day(TimestampTz now)
{
	Datum values[1] = {TimestampTzGetDatum(now)};
	int found = campaign_plan_run(&live_plan, values, NULL, false);

	SPI_freetuptable(SPI_tuptable);
	return found > 0;
}
