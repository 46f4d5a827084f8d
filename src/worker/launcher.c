/*
 * launcher.c
 *		The process that keeps the others running.
 *
 * It compares what should run with what runs, at least every RECONCILE_MS and whenever a worker comes
 * or goes or somebody asks for it; it acts on that difference alone, never on a message, so that none
 * can be lost. For a database that it has not seen it starts the scheduler, which finds out whether
 * the extension is there. One without is not looked at again until campaign.wake() is called in it,
 * as CREATE EXTENSION does, or this process starts anew.
 */
#include "worker/launcher.h"

#include "access/xlog.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "postmaster/bgworker.h"
#include "utils/memutils.h"
#include "worker/databases.h"
#include "worker/process.h"
#include "worker/start.h"
#include "worker/wait.h"

#define RECONCILE_MS 30000

typedef struct Launcher
{
	Process *process;
	Starter *starter;
	MemoryContext context; /* of absent */
	List *absent;          /* databases without the extension, as OIDs */
	bool unsafe;           /* it was said that the server may lose what it has written */
} Launcher;

/* A database that is to have workers. */
typedef struct Wanted
{
	Oid database;
	bool present;       /* else only its scheduler, as a probe */
	bool reads;         /* it has audiences to look at, */
	bool reads_lengthy; /* and such that take long */
} Wanted;

static bool
is_listed(Oid database, const Oid *databases, int n)
{
	int i;

	for (i = 0; i < n; i++)
	{
		if (databases[i] == database)
			return true;
	}
	return false;
}

/* Databases that are gone may have their OIDs used again. */
static void
forget_dropped(Launcher *launcher, const Oid *databases, int n)
{
	ListCell *cell;

	foreach (cell, launcher->absent)
	{
		if (!is_listed(lfirst_oid(cell), databases, n))
			launcher->absent = foreach_delete_current(launcher->absent, cell);
	}
}

static void
remember_absent(Launcher *launcher, Oid database)
{
	MemoryContext old = MemoryContextSwitchTo(launcher->context);

	launcher->absent = list_append_unique_oid(launcher->absent, database);
	MemoryContextSwitchTo(old);
}

/* ---- entries; the lock is held ------------------------------------------------ */

/* Frees entries of databases that are gone, or that turned out to be without the extension. */
static void
free_entries(Launcher *launcher, SharedState *shared, const Oid *databases, int n)
{
	int i;

	for (i = 0; i < shared->n_entries; i++)
	{
		DatabaseEntry *entry = &shared->entries[i];
		Oid database = entry->database;
		bool dropped;

		if (!OidIsValid(database) || !campaign_shared_is_quiet(entry))
			continue;
		dropped = !is_listed(database, databases, n);
		if (entry->state == DATABASE_ABSENT && !dropped)
			remember_absent(launcher, database);
		if (entry->state == DATABASE_ABSENT || dropped)
			campaign_shared_remove(entry);
	}
}

static int
count_probes(const SharedState *shared)
{
	int probes = 0;
	int i;

	for (i = 0; i < shared->n_entries; i++)
	{
		if (OidIsValid(shared->entries[i].database) && shared->entries[i].state == DATABASE_UNKNOWN)
			probes++;
	}
	return probes;
}

/* Makes entries for databases that were never looked at, few at a time. */
static void
add_entries(Launcher *launcher, SharedState *shared, const Oid *databases, int n)
{
	int probes = count_probes(shared);
	int i;

	for (i = 0; i < n && probes < SHARED_PROBES; i++)
	{
		if (campaign_shared_find(databases[i]) != NULL ||
			list_member_oid(launcher->absent, databases[i]))
			continue;
		if (campaign_shared_add(databases[i]) == NULL)
			break;
		probes++;
	}
}

static int
list_wanted(SharedState *shared, const Oid *databases, int n, Wanted *wanted)
{
	int count = 0;
	int i;

	for (i = 0; i < shared->n_entries; i++)
	{
		DatabaseEntry *entry = &shared->entries[i];

		if (entry->state == DATABASE_ABSENT || !is_listed(entry->database, databases, n))
			continue;
		wanted[count].database = entry->database;
		wanted[count].present = entry->state == DATABASE_PRESENT;
		wanted[count].reads = wanted[count].present && entry->reads;
		wanted[count].reads_lengthy = wanted[count].present && entry->reads_lengthy;
		count++;
	}
	return count;
}

static int
update_entries(Launcher *launcher, const Oid *databases, int n, Wanted *wanted)
{
	SharedState *shared = campaign_shared_state();
	int count;

	campaign_shared_lock(LW_EXCLUSIVE);
	if (shared->look_everywhere)
	{
		list_free(launcher->absent);
		launcher->absent = NIL;
		shared->look_everywhere = false;
	}
	free_entries(launcher, shared, databases, n);
	add_entries(launcher, shared, databases, n);
	count = list_wanted(shared, databases, n, wanted);
	campaign_shared_unlock();
	return count;
}

/* ---- reconciling --------------------------------------------------------------- */

/* Starts what is wanted of a database and does not run; when to look again. */
static TimestampTz
start_all(Starter *starter, const Wanted *wanted)
{
	Oid database = wanted->database;
	TimestampTz next = campaign_start_ensure(starter, PROCESS_SCHEDULER, database, 0);
	int i;

	for (i = 1; wanted->present && i < campaign_settings.schedulers; i++)
		next = Min(next, campaign_start_ensure(starter, PROCESS_SCHEDULER, database, i));
	for (i = 0; wanted->present && i < campaign_settings.dispatchers; i++)
		next = Min(next, campaign_start_ensure(starter, PROCESS_DISPATCHER, database, i));
	if (wanted->reads)
		next = Min(next, campaign_start_ensure(starter, PROCESS_READER, database, 0));
	if (wanted->reads_lengthy)
		next = Min(next, campaign_start_ensure(starter, PROCESS_LENGTHY_READER, database, 0));
	return next;
}

/* Returns when to come again at the latest. */
static TimestampTz
reconcile(Launcher *launcher)
{
	TimestampTz next = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), RECONCILE_MS);
	Wanted *wanted;
	Oid *databases;
	int n;
	int count;
	int i;

	MemoryContextSwitchTo(launcher->process->turn);
	n = campaign_databases_list(&databases);
	wanted = palloc(campaign_shared_state()->n_entries * sizeof(Wanted));
	forget_dropped(launcher, databases, n);
	count = update_entries(launcher, databases, n, wanted);
	for (i = 0; i < count; i++)
		next = Min(next, start_all(launcher->starter, &wanted[i]));
	launcher->process->counts.rounds++;
	return next;
}

/*
 * What was committed before something left has to be there after a crash of the machine, or it leaves again. Servers
 * for tests are without that, so it is said, and nothing is refused.
 */
static void
heed_durability(Launcher *launcher)
{
	const char *off = !enableFsync ? "fsync" : !fullPageWrites ? "full_page_writes" : NULL;

	if (off == NULL)
		campaign_process_says(launcher->process, "idle");
	else
		campaign_process_says(
			launcher->process,
			"idle; %s is off: after a crash of the machine things may be sent twice", off);
	if (off != NULL && !launcher->unsafe)
		ereport(LOG,
				errmsg("%s is off, and campaign may send twice after a crash of the machine", off),
				errhint("Turn it on, unless what is sent does not matter."));
	launcher->unsafe = off != NULL;
}

void
campaign_launcher_register(void)
{
	ProcessTicket ticket = {.kind = PROCESS_LAUNCHER};
	BackgroundWorker worker;

	campaign_start_describe(&worker, &ticket);
	worker.bgw_restart_time = 1;
	RegisterBackgroundWorker(&worker);
}

/* An error here ends the process, and the postmaster starts it again after bgw_restart_time. */
void
campaign_launcher_main(Datum arg)
{
	Launcher launcher = {0};

	launcher.process = campaign_process_start();
	launcher.context = CurrentMemoryContext;
	launcher.starter = campaign_start_open();
	for (;;)
	{
		TimestampTz next;

		if (campaign_process_set_back(launcher.process))
			campaign_shared_hasten(GetCurrentTimestamp());
		(void) campaign_process_woken(launcher.process);
		heed_durability(&launcher);
		next = reconcile(&launcher);
		campaign_process_rest(launcher.process, next);
	}
}
