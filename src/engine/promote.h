/*
 * promote.h
 *		Rounds that people ask for over named runs: on from a stage, out to those who were dropped. What
 *		may be asked, and by whom, is decided in sql/73_promote.sql.
 *
 * Nothing is queued here: queueing locks lanes, and the caller's transaction may stay open for as long as
 * its user likes. A run that comes to an action is left at its entry, due, for the scheduler.
 */
#ifndef CAMPAIGN_PROMOTE_H
#define CAMPAIGN_PROMOTE_H

#include "engine/round.h"

/* Runs that are locked by now, of one campaign, and what is written of it in the log. */
typedef struct Promotion
{
	const int64 *enrollments;
	int n;
	int to;            /* the step to go to; GRAPH_NONE = what follows */
	const char *cause; /* who or what lets them go on; or why they are dropped */
} Promotion;

/* Moves on those that stand at the entry of a step, as far as nothing is to be queued. */
extern void campaign_promote_reach(const Round *round, const Promotion *promotion);

/* Lets these go on from their stages; how many. */
extern int campaign_promote_runs(const Round *round, const Promotion *promotion);

/* Has these leave by the stage of those who were dropped; how many. */
extern int campaign_promote_drop(const Round *round, const Promotion *promotion);

#endif
