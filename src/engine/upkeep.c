/*
 * upkeep.c
 *		What keeps the tables small, now and then.
 */
#include "engine/round.h"

#include "catalog/pg_type.h"

#include "store/alone.h"
#include "store/counters.h"
#include "store/fault.h"
#include "store/learned.h"
#include "store/plan.h"
#include "store/reports.h"
#include "store/settings.h"

/* In one round, whatever has come: deltas come faster than rounds of upkeep. */
#define FOLDS_MAX 100

/* Rows that are looked at in one round for whether they are too old, in rows of other rounds. */
#define WALK_ROUNDS 10

static StorePlan clean_plan = {
	.sql = "SELECT campaign.clean_letters($1, $2) + campaign.clean_keys($1, $2)"
		   " + campaign.clean_batches($1, $2) + campaign.clean_sessions($1, $2)"
		   " + campaign.clean_actions($1, $2) + campaign.finish_erasures($1)",
	.n_args = 2,
	.types = {INT8OID, INT4OID}};

static StorePlan era_plan = {.sql =
								 "SELECT campaign.turn_era(pg_catalog.make_interval(mins => $1))",
							 .n_args = 1,
							 .types = {INT4OID}};

/* Adds up what has come; two that add to the same sums would wait for each other. */
static int
fold_counters(const Round *round)
{
	int folded = 0;
	int taken;
	int i;

	if (!campaign_alone_try("campaign counters", round->workspace))
		return 0;
	for (i = 0; i < FOLDS_MAX; i++)
	{
		taken = campaign_counters_fold(round->workspace, round->limit);
		folded += taken;
		if (taken < round->limit)
			break;
	}
	return folded;
}

/* Forgets what is old (sql/69_cleaning.sql); two that walk through a table would not go on from each other. */
static int
clean(const Round *round)
{
	Datum values[2] = {Int64GetDatum(round->workspace), Int32GetDatum(round->limit * WALK_ROUNDS)};
	int gone;

	if (!campaign_alone_try("campaign cleaning", round->workspace))
		return 0;
	campaign_plan_run_one(&clean_plan, values, NULL, false);
	gone = campaign_plan_int32(0, 1, 0);
	SPI_freetuptable(SPI_tuptable);
	return gone;
}

TimestampTz
campaign_upkeep_kept_since(TimestampTz now)
{
	return now - (int64) campaign_settings.keep_reports * USECS_PER_MINUTE;
}

int
campaign_upkeep_forget(const Round *round)
{
	return campaign_reports_forget(round->workspace, campaign_upkeep_kept_since(round->now),
								   round->limit);
}

/* Of all workspaces, whichever has upkeep. */
static void
turn_era(void)
{
	Datum keep = Int32GetDatum(campaign_settings.keep_events);

	if (campaign_settings.keep_events > 0)
		campaign_plan_run_one(&era_plan, &keep, NULL, false);
}

int
campaign_upkeep_round(const Round *round)
{
	int done = fold_counters(round) + clean(round) +
			   campaign_learned_apply(round->workspace, round->limit);

	if (done > 0)
		CAMPAIGN_FAULT("upkeep.written");
	turn_era();
	return done + campaign_upkeep_forget(round) + campaign_alerts_reconcile(round);
}
