/*
 * incarnation.c
 *		The name of one life of a dispatcher.
 */
#include "worker/incarnation.h"

#include "miscadmin.h"
#include "storage/lock.h"
#include "store/ids.h"

/* First key of the two-key advisory locks that campaign uses for this. */
#define LOCK_CLASS 0x63616d70

/* Of this process; it would get its own lock again. */
static int64 own_incarnation;

static void
set_tag(LOCKTAG *tag, int64 incarnation)
{
	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, LOCK_CLASS, (uint32) incarnation, 2);
}

int64
campaign_incarnation_take(void)
{
	int64 incarnation = campaign_ids_next(campaign_ids_sequence("incarnation_id_seq"));
	LOCKTAG tag;

	set_tag(&tag, incarnation);
	if (LockAcquire(&tag, ExclusiveLock, true, true) == LOCKACQUIRE_NOT_AVAIL)
		ereport(ERROR, errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				errmsg("another process holds the lock of a new incarnation"),
				errdetail("It is " INT64_FORMAT ".", incarnation));
	own_incarnation = incarnation;
	return incarnation;
}

bool
campaign_incarnation_is_alive(int64 incarnation)
{
	LOCKTAG tag;

	if (incarnation == own_incarnation)
		return true;
	set_tag(&tag, incarnation);
	/* not let go of before the transaction ends: nobody else takes back what it left meanwhile */
	return LockAcquire(&tag, ExclusiveLock, false, true) == LOCKACQUIRE_NOT_AVAIL;
}
