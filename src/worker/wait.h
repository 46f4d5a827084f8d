/*
 * wait.h
 *		The one way in which a worker waits: for its latch, the death of the postmaster, a descriptor
 *		of its own, and an instant.
 *
 * After each wait the latch is reset, interrupts are served (so SIGTERM and the barriers of DROP
 * DATABASE never wait for us), and a changed configuration is read. No transaction may be open.
 */
#ifndef CAMPAIGN_WAIT_H
#define CAMPAIGN_WAIT_H

#include "postgres.h"
#include "utils/timestamp.h"

typedef struct WaitEventSet WaitEventSet;

/* descriptor: readable = something to do; PGINVALID_SOCKET = none. Lives as long as the process. */
extern WaitEventSet *campaign_wait_open(pgsocket descriptor);

/* Returns at `until` at the latest, and earlier for any reason. */
extern void campaign_wait_until(WaitEventSet *set, TimestampTz until);

/* Serves interrupts and a changed configuration, between transactions. */
extern void campaign_wait_serve(void);

#endif
