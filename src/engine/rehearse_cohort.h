/*
 * rehearse_cohort.h
 *		The slots of a campaign with cohorts as they begin in a rehearsal, and whom each lets in: as
 *		engine/cohort does in the rounds.
 *
 * In a campaign without cohorts nothing happens here.
 */
#ifndef CAMPAIGN_REHEARSE_COHORT_H
#define CAMPAIGN_REHEARSE_COHORT_H

#include "engine/rehearse_ledger.h"

/* Begins the slot that is due, if one is; how many came in or were turned away. */
extern int campaign_rehearse_cohort_begin(Rehearsal *rehearsal);

/* When the next slot begins, if somebody waits for one; DT_NOEND = never. */
extern TimestampTz campaign_rehearse_cohort_next(const Rehearsal *rehearsal);

#endif
