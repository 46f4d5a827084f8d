/*
 * start.c
 *		Starting the process of a slot, and finding out whether it came.
 */
#include "worker/start.h"

#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "utils/memutils.h"

/* A worker that has not come by then is given up. */
#define ARRIVAL_MS 30000
/* While a start is under way it is looked at this often; its arrival and its end wake us, too. */
#define WATCH_MS 1000
/* Without a free place for a worker. */
#define NO_PLACE_MS 5000

/* What only the launcher that has registered a worker knows. */
typedef struct StartRecord
{
	Oid database;
	ProcessKind kind;
	int index;
	uint32 generation;
	BackgroundWorkerHandle *handle;
} StartRecord;

struct Starter
{
	MemoryContext context;
	List *records; /* of starts that are under way */
	bool no_place; /* was said, and not been mended since */
};

Starter *
campaign_start_open(void)
{
	Starter *starter = palloc0(sizeof(Starter));

	starter->context = CurrentMemoryContext;
	return starter;
}

/* Restarts are the launcher's: one that the postmaster makes would come in the way of DROP DATABASE. */
void
campaign_start_describe(BackgroundWorker *worker, const ProcessTicket *ticket)
{
	static const char *const mains[] = {"campaign_launcher_main", "campaign_scheduler_main",
										"campaign_dispatcher_main", "campaign_audience_reader_main",
										"campaign_audience_reader_main"};
	const char *name = campaign_shared_kind_name(ticket->kind);

	memset(worker, 0, sizeof(*worker));
	worker->bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker->bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker->bgw_restart_time = BGW_NEVER_RESTART;
	strlcpy(worker->bgw_library_name, "campaign", BGW_MAXLEN);
	strlcpy(worker->bgw_function_name, mains[ticket->kind], BGW_MAXLEN);
	snprintf(worker->bgw_type, BGW_MAXLEN, "campaign %s", name);
	if (OidIsValid(ticket->database))
		snprintf(worker->bgw_name, BGW_MAXLEN, "campaign %s of database %u", name,
				 ticket->database);
	else
		snprintf(worker->bgw_name, BGW_MAXLEN, "campaign %s", name);
	StaticAssertStmt(sizeof(*ticket) <= BGW_EXTRALEN, "a ticket has to fit");
	memcpy(worker->bgw_extra, ticket, sizeof(*ticket));
}

/* ---- records ----------------------------------------------------------------- */

static StartRecord *
find_record(Starter *starter, const ProcessSlot *slot)
{
	ListCell *cell;

	foreach (cell, starter->records)
	{
		StartRecord *record = lfirst(cell);

		if (record->database == slot->database && record->kind == slot->kind &&
			record->index == slot->index)
			return record;
	}
	return NULL;
}

static void
forget(Starter *starter, StartRecord *record)
{
	if (record == NULL)
		return;
	starter->records = list_delete_ptr(starter->records, record);
	pfree(record->handle);
	pfree(record);
}

static void
remember(Starter *starter, const ProcessTicket *ticket, BackgroundWorkerHandle *handle)
{
	MemoryContext old = MemoryContextSwitchTo(starter->context);
	StartRecord *record = palloc0(sizeof(StartRecord));

	record->database = ticket->database;
	record->kind = ticket->kind;
	record->index = ticket->index;
	record->generation = ticket->generation;
	record->handle = handle;
	starter->records = lappend(starter->records, record);
	MemoryContextSwitchTo(old);
}

/* ---- slots; the lock is held --------------------------------------------------- */

/* The process of this start will not come any more. */
static void
give_up(ProcessSlot *slot)
{
	slot->state = SLOT_FREE;
	slot->generation++;
	slot->failures++;
	slot->not_before = campaign_shared_restart_at(slot->failures);
	strlcpy(slot->status, "did not start", sizeof(slot->status));
}

static bool
will_not_come(Starter *starter, const ProcessSlot *slot, TimestampTz now)
{
	StartRecord *record = find_record(starter, slot);
	pid_t pid;

	if (TimestampDifferenceExceeds(slot->reserved_at, now, ARRIVAL_MS))
		return true;
	/* Started by a launcher that has ended: only time can tell. */
	if (record == NULL || record->generation != slot->generation)
		return false;
	return GetBackgroundWorkerPid(record->handle, &pid) == BGWH_STOPPED;
}

/* True if a worker is to be registered for the slot now; else says when to look again. */
static bool
reserve(Starter *starter, ProcessSlot *slot, ProcessTicket *ticket, TimestampTz *again)
{
	TimestampTz now = GetCurrentTimestamp();

	*again = DT_NOEND;
	slot->wanted = true;
	if (slot->state == SLOT_RUNNING)
	{
		forget(starter, find_record(starter, slot));
		return false;
	}
	if (slot->state == SLOT_STARTING && !will_not_come(starter, slot, now))
	{
		*again = TimestampTzPlusMilliseconds(now, WATCH_MS);
		return false;
	}
	if (slot->state == SLOT_STARTING)
		give_up(slot);
	forget(starter, find_record(starter, slot));
	if (now < slot->not_before)
	{
		*again = slot->not_before;
		return false;
	}
	slot->state = SLOT_STARTING;
	slot->reserved_at = now;
	ticket->generation = ++slot->generation;
	strlcpy(slot->status, "being started", sizeof(slot->status));
	return true;
}

/* ---- starting ---------------------------------------------------------------- */

static TimestampTz
no_place(Starter *starter, const ProcessTicket *ticket)
{
	TimestampTz again = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), NO_PLACE_MS);
	ProcessSlot *slot;

	campaign_shared_lock(LW_EXCLUSIVE);
	slot = campaign_shared_slot(ticket->kind, ticket->database, ticket->index);
	if (slot != NULL && slot->generation == ticket->generation && slot->state == SLOT_STARTING)
	{
		slot->state = SLOT_FREE;
		/* whose work another one does then */
		if (ticket->kind == PROCESS_LENGTHY_READER && !slot->no_place)
			campaign_shared_wake(campaign_shared_slot(PROCESS_READER, ticket->database, 0));
		slot->no_place = true;
		slot->not_before = again;
		strlcpy(slot->status, "not started: max_worker_processes is used up", sizeof(slot->status));
	}
	campaign_shared_unlock();
	if (!starter->no_place)
		ereport(WARNING, errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				errmsg("could not start a worker of campaign"),
				errdetail("All of max_worker_processes are in use; it is tried again."),
				errhint("Raise max_worker_processes, which takes a restart of the server."));
	starter->no_place = true;
	return again;
}

TimestampTz
campaign_start_ensure(Starter *starter, ProcessKind kind, Oid database, int index)
{
	ProcessTicket ticket = {.kind = kind, .database = database, .index = index};
	BackgroundWorker worker;
	BackgroundWorkerHandle *handle;
	MemoryContext old;
	ProcessSlot *slot;
	TimestampTz again = DT_NOEND;
	bool reserved;

	campaign_shared_lock(LW_EXCLUSIVE);
	slot = campaign_shared_slot(kind, database, index);
	reserved = slot != NULL && reserve(starter, slot, &ticket, &again);
	campaign_shared_unlock();
	if (!reserved)
		return again;

	campaign_start_describe(&worker, &ticket);
	worker.bgw_notify_pid = MyProcPid;
	old = MemoryContextSwitchTo(starter->context);
	reserved = RegisterDynamicBackgroundWorker(&worker, &handle);
	MemoryContextSwitchTo(old);
	if (!reserved)
		return no_place(starter, &ticket);
	starter->no_place = false;
	remember(starter, &ticket, handle);
	return TimestampTzPlusMilliseconds(GetCurrentTimestamp(), WATCH_MS);
}
