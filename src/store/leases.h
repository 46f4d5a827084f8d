/*
 * leases.h
 *		Rows of campaign.action that an agent has taken, and the deadlines of tasks.
 *
 * A lease is an action that is processing under no incarnation, for reason leased, until expires_at.
 * It ends by a report, or when it runs out; who held it is in the event of the taking.
 */
#ifndef CAMPAIGN_LEASES_H
#define CAMPAIGN_LEASES_H

#include "postgres.h"
#include "utils/timestamp.h"

/*
 * Whether work of channel c and kind k returns to the queue when a lease runs out: that of people does,
 * and what may be repeated under its key; for others nobody knows how far they came.
 */
#define LEASE_RETURNS                                                                              \
	"COALESCE(c.options->>'on_lease_end' = 'requeue', k.channel_class = 'person'"                  \
	" OR COALESCE((c.options->>'idempotent')::boolean, false)) "

/* A lease that has run out. */
typedef struct EndedLease
{
	int64 action;
	bool overdue; /* so has the time to do it */
	bool returns;
	bool wanted; /* its run waits for it */
} EndedLease;

/* These actions, locked and processing, are leased until then, or until their deadlines. */
extern void campaign_leases_begin(int64 workspace, const int64 *ids, int n, TimestampTz until);

/* What is to be known of these ended leases, in order of id. */
extern int campaign_leases_read(int64 workspace, const int64 *ids, int n, TimestampTz now,
								EndedLease **leases);

/* These actions, just queued, are to be done by then, as far as agents take from their lanes. */
extern void campaign_leases_limit(int64 workspace, const int64 *ids, const TimestampTz *deadlines,
								  int n);

#endif
