/*
 * assign.h
 *		Which account a run uses for a channel class: chosen on first need, and kept.
 */
#ifndef CAMPAIGN_ASSIGN_H
#define CAMPAIGN_ASSIGN_H

#include "engine/runs.h"
#include "store/enrollment_accounts.h"
#include "store/lanes.h"

/* More waiting actions than this are all the same: the lane is long. */
#define ASSIGN_WAITING_MAX 1000

/* A run that is about to queue an action of this kind. */
typedef struct AssignNeed
{
	Run *run;
	const ActionKind *kind;
	const char *channel; /* the account has to be of this one; NULL = of any */
	int64 account;       /* given by campaign_assign_accounts() */
} AssignNeed;

/* Who knows how much accounts can still take: left comes as much, and is lowered to what there is. */
typedef struct AssignSource
{
	void (*left)(void *arg, const LaneKey *keys, int n, int64 *left);
	void *arg;
} AssignSource;

/* Whether there is an account at all: launch looks after it, but one may have been taken away since. */
extern bool campaign_assign_possible(const Run *run, const ActionKind *kind, const char *channel);

/*
 * Gives each need its account: the one that the run uses already; else one that is connected to the
 * prospect; else the one with most of its quota for this kind left, so that a round spreads its runs
 * over the accounts. New choices are kept in the runs, and returned; how many. There must be one for each.
 * A need that names its channel is given an account of that each time, and the run keeps to none.
 */
extern int campaign_assign_choose(Runs *runs, AssignNeed *needs, int n, const AssignSource *source,
								  EnrollmentAccount *chosen);

/* The same by the quotas and queues that are stored, and writes it. */
extern void campaign_assign_accounts(Runs *runs, AssignNeed *needs, int n);

#endif
