/*
 * wait.c
 *		The one way in which a worker waits.
 */
#include "worker/wait.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "storage/latch.h"
#include "store/compat.h"
#include "utils/guc.h"
#include "utils/wait_event.h"

/* Statistics that the server holds back for up to a second are given out before a longer wait. */
#define FLUSH_BEFORE_MS 1000

WaitEventSet *
campaign_wait_open(pgsocket descriptor)
{
	WaitEventSet *set = compat_wait_set(3);

	AddWaitEventToSet(set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
	AddWaitEventToSet(set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL, NULL);
	if (descriptor != PGINVALID_SOCKET)
		AddWaitEventToSet(set, WL_SOCKET_READABLE, descriptor, NULL, NULL);
	return set;
}

/*
 * A cancel that comes between transactions has nothing to cancel; left pending it would end the
 * process.
 */
void
campaign_wait_serve(void)
{
	Assert(!IsTransactionOrTransactionBlock());
	QueryCancelPending = false;
	CHECK_FOR_INTERRUPTS();
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
	}
}

void
campaign_wait_until(WaitEventSet *set, TimestampTz until)
{
	WaitEvent events[3];
	long timeout;

	timeout = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), until);
	if (timeout >= FLUSH_BEFORE_MS)
		pgstat_report_stat(true);
	(void) WaitEventSetWait(set, timeout, events, lengthof(events), PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	campaign_wait_serve();
}
