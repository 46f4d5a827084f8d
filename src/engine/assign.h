/*
 * assign.h
 *		Which account a run uses for a channel class: chosen on first need, and kept.
 */
#ifndef CAMPAIGN_ASSIGN_H
#define CAMPAIGN_ASSIGN_H

#include "engine/runs.h"

/* A run that is about to queue an action of this kind. */
typedef struct AssignNeed
{
	Run *run;
	const ActionKind *kind;
	int64 account; /* given by campaign_assign_accounts() */
} AssignNeed;

/* Whether there is an account at all: launch looks after it, but one may have been taken away since. */
extern bool campaign_assign_possible(const Run *run, const ActionKind *kind);

/*
 * Gives each need its account: the one that the run uses already; else one that is connected to the
 * prospect; else the one with most of its quota for this kind left, so that a round spreads its runs
 * over the accounts. New choices are kept in the runs and written. There must be one for each.
 */
extern void campaign_assign_accounts(Runs *runs, AssignNeed *needs, int n);

#endif
