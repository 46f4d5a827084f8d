/*
 * upkeep.c
 *		What keeps the tables small, now and then.
 */
#include "engine/round.h"

#include "store/counters.h"

int
campaign_upkeep_round(const Round *round)
{
	return campaign_counters_fold(round->workspace, round->limit);
}
