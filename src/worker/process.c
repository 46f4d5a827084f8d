/*
 * process.c
 *		A worker process: how it starts, what it shows of itself, how it rests and leaves.
 */
#include "worker/process.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "libpq/pqsignal.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "port/pg_bitutils.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "store/clock.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "worker/wait.h"

/* How often memory that is free is given back to the system. */
#define TRIM_MS 60000

/*
 * Settings that an administrator may give for a database or a role, and that would change what the
 * rounds mean. A worker also never waits long for a lock: the round fails, and is tried again.
 */
static const struct
{
	const char *name;
	const char *value;
} fixed_settings[] = {
	{"search_path", "pg_catalog, pg_temp"},
	{"bytea_output", "hex"},
	{"check_function_bodies", "on"},
	{"datestyle", "ISO, YMD"},
	{"default_transaction_deferrable", "off"},
	{"default_transaction_isolation", "read committed"},
	{"default_transaction_read_only", "off"},
	{"extra_float_digits", "1"},
	{"idle_in_transaction_session_timeout", "0"},
	{"idle_session_timeout", "0"},
	{"intervalstyle", "postgres"},
	{"jit", "off"},
	{"lock_timeout", "2s"},
	{"log_statement", "none"},
	{"row_security", "off"},
	{"session_replication_role", "origin"},
	{"statement_timeout", "0"},
	{"timezone", "UTC"},
};

static void
name_process(void *arg)
{
	Process *process = arg;

	if (process->ticket.kind == PROCESS_LAUNCHER)
		errcontext("campaign launcher");
	else if (process->database_name[0] != '\0')
		errcontext("campaign %s of database \"%s\"",
				   campaign_shared_kind_name(process->ticket.kind), process->database_name);
	else
		errcontext("campaign %s of the database with OID %u",
				   campaign_shared_kind_name(process->ticket.kind), process->ticket.database);
}

/* Only what is still ours is cleared: the launcher may have given the slot away. */
static void
detach(int code, Datum arg)
{
	Process *process = (Process *) DatumGetPointer(arg);
	ProcessSlot *slot = process->slot;

	campaign_shared_lock(LW_EXCLUSIVE);
	if (slot->state == SLOT_RUNNING && slot->pid == MyProcPid)
	{
		slot->state = SLOT_FREE;
		slot->pid = 0;
		slot->proc = NULL;
		slot->incarnation = 0;
		strlcpy(slot->status, code == 0 ? "left" : "ended", sizeof(slot->status));
		if (code == 0)
			slot->wanted = false;
		slot->failures = code != 0 && !slot->settled ? slot->failures + 1 : 0;
		slot->not_before = code == 0 ? 0 : campaign_shared_restart_at(slot->failures);
		campaign_shared_wake(&campaign_shared_state()->launcher);
		slot->member = false;
		if (slot->kind == PROCESS_DISPATCHER || slot->kind == PROCESS_SCHEDULER)
			campaign_shared_regroup(slot, true);
	}
	campaign_shared_unlock();
}

static bool
attach(Process *process)
{
	ProcessTicket *ticket = &process->ticket;
	ProcessSlot *slot;
	bool expected;

	campaign_shared_lock(LW_EXCLUSIVE);
	slot = campaign_shared_slot(ticket->kind, ticket->database, ticket->index);
	if (ticket->kind == PROCESS_LAUNCHER)
		ticket->generation = ++slot->generation;
	expected = slot != NULL && slot->generation == ticket->generation &&
			   (ticket->kind == PROCESS_LAUNCHER || slot->state == SLOT_STARTING);
	if (expected)
	{
		slot->state = SLOT_RUNNING;
		slot->wanted = true;
		slot->pid = MyProcPid;
		slot->proc = MyProc;
		slot->started_at = slot->heartbeat = GetCurrentTimestamp();
		slot->settled = false;
		slot->no_place = false;
		slot->incarnation = 0;
		slot->member = false;
		memset(&slot->counts, 0, sizeof(slot->counts));
		strlcpy(slot->status, "starting", sizeof(slot->status));
		/* Something may have been missed while nobody was here. */
		pg_atomic_write_u32(&slot->work_pending, 1);
		process->slot = slot;
	}
	campaign_shared_unlock();
	return expected;
}

static void
set_handlers(void)
{
	pqsignal(SIGTERM, die);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGINT, StatementCancelHandler);
}

static void
fix_settings(void)
{
	size_t i;

	for (i = 0; i < lengthof(fixed_settings); i++)
		SetConfigOption(fixed_settings[i].name, fixed_settings[i].value, PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("application_name", MyBgworkerEntry->bgw_name, PGC_USERSET, PGC_S_OVERRIDE);
}

static Process *
make_process(void)
{
	MemoryContext life =
		AllocSetContextCreate(TopMemoryContext, "campaign process", ALLOCSET_DEFAULT_SIZES);
	Process *process = MemoryContextAllocZero(life, sizeof(Process));

	process->life = life;
	process->turn = AllocSetContextCreate(life, "campaign turn", ALLOCSET_DEFAULT_SIZES);
	process->round = AllocSetContextCreate(life, "campaign round", ALLOCSET_DEFAULT_SIZES);
	memcpy(&process->ticket, MyBgworkerEntry->bgw_extra, sizeof(process->ticket));
	return process;
}

/* Handlers first: the default one of a background worker reports an error inside the handler. */
Process *
campaign_process_start(void)
{
	ErrorContextCallback *callback;
	Process *process;

	set_handlers();
	process = make_process();
	if (!attach(process))
		proc_exit(0);
	before_shmem_exit(detach, PointerGetDatum(process));
	BackgroundWorkerUnblockSignals();

	callback = MemoryContextAllocZero(process->life, sizeof(ErrorContextCallback));
	callback->callback = name_process;
	callback->arg = process;
	callback->previous = error_context_stack;
	error_context_stack = callback;

	if (process->ticket.kind == PROCESS_LAUNCHER)
		BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	else
		BackgroundWorkerInitializeConnectionByOid(process->ticket.database, InvalidOid, 0);
	fix_settings();
	campaign_clock_use_real();
	process->wait = campaign_wait_open(PGINVALID_SOCKET);
	campaign_process_says(process, "idle");
	MemoryContextSwitchTo(process->life);
	return process;
}

void
campaign_process_watch(Process *process, pgsocket descriptor)
{
	FreeWaitEventSet(process->wait);
	process->wait = campaign_wait_open(descriptor);
}

void
campaign_process_says(Process *process, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(process->status, sizeof(process->status), format, args);
	va_end(args);
}

void
campaign_process_says_arming(Process *process, const Arming *arming)
{
	if (arming->is_virtual)
		campaign_process_says(process, "idle: virtual time");
	else if (arming->fault != NULL)
		campaign_process_says(process, "not armed: %s", arming->detail);
	else
		campaign_process_says(process, "idle");
}

bool
campaign_process_woken(Process *process)
{
	return pg_atomic_exchange_u32(&process->slot->work_pending, 0) != 0;
}

static void
publish(Process *process)
{
	ProcessSlot *slot = process->slot;

	campaign_shared_lock(LW_EXCLUSIVE);
	Assert(slot->pid == MyProcPid);
	slot->heartbeat = GetCurrentTimestamp();
	slot->counts = process->counts;
	slot->settled |= process->counts.rounds > 0;
	memcpy(slot->status, process->status, sizeof(slot->status));
	campaign_shared_unlock();
}

/*
 * What the server's allocator has freed malloc keeps, in pieces between what is in use: after hours of plans that
 * are made anew that is more than all the rest.
 */
static void
give_back(Process *process, TimestampTz now)
{
#ifdef __GLIBC__
	if (!TimestampDifferenceExceeds(process->trimmed_at, now, TRIM_MS))
		return;
	process->trimmed_at = now;
	(void) malloc_trim(0);
#endif
}

/* The launcher says it for all. */
static void
heed_clock(Process *process)
{
	int64 jump = campaign_jumps_look(&process->jumps);

	if (jump == 0)
		return;
	if (jump < 0)
	{
		process->set_back = true;
		process->last_fault_at = Min(process->last_fault_at, process->jumps.wall);
		process->trimmed_at = Min(process->trimmed_at, process->jumps.wall);
	}
	if (process->ticket.kind == PROCESS_LAUNCHER)
		ereport(LOG,
				errmsg("the clock of the server was set %s by " INT64_FORMAT " s",
					   jump < 0 ? "back" : "forward", (jump < 0 ? -jump : jump) / USECS_PER_SEC),
				errdetail("What is due, and what quotas leave, goes by the clock as it is now."));
}

void
campaign_process_rest(Process *process, TimestampTz until)
{
	TimestampTz now = GetCurrentTimestamp();

	publish(process);
	pgstat_report_activity(STATE_IDLE, NULL);
	MemoryContextReset(process->round);
	MemoryContextReset(process->turn);
	give_back(process, now);
	if (pg_atomic_read_u32(&process->slot->work_pending) != 0)
		until = now;
	campaign_wait_until(process->wait, Min(until, campaign_process_poll(now)));
	heed_clock(process);
}

bool
campaign_process_set_back(Process *process)
{
	bool set_back = process->set_back;

	process->set_back = false;
	return set_back;
}

TimestampTz
campaign_process_poll(TimestampTz looked_at)
{
	return TimestampTzPlusMilliseconds(looked_at, campaign_settings.safety_poll * INT64CONST(1000));
}

void
campaign_process_incarnate(Process *process, int64 incarnation)
{
	campaign_shared_lock(LW_EXCLUSIVE);
	process->slot->incarnation = incarnation;
	campaign_shared_unlock();
}

void
campaign_process_join(Process *process)
{
	campaign_shared_lock(LW_EXCLUSIVE);
	process->slot->member = true;
	campaign_shared_regroup(process->slot, false);
	campaign_shared_unlock();
}

/* One that is not among them, since it is one too many, has the part of whoever comes next. */
bool
campaign_process_regroup(const Process *process, WorkShare *share)
{
	uint32 members = campaign_shared_members(process->ticket.kind, MyDatabaseId);

	if (share->members == members && share->parts > 0)
		return false;
	share->members = members;
	share->parts = Max(pg_popcount32(members), 1);
	share->part = pg_popcount32(members & ((1U << process->ticket.index) - 1)) % share->parts;
	return true;
}
