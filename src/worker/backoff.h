/*
 * backoff.h
 *		How long to leave alone what has failed: a process, or a workspace, or an audience, whose rounds
 *		fail while those of others go on.
 */
#ifndef CAMPAIGN_BACKOFF_H
#define CAMPAIGN_BACKOFF_H

#include "postgres.h"
#include "utils/timestamp.h"

/* A number, of no workspace and no audience, that stands for the process as a whole. */
#define BACKOFF_PROCESS 0

typedef struct Backoff Backoff;

/*
 * Milliseconds to wait after so many failures in a row: `first` after one, doubled with each, at most
 * `most`, and up to an eighth more, so that what failed together does not come back together.
 */
extern int64 campaign_backoff_ms(int failures, int64 first, int64 most);

/* An empty list in the current context. */
extern Backoff *campaign_backoff_open(void);

extern bool campaign_backoff_blocks(const Backoff *backoff, int64 which, TimestampTz now);
extern void campaign_backoff_failed(Backoff *backoff, int64 which, TimestampTz now);
extern void campaign_backoff_passed(Backoff *backoff, int64 which);

/* None is blocked for longer than until then: the clock was set back. */
extern void campaign_backoff_hasten(Backoff *backoff, TimestampTz until);

/* How many are on the list. */
extern int campaign_backoff_count(const Backoff *backoff);

/* When the first of those that are blocked now is so no more; DT_NOEND if there is none. */
extern TimestampTz campaign_backoff_next(const Backoff *backoff, TimestampTz now);

#endif
