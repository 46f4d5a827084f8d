/*
 * bucket.h
 *		What became of an action that was not sent, as it is counted (S1.19).
 *
 * Each action that came to a decision is counted once at its step, by whoever decides: executed,
 * skipped, failed, refused, already_invited. The view action_buckets puts these under the names of the
 * buckets. What was taken out of the queue, since its run left, is none of them.
 */
#ifndef CAMPAIGN_BUCKET_H
#define CAMPAIGN_BUCKET_H

#include "postgres.h"

/*
 * The counter of an action that may not be done to the prospect, for this code; invited: he is invited
 * already, by an action of ours. NULL = it is none that decides about an action.
 */
extern const char *campaign_bucket_refused(const char *code, bool invited);

#endif
