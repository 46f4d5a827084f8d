/*
 * newcomers.h
 *		Runs that wait for a slot of their campaign, and who of them comes in with it.
 *
 * They have status blocked, as those over the cap, and no timer. Which of them are to come in, and what
 * they cost in places, is decided in engine/cohort.
 */
#ifndef CAMPAIGN_NEWCOMERS_H
#define CAMPAIGN_NEWCOMERS_H

#include "postgres.h"
#include "utils/timestamp.h"

typedef struct Newcomer
{
	int64 enrollment;
	int64 campaign;
	int64 prospect;
	bool duplicate; /* a campaign of the same name and program has already sent to him */
} Newcomer;

/*
 * The first wanted[i] who wait in campaigns[i], by the order of enrolment, locked, passing over locked
 * ones; by campaign, in that order. Nobody while a first batch has not been continued.
 */
extern int campaign_newcomers_waiting(int64 workspace, const int64 *campaigns, const int *wanted,
									  int n, Newcomer **newcomers);

/*
 * Enrols up to missing[i] of what the audience of campaigns[i] gives, who wait then as all others; how
 * many. faults[i] is why the audience could not be asked, or NULL.
 */
extern int campaign_newcomers_find(int64 workspace, const int64 *campaigns, const int *missing,
								   int n, TimestampTz now, const char **faults);

/* Finds out which of them are duplicates (D16). */
extern void campaign_newcomers_compare(int64 workspace, Newcomer *newcomers, int n);

/* These runs are due now. */
extern void campaign_newcomers_admit(int64 workspace, const int64 *enrollments, int n,
									 TimestampTz now);

#endif
