/*
 * start.h
 *		Starting the process of a slot, and finding out whether it came.
 *
 * A background worker that was registered may never come: the fork may fail, or its database may be
 * gone by then. So each slot is looked at again and again until its process is there or its start is
 * given up; nothing hangs on a message that could be lost.
 */
#ifndef CAMPAIGN_START_H
#define CAMPAIGN_START_H

#include "postgres.h"
#include "postmaster/bgworker.h"
#include "worker/process.h"

typedef struct Starter Starter;

/* In the current context. */
extern Starter *campaign_start_open(void);

/*
 * Sees to it that the slot's process runs or is being started. Returns when to look at it again at
 * the latest; DT_NOEND if it runs.
 */
extern TimestampTz campaign_start_ensure(Starter *starter, ProcessKind kind, Oid database,
										 int index);

/* Fills in what is the same for all workers of this library. */
extern void campaign_start_describe(BackgroundWorker *worker, const ProcessTicket *ticket);

#endif
