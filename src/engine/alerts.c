/*
 * alerts.c
 *		Raising and closing alerts, by what the health of campaigns says.
 *
 * What is wrong is found in SQL (sql/69_health.sql), which views show as well; a round only keeps what
 * was found, so that everybody is told once. It is run where a definition was changed, and by upkeep
 * where something was done: what runs change is told within a minute.
 */
#include "engine/round.h"

#include "catalog/pg_type.h"

#include "store/alone.h"
#include "store/plan.h"

static StorePlan requested_plan = {
	.sql = "SELECT EXISTS (SELECT FROM campaign.alert_request r WHERE r.workspace_id = $1)",
	.n_args = 1,
	.types = {INT8OID}};

static StorePlan reconcile_plan = {.sql = "SELECT campaign.reconcile_alerts($1, $2, $3)",
								   .n_args = 3,
								   .types = {INT8OID, TIMESTAMPTZOID, BOOLOID}};

static StorePlan live_plan = {
	.sql = "SELECT DISTINCT c.workspace_id FROM campaign.campaign c WHERE c.state = 'live'"
		   " UNION SELECT a.workspace_id FROM campaign.alert a WHERE a.closed_at IS NULL",
	.n_args = 0};

/* By one transaction at a time, see store/alone.h. */
static bool
may_reconcile(const Round *round)
{
	return campaign_alone_try("campaign alerts", round->workspace);
}

/* asked: of the campaigns for which that was asked alone, which is a look at one where one was changed. */
static int
reconcile(const Round *round, bool asked)
{
	Datum values[3] = {Int64GetDatum(round->workspace), TimestampTzGetDatum(round->now),
					   BoolGetDatum(asked)};
	int changed;

	campaign_plan_run_one(&reconcile_plan, values, NULL, false);
	changed = campaign_plan_int32(0, 1, 0);
	SPI_freetuptable(SPI_tuptable);
	return changed;
}

int
campaign_alerts_reconcile(const Round *round)
{
	return may_reconcile(round) ? reconcile(round, false) : 0;
}

int
campaign_alerts_round(const Round *round)
{
	Datum values[1] = {Int64GetDatum(round->workspace)};
	bool requested;

	campaign_plan_run_one(&requested_plan, values, NULL, false);
	requested = campaign_plan_bool(0, 1, false);
	SPI_freetuptable(SPI_tuptable);
	/* the requests that were answered count too */
	return requested && may_reconcile(round) ? 1 + reconcile(round, true) : 0;
}

int
campaign_alerts_workspaces(int64 **workspaces)
{
	int n = campaign_plan_run(&live_plan, NULL, NULL, false);
	int i;

	*workspaces = palloc(Max(n, 1) * sizeof(int64));
	for (i = 0; i < n; i++)
		(*workspaces)[i] = campaign_plan_int64(i, 1, 0);
	SPI_freetuptable(SPI_tuptable);
	return n;
}
