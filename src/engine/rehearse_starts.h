/*
 * rehearse_starts.h
 *		What leaves in a rehearsal: each action that may start by quota is looked at as it would be at its
 *		start, and taken as accepted at once.
 */
#ifndef CAMPAIGN_REHEARSE_STARTS_H
#define CAMPAIGN_REHEARSE_STARTS_H

#include "engine/rehearse_moves.h"

/* Reads what only starts look at: credits, and when persons were contacted last. */
extern void campaign_rehearse_starts_open(Rehearsal *rehearsal);

/* Starts what may start now; how many actions were looked at. */
extern int campaign_rehearse_starts(Rehearsal *rehearsal);

/*
 * These actions are put up for their owner: their texts are frozen. One in which a hole is does not await
 * him any more, which is told.
 */
extern void campaign_rehearse_starts_show(Rehearsal *rehearsal, Figure **figures, int n);

#endif
