/*
 * quota.h
 *		The usage of one quota in one window of time, as plain arithmetic.
 *
 * Where a window begins and ends is told by calendar.h. A window is debited when an action starts, not
 * when it succeeds, and never opens again: a clock that goes back finds it as full as it was.
 */
#ifndef CAMPAIGN_QUOTA_H
#define CAMPAIGN_QUOTA_H

#include <stdbool.h>

#include "core/instant.h"

typedef struct QuotaUsage
{
	Instant start; /* of the window that is counted */
	Instant end;
	int64_t used;
} QuotaUsage;

/* Nothing counted yet: any window is later. */
#define QUOTA_UNUSED ((QuotaUsage){.start = INT64_MIN, .end = INT64_MIN, .used = 0})

/*
 * Goes on to the window [start, end) that the calendar has for now; true if the usage changed. Only a
 * window that begins when the counted one is over is gone on to: not one before it, and not one that
 * overlaps it, as may come of a new time zone or period.
 */
extern bool campaign_quota_turn(QuotaUsage *usage, Instant start, Instant end);

/* How many more may start in the counted window, never less than none. */
extern int64_t campaign_quota_free(const QuotaUsage *usage, int64_t max);

/*
 * When the next may start: now if there is room, else the end of the window; INSTANT_NEVER if max
 * allows none in any window. Call after campaign_quota_turn().
 */
extern Instant campaign_quota_ready_at(const QuotaUsage *usage, int64_t max, Instant now);

/* Debits up to wanted starts; how many were granted. */
extern int64_t campaign_quota_debit(QuotaUsage *usage, int64_t max, int64_t wanted);

/* Gives back starts that certainly came to nothing, if they were debited in the counted window. */
extern void campaign_quota_refund(QuotaUsage *usage, int64_t count, Instant started_at);

#endif
