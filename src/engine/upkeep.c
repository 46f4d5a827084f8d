/*
 * upkeep.c
 *		What keeps the tables small, now and then.
 */
#include "engine/round.h"

#include "store/alone.h"
#include "store/counters.h"
#include "store/fault.h"

/* In one round, whatever has come: deltas come faster than rounds of upkeep. */
#define FOLDS_MAX 100

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

int
campaign_upkeep_round(const Round *round)
{
	int folded = fold_counters(round);

	if (folded > 0)
		CAMPAIGN_FAULT("upkeep.written");
	return folded + campaign_alerts_reconcile(round);
}
