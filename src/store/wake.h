/*
 * wake.h
 *		Asking for workers to be woken when the present transaction commits.
 *
 * A request is a note in this process; the transaction callback of worker/wakeup.h acts on it at
 * commit and drops it at abort. A subtransaction that is rolled back may leave a request behind, and
 * then workers look once for nothing.
 */
#ifndef CAMPAIGN_WAKE_H
#define CAMPAIGN_WAKE_H

#define WAKE_SCHEDULER 1   /* something is due, reported, or to be sealed */
#define WAKE_DISPATCHERS 2 /* something was queued, or may be started earlier */
#define WAKE_LAUNCHER 4    /* look again for the extension in this database */
#define WAKE_LIMITS 8 /* what may be sent has changed: lanes that wait are to be looked at again */
#define WAKE_READERS 16 /* audiences are to be looked at */
#define WAKE_SEALER 32  /* events are to be numbered, which one of the schedulers does */

/* whom: any of WAKE_*, or-ed; of this database. */
extern void campaign_wake_request(int whom);

/* What was requested since it was last taken. */
extern int campaign_wake_take(void);

#endif
