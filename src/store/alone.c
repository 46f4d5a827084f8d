/*
 * alone.c
 *		Work that one transaction at a time does for a workspace.
 */
#include "store/alone.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "store/plan.h"

static StorePlan lock_plan = {
	.sql = "SELECT pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended($1, $2))",
	.n_args = 2,
	.types = {TEXTOID, INT8OID}};

bool
campaign_alone_try(const char *what, int64 workspace)
{
	Datum values[2] = {CStringGetTextDatum(what), Int64GetDatum(workspace)};
	bool alone;

	campaign_plan_run_one(&lock_plan, values, NULL, false);
	alone = campaign_plan_bool(0, 1, false);
	SPI_freetuptable(SPI_tuptable);
	return alone;
}
