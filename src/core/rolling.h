/*
 * rolling.h
 *		How many starts lie in the last so long: the usage of a quota that counts no calendar windows.
 *
 * The promise is that no window [w, w + length) of the clock's readings, wherever w lies, holds more
 * than max starts. A ledger of single starts would keep it exactly, and grow with max; counters of
 * fixed buckets are small, but let a quota of one a week wait for the end of its bucket. This is a
 * ledger of at most ROLLING_MAX entries, each a time and how many started at it: exact as long as
 * starts fall on so many different times, which small quotas and quotas used in bursts do. When it is
 * full, the two neighbours whose union costs least become one at the time of the later, so that what
 * is counted is only ever counted for longer; of a quota that is in steady demand some percent of the
 * throughput go by that, and then the entries that leave at once are used at once, as one entry.
 *
 * A clock that goes back finds all that it counted, since later entries count as well; and where it
 * goes back so far that entries which have been dropped would count again, nothing starts until it
 * has come to where they do not. So a clock that was wrong costs time and never breaks the promise.
 */
#ifndef CAMPAIGN_ROLLING_H
#define CAMPAIGN_ROLLING_H

#include "core/instant.h"

#define ROLLING_MAX 64

typedef struct RollingStarts
{
	Instant at;
	int64_t count; /* started at that time, or after the entry before */
} RollingStarts;

typedef struct Rolling
{
	Instant dropped; /* the latest time of entries that are no longer here; INT64_MIN if none */
	int n;
	RollingStarts starts[ROLLING_MAX]; /* by time */
} Rolling;

#define ROLLING_UNUSED ((Rolling){.dropped = INT64_MIN, .n = 0})

/* How many starts count at now. */
extern int64_t campaign_rolling_used(const Rolling *rolling, Instant length, Instant now);

/* How many more may start at now, never less than none. */
extern int64_t campaign_rolling_free(const Rolling *rolling, Instant length, int64_t max,
									 Instant now);

/* When the next may start: now if there is room; INSTANT_NEVER if max allows none ever. */
extern Instant campaign_rolling_ready_at(const Rolling *rolling, Instant length, int64_t max,
										 Instant now);

/*
 * Notes starts at `at`, which is now or, to count for longer, later. Entries that count no more at
 * now are dropped. The caller has looked at campaign_rolling_free().
 */
extern void campaign_rolling_add(Rolling *rolling, Instant length, int64_t count, Instant at,
								 Instant now);

/* Takes back starts of this time that certainly came to nothing, if they are still known. */
extern void campaign_rolling_refund(Rolling *rolling, int64_t count, Instant started_at);

#endif
