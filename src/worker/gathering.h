/*
 * gathering.h
 *		When what has come back is worth a transaction.
 *
 * A transaction of one row costs little less than one of many, so what has come back waits for company:
 * until as much is here as is still away, but for a bounded time.
 */
#ifndef CAMPAIGN_GATHERING_H
#define CAMPAIGN_GATHERING_H

#include "postgres.h"
#include "datatype/timestamp.h"

typedef struct Gathering
{
	int patience_ms;
	int away;          /* at their servers */
	int waiting;       /* back, or come to where a transaction is wanted */
	TimestampTz since; /* the first of the waiting came, while there are any */
} Gathering;

extern void campaign_gathering_leave(Gathering *gathering);

/* One that was away waits. */
extern void campaign_gathering_come(Gathering *gathering, TimestampTz at);

/* The clock was set back: they wait since now at the latest. */
extern void campaign_gathering_hasten(Gathering *gathering, TimestampTz now);

/* One that has waited is done with. */
extern void campaign_gathering_done(Gathering *gathering);

/* DT_NOEND if nothing waits. */
extern TimestampTz campaign_gathering_due(const Gathering *gathering);

#endif
