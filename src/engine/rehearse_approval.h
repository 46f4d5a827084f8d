/*
 * rehearse_approval.h
 *		What the owner of a campaign has to approve in a rehearsal, and is taken to say of it: as
 *		engine/validation and sql/66_approval.sql have it.
 */
#ifndef CAMPAIGN_REHEARSE_APPROVAL_H
#define CAMPAIGN_REHEARSE_APPROVAL_H

#include "engine/rehearse_ledger.h"

extern void campaign_rehearse_approval_open(Rehearsal *rehearsal);

/* True if the action of this step needs approval. */
extern bool campaign_rehearse_approval_needed(Rehearsal *rehearsal, const Figure *figure, int step);

/* The figure's action is put up, and its owner will say something or not. */
extern void campaign_rehearse_approval_expect(Rehearsal *rehearsal, Figure *figure);

/* What he says, or the end of the day, has come: of an action that awaits none nothing follows. */
extern void campaign_rehearse_approval_decide(Rehearsal *rehearsal, Figure *figure,
											  const char *decision);

#endif
