/*
 * cohort.h
 *		The slots of campaigns with cohorts as they begin, and the newcomers that each lets in.
 *
 * In a campaign with the setting cohort_size whoever is enrolled waits, without a timer, until a slot
 * begins: then the first so many of them come in, by the order of enrolment, as far as the cap of active
 * runs allows. If they are too few, the audience of the campaign is asked for others. Who is a duplicate
 * (D16) takes a place of the cohort and ends at once.
 *
 * Each occurrence of a slot happens once, since its row is its identity. One that nobody began in time
 * begins late while it is in progress, and is written down as missed after that.
 */
#ifndef CAMPAIGN_COHORT_H
#define CAMPAIGN_COHORT_H

#include "engine/round.h"

/* Begins and ends the slots that are due; how many occurrences and runs were changed. */
extern int campaign_cohort_round(const Round *round);

#endif
