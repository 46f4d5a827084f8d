/*
 * outcome.h
 *		What becomes of actions whose attempt has come to an end, or was cut off with its dispatcher.
 *
 * Here is read and classified what was heard of them; what follows from that is engine/outcome_recording.
 */
#ifndef CAMPAIGN_OUTCOME_H
#define CAMPAIGN_OUTCOME_H

#include "postgres.h"
#include "utils/jsonb.h"

#include "core/retry_mail.h"
#include "engine/deliver.h"

/*
 * Records outcomes of one workspace, of actions that this incarnation has under way; others were
 * settled by somebody else meanwhile and are left alone. One that fails by itself to be recorded is
 * held as unknown. How many were recorded.
 */
extern int campaign_outcome_record(const Round *round, int64 incarnation,
								   const DeliveryOutcome *outcomes, int n);

/* The same for actions that a dead incarnation had under way: nobody knows how far they came. */
extern int campaign_outcome_recover(const Round *round, int64 incarnation, const int64 *actions,
									int n);

/* What was heard of an attempt comes to. */
extern RetryMailClass campaign_outcome_classify(const DeliveryOutcome *outcome,
												bool not_accepted_on_5xx);

/* What was heard of it, for people to read. */
extern Jsonb *campaign_outcome_json(const DeliveryOutcome *outcome);

#endif
