/*
 * scheduler.c
 *		The process of a database that moves enrollments on.
 *
 * A turn looks for workspaces with work, gives each of them its rounds, a transaction each, and
 * numbers the events that have been written. Turns follow each other while there is work; then the
 * process sleeps until the earliest instant at which something is due, a wake-up, or the safety poll.
 */
#include "worker/scheduler.h"

#include "engine/look.h"
#include "engine/round.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "store/arming.h"
#include "store/clock.h"
#include "store/fault.h"
#include "store/wake.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "worker/backoff.h"
#include "worker/process.h"
#include "worker/transaction.h"
#include "worker/wait.h"

/* Workspaces of one turn. */
#define LOOK_MAX 64
/* Failures of sealing are counted under this number of a workspace. */
#define BACKOFF_SEAL (-1)
/* While what is due cannot be moved (rows that others have locked), turns keep this distance. */
#define PAUSE_FIRST_MS 100
#define PAUSE_MOST_MS 5000

typedef struct Scheduler
{
	Process *process;
	Backoff *backoff;
	WorkShare share;
	HTAB *worked;          /* workspaces that are to get upkeep */
	TimestampTz look_at;   /* when the next turn begins, if nobody wakes us */
	TimestampTz looked_at; /* the safety poll counts from then */
	TimestampTz upkeep_at; /* DT_NOEND = nobody is to get upkeep */
	bool unsealed;         /* events may have been written since they were last numbered */
	int stuck_turns;       /* turns in a row that found work and could do none */
	DueTurns turns;        /* of the workspaces */
} Scheduler;

/* ---- looking ----------------------------------------------------------------- */

typedef struct Look
{
	MemoryContext context; /* of the result */
	const WorkShare *share;
	DueTurns *turns;
	int max;
	Arming arming;
	int64 *workspaces;
	int n;
	TimestampTz next; /* if there is no work now */
	bool reads;       /* there are audiences to look at, which readers do */
	int64 *idle;      /* if there is no work now: those that are to get upkeep */
	int n_idle;
} Look;

static bool
is_own(const WorkShare *share, int64 workspace)
{
	Round round = {.workspace = workspace, .parts = share->parts, .part = share->part};

	return campaign_round_is_owner(&round);
}

/* Those of others only when there is nothing to do for the own ones; how many are left. */
static int
prefer_own(const Look *look)
{
	int own = 0;
	int i;

	for (i = 0; i < look->n; i++)
		own += is_own(look->share, look->workspaces[i]) ? 1 : 0;
	if (own == 0)
		return look->n;
	own = 0;
	for (i = 0; i < look->n; i++)
		if (is_own(look->share, look->workspaces[i]))
			look->workspaces[own++] = look->workspaces[i];
	return own;
}

static void
look_body(void *arg)
{
	Look *look = arg;

	look->n = 0;
	look->n_idle = 0;
	look->next = DT_NOEND;
	MemoryContextSwitchTo(look->context);
	campaign_arming_look(&look->arming);
	if (campaign_arming_holds(&look->arming))
		return;
	look->reads = campaign_look_next(LOOK_ALL) != DT_NOEND;
	look->n =
		campaign_due_workspaces(look->turns, campaign_clock_now(), &look->workspaces, look->max);
	look->n = prefer_own(look);
	if (look->n > 0)
		return;
	look->next = campaign_due_next(look->turns, campaign_clock_now());
	if (look->share->part == 0)
		look->n_idle = campaign_upkeep_workspaces(campaign_clock_now(), &look->idle);
}

/* ---- rounds ------------------------------------------------------------------ */

typedef struct RoundWork
{
	int (*function)(const Round *round); /* NULL = seal */
	Round round;
	int taken;
} RoundWork;

static void
round_body(void *arg)
{
	RoundWork *work = arg;

	work->taken = work->function != NULL ? work->function(&work->round) : campaign_seal_round();
	if (work->function != NULL && work->taken > 0 && work->round.part > 0)
		campaign_wake_request(WAKE_SEALER);
}

/* False if the round came to nothing: then look_at or the backoff says when to try again. */
static bool
run_round(Scheduler *scheduler, const char *activity, RoundWork *work, int64 workspace)
{
	TransactionResult result;

	campaign_wait_serve();
	work->taken = 0;
	work->round.workspace = workspace;
	work->round.now = campaign_clock_now();
	work->round.limit = campaign_settings.batch_rows;
	work->round.parts = scheduler->share.parts;
	work->round.part = scheduler->share.part;
	work->round.actor = NULL;
	work->round.fronts = scheduler->turns.fronts;
	result = campaign_transaction_run(scheduler->process, activity, work->function != NULL,
									  round_body, work);
	if (result == TRANSACTION_DONE)
	{
		if (work->taken > 0)
			CAMPAIGN_FAULT_COMMITTED(activity);
		scheduler->process->counts.steps += work->taken;
		return true;
	}
	if (result == TRANSACTION_FAILED)
		campaign_backoff_failed(scheduler->backoff, workspace, work->round.now);
	else
		scheduler->look_at = campaign_transaction_retreat(scheduler->process, result);
	return false;
}

/* What was reported goes before what is due. Returns how many rows were taken. */
static int
serve_workspace(Scheduler *scheduler, int64 workspace)
{
	RoundWork intake = {.function = campaign_intake_round};
	RoundWork advance = {.function = campaign_advance_due};
	RoundWork expire = {.function = campaign_expire_round};
	RoundWork alerts = {.function = campaign_alerts_round};

	if (!run_round(scheduler, "campaign: intake", &intake, workspace))
		return 0;
	if (!run_round(scheduler, "campaign: advance", &advance, workspace))
		return intake.taken;
	if (!is_own(&scheduler->share, workspace))
	{
		campaign_backoff_passed(scheduler->backoff, workspace);
		return intake.taken + advance.taken;
	}
	if (!run_round(scheduler, "campaign: expire", &expire, workspace))
		return intake.taken + advance.taken;
	if (!run_round(scheduler, "campaign: alerts", &alerts, workspace))
		return intake.taken + advance.taken + expire.taken;
	campaign_backoff_passed(scheduler->backoff, workspace);
	return intake.taken + advance.taken + expire.taken + alerts.taken;
}

/* Numbers what has been written, here and by sessions. */
static void
seal(Scheduler *scheduler)
{
	RoundWork work = {.function = NULL};

	if (campaign_backoff_blocks(scheduler->backoff, BACKOFF_SEAL, campaign_clock_now()))
		return;
	if (!run_round(scheduler, "campaign: seal", &work, BACKOFF_SEAL))
		return;
	campaign_backoff_passed(scheduler->backoff, BACKOFF_SEAL);
	scheduler->unsealed = work.taken > 0;
}

/* ---- upkeep ------------------------------------------------------------------ */

static void
note_worked(Scheduler *scheduler, int64 workspace)
{
	(void) hash_search(scheduler->worked, &workspace, HASH_ENTER, NULL);
	if (scheduler->upkeep_at == DT_NOEND)
		scheduler->upkeep_at = campaign_process_poll(campaign_clock_now());
}

/* Those that have worked, which are forgotten with this. */
static int64 *
take_worked(Scheduler *scheduler, int *n)
{
	int64 *workspaces = MemoryContextAlloc(
		scheduler->process->turn, Max(hash_get_num_entries(scheduler->worked), 1) * sizeof(int64));
	HASH_SEQ_STATUS scan;
	int64 *entry;

	*n = 0;
	hash_seq_init(&scan, scheduler->worked);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		/* The scan bears the removal of the entry that it has just given. */
		workspaces[(*n)++] = *entry;
		(void) hash_search(scheduler->worked, &workspaces[*n - 1], HASH_REMOVE, NULL);
	}
	return workspaces;
}

/*
 * One round for each workspace that has worked, and another one later where it found something to do;
 * what fails waits for its next work. No scan of the
 * table is open meanwhile: it would not outlive a round's transaction.
 */
static void
upkeep(Scheduler *scheduler)
{
	RoundWork work = {.function = campaign_upkeep_round};
	int64 *workspaces;
	int n;
	int i;

	if (campaign_clock_now() < scheduler->upkeep_at)
		return;
	scheduler->upkeep_at = DT_NOEND;
	workspaces = take_worked(scheduler, &n);
	for (i = 0; i < n; i++)
	{
		work.taken = 0;
		(void) run_round(scheduler, "campaign: upkeep", &work, workspaces[i]);
		if (work.taken > 0)
			note_worked(scheduler, workspaces[i]);
	}
}

/* ---- turns ------------------------------------------------------------------- */

/* Rows taken of the workspaces that were found. */
static int
serve(Scheduler *scheduler, const Look *look)
{
	TimestampTz started = campaign_clock_now();
	int taken = 0;
	int i;

	for (i = 0; i < look->n; i++)
	{
		int64 workspace = look->workspaces[i];

		if (campaign_backoff_blocks(scheduler->backoff, workspace, started))
			continue;
		taken += serve_workspace(scheduler, workspace);
		if (is_own(&scheduler->share, workspace))
			note_worked(scheduler, workspace);
	}
	return taken;
}

/* When to look again after a turn that has taken so much. */
static TimestampTz
next_look(Scheduler *scheduler, const Look *look, int taken)
{
	TimestampTz now = campaign_clock_now();

	if (look->n == 0)
		return look->next;
	if (taken > 0)
	{
		scheduler->stuck_turns = 0;
		return now;
	}
	scheduler->stuck_turns++;
	return TimestampTzPlusMilliseconds(
		now, campaign_backoff_ms(scheduler->stuck_turns, PAUSE_FIRST_MS, PAUSE_MOST_MS));
}

/* When to go on sealing. */
static TimestampTz
seal_at(const Scheduler *scheduler)
{
	TimestampTz now = campaign_clock_now();

	if (campaign_backoff_blocks(scheduler->backoff, BACKOFF_SEAL, now))
		return campaign_backoff_next(scheduler->backoff, now);
	return now;
}

static void
turn(Scheduler *scheduler)
{
	Process *process = scheduler->process;
	Look look = {.context = process->turn,
				 .share = &scheduler->share,
				 .turns = &scheduler->turns,
				 .max = LOOK_MAX + campaign_backoff_count(scheduler->backoff)};
	TransactionResult result;
	int taken;
	int i;

	scheduler->look_at = DT_NOEND;
	scheduler->looked_at = campaign_clock_now();
	result = campaign_transaction_run(process, "campaign: look", true, look_body, &look);
	if (result == TRANSACTION_FAILED)
		campaign_backoff_failed(scheduler->backoff, BACKOFF_PROCESS, campaign_clock_now());
	else if (result != TRANSACTION_DONE)
		scheduler->look_at = campaign_transaction_retreat(process, result);
	if (result != TRANSACTION_DONE)
		return;

	campaign_backoff_passed(scheduler->backoff, BACKOFF_PROCESS);
	campaign_process_says_arming(process, &look.arming);
	if (look.arming.is_virtual)
		return;
	if (look.reads)
		campaign_shared_read(MyDatabaseId, PROCESS_READER);
	taken = serve(scheduler, &look);
	for (i = 0; i < look.n_idle; i++)
		note_worked(scheduler, look.idle[i]);
	scheduler->unsealed |= taken > 0;
	/* the others wake it when they have written something */
	if (scheduler->share.part > 0)
		scheduler->unsealed = false;
	if (scheduler->unsealed)
		seal(scheduler);
	/* A round may have found that the extension is being altered, and set its own time. */
	if (scheduler->look_at == DT_NOEND)
		scheduler->look_at = next_look(scheduler, &look, taken);
	if (scheduler->unsealed)
		scheduler->look_at = Min(scheduler->look_at, seal_at(scheduler));
}

/* Is it time for a turn? What wakes us while we back off is seen when that is over. */
static bool
is_time(Scheduler *scheduler)
{
	TimestampTz now = campaign_clock_now();

	if (campaign_process_woken(scheduler->process))
	{
		scheduler->look_at = Min(scheduler->look_at, now);
		scheduler->unsealed = true;
	}
	if (now >= campaign_process_poll(scheduler->looked_at))
	{
		scheduler->look_at = now;
		scheduler->unsealed = true;
	}
	return now >= scheduler->look_at &&
		   !campaign_backoff_blocks(scheduler->backoff, BACKOFF_PROCESS, now);
}

/* Until when there is nothing to do, unless somebody wakes us. */
static TimestampTz
quiet_until(const Scheduler *scheduler)
{
	TimestampTz now = campaign_clock_now();
	TimestampTz until = Min(scheduler->look_at, campaign_process_poll(scheduler->looked_at));

	if (campaign_backoff_blocks(scheduler->backoff, BACKOFF_PROCESS, now))
		until = campaign_backoff_next(scheduler->backoff, now);
	return Min(until, scheduler->upkeep_at);
}

static void
heed_clock(Scheduler *scheduler)
{
	TimestampTz now = campaign_clock_now();

	if (!campaign_process_set_back(scheduler->process))
		return;
	scheduler->look_at = scheduler->looked_at = now;
	scheduler->unsealed = true;
	if (scheduler->upkeep_at != DT_NOEND)
		scheduler->upkeep_at = now;
	campaign_backoff_hasten(scheduler->backoff, now);
}

static Scheduler *
open_scheduler(Process *process)
{
	Scheduler *scheduler = palloc0(sizeof(Scheduler));
	HASHCTL control = {.keysize = sizeof(int64), .entrysize = sizeof(int64), .hcxt = process->life};

	scheduler->process = process;
	scheduler->backoff = campaign_backoff_open();
	scheduler->worked = hash_create("campaign workspaces that have worked", 64, &control,
									HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	scheduler->upkeep_at = DT_NOEND;
	scheduler->turns.fronts = campaign_fronts_open(process->life);
	return scheduler;
}

/* Finds out whether there is anything to schedule here. */
static void
probe_body(void *arg)
{
}

static void
probe(Process *process)
{
	for (;;)
	{
		TransactionResult result =
			campaign_transaction_run(process, "campaign: probe", false, probe_body, NULL);
		TimestampTz retry_at = campaign_clock_now();

		if (result == TRANSACTION_DONE || result == TRANSACTION_UNFIT)
			break;
		if (result == TRANSACTION_FAILED)
			retry_at = TimestampTzPlusMilliseconds(retry_at, PAUSE_MOST_MS);
		else
			retry_at = campaign_transaction_retreat(process, result);
		(void) campaign_process_woken(process);
		campaign_process_rest(process, retry_at);
	}
	if (!campaign_shared_present(MyDatabaseId))
	{
		ereport(WARNING, errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				errmsg("workers do not serve this database"),
				errdetail("They serve %d databases already.", campaign_settings.max_databases),
				errhint("Raise campaign.max_databases, which takes a restart of the server."));
		campaign_shared_absent(MyDatabaseId, process->requests);
		proc_exit(0);
	}
}

void
campaign_scheduler_main(Datum arg)
{
	Process *process = campaign_process_start();
	Scheduler *scheduler = open_scheduler(process);

	probe(process);
	campaign_process_join(process);
	for (;;)
	{
		/* campaign.schedulers was lowered: this process is one too many */
		if (process->ticket.index >= campaign_settings.schedulers)
			proc_exit(0);
		if (campaign_process_regroup(process, &scheduler->share))
			scheduler->look_at = campaign_clock_now();
		heed_clock(scheduler);
		if (is_time(scheduler))
			turn(scheduler);
		upkeep(scheduler);
		campaign_process_rest(process, quiet_until(scheduler));
	}
}
