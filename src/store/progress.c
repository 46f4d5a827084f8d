/*
 * progress.c
 *		How far long calls are: one entry for each backend, written by it alone.
 */
#include "store/progress.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "store/compat.h"

/* Rows are counted by the backend, and shown every so many. */
#define ROWS_SHOWN 1024

/* changes is odd while the entry is being written. */
typedef struct ProgressEntry
{
	pg_atomic_uint32 changes;
	ProgressShown shown; /* pid 0 = no call */
} ProgressEntry;

static ProgressEntry *entries;
static shmem_request_hook_type previous_request_hook;
static shmem_startup_hook_type previous_startup_hook;

/* Of this process: rows of the phase so far, and whether it looks at the ends of transactions. */
static int64 rows;
static bool registered;

static Size
memory_size(void)
{
	return mul_size(MaxBackends, sizeof(ProgressEntry));
}

static void
request_memory(void)
{
	if (previous_request_hook)
		previous_request_hook();
	RequestAddinShmemSpace(memory_size());
}

static void
attach_memory(void)
{
	bool found;

	if (previous_startup_hook)
		previous_startup_hook();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	entries = ShmemInitStruct("campaign progress", memory_size(), &found);
	if (!found)
		for (int i = 0; i < MaxBackends; i++)
		{
			memset(&entries[i], 0, sizeof(ProgressEntry));
			pg_atomic_init_u32(&entries[i].changes, 0);
		}
	LWLockRelease(AddinShmemInitLock);
}

void
campaign_progress_install(void)
{
	previous_request_hook = shmem_request_hook;
	shmem_request_hook = request_memory;
	previous_startup_hook = shmem_startup_hook;
	shmem_startup_hook = attach_memory;
}

/* This backend's entry; NULL if there is none. */
static ProgressEntry *
own_entry(void)
{
	int number = compat_backend_number();

	if (entries == NULL || number < 0 || number >= MaxBackends)
		return NULL;
	return &entries[number];
}

/* This backend's entry, if a call of it is shown. */
static ProgressEntry *
shown_entry(void)
{
	ProgressEntry *entry = own_entry();

	return entry != NULL && entry->shown.pid == MyProcPid ? entry : NULL;
}

static void
begin_writing(ProgressEntry *entry)
{
	pg_atomic_fetch_add_u32(&entry->changes, 1);
}

static void
end_writing(ProgressEntry *entry)
{
	pg_atomic_fetch_add_u32(&entry->changes, 1);
}

static void
forget(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		campaign_progress_end();
}

bool
campaign_progress_begin(const char *what, int64 workspace, int64 campaign)
{
	ProgressEntry *entry = own_entry();
	TimestampTz now = GetCurrentTimestamp();

	if (entry == NULL || entry->shown.pid == MyProcPid)
		return false;
	if (!registered)
	{
		RegisterXactCallback(forget, NULL);
		registered = true;
	}
	begin_writing(entry);
	memset(&entry->shown, 0, sizeof(entry->shown));
	entry->shown.pid = MyProcPid;
	entry->shown.database = MyDatabaseId;
	entry->shown.workspace = workspace;
	entry->shown.campaign = campaign;
	strlcpy(entry->shown.what, what, PROGRESS_NAME_SIZE);
	entry->shown.started_at = now;
	entry->shown.phase_at = now;
	end_writing(entry);
	return true;
}

void
campaign_progress_phase(const char *phase, int64 total)
{
	ProgressEntry *entry = shown_entry();

	if (entry == NULL)
		return;
	rows = 0;
	begin_writing(entry);
	strlcpy(entry->shown.phase, phase, PROGRESS_NAME_SIZE);
	entry->shown.done = 0;
	entry->shown.total = total;
	entry->shown.phase_at = GetCurrentTimestamp();
	end_writing(entry);
}

void
campaign_progress_done(int64 done)
{
	ProgressEntry *entry = shown_entry();

	if (entry == NULL)
		return;
	begin_writing(entry);
	entry->shown.done = done;
	end_writing(entry);
}

void
campaign_progress_row(void)
{
	if (++rows % ROWS_SHOWN == 0)
		campaign_progress_done(rows);
}

void
campaign_progress_end(void)
{
	ProgressEntry *entry = shown_entry();

	if (entry == NULL)
		return;
	begin_writing(entry);
	entry->shown.pid = 0;
	end_writing(entry);
}

bool
campaign_progress_at(int i, ProgressShown *shown, bool *is_used)
{
	uint32 before;

	if (entries == NULL || i >= MaxBackends)
		return false;
	/* written in no time: until the same was there before and after */
	do
	{
		before = pg_atomic_read_u32(&entries[i].changes);
		pg_read_barrier();
		*shown = entries[i].shown;
		pg_read_barrier();
	} while (before % 2 == 1 || before != pg_atomic_read_u32(&entries[i].changes));
	*is_used = shown->pid != 0;
	return true;
}
