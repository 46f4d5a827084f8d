/*
 * rehearse_moves.h
 *		What moves the runs of a rehearsal: time, outcomes, and what people do. The machine decides;
 *		here is what stands in place of the ledger and the inbox.
 */
#ifndef CAMPAIGN_REHEARSE_MOVES_H
#define CAMPAIGN_REHEARSE_MOVES_H

#include "engine/rehearse_ledger.h"

/* The figure's action ended so: applied in the next pass. */
extern void campaign_rehearse_moves_report(Rehearsal *rehearsal, Figure *figure,
										   const char *outcome, const char *code);

/* Applies what was reported by now; how much. */
extern int campaign_rehearse_moves_intake(Rehearsal *rehearsal);

/* Moves on who is due; how many. */
extern int campaign_rehearse_moves_advance(Rehearsal *rehearsal);

#endif
