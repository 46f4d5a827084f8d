/*
 * upkeep.c
 *		What keeps the tables small, now and then.
 */
#include "engine/round.h"

#include "store/counters.h"
#include "store/fault.h"

int
campaign_upkeep_round(const Round *round)
{
	int folded = campaign_counters_fold(round->workspace, round->limit);

	if (folded > 0)
		CAMPAIGN_FAULT("upkeep.written");
	return folded;
}
