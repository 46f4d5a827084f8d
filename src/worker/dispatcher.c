/*
 * dispatcher.c
 *		The process of a database that lets actions leave and records what came of them.
 *
 * Each transaction records the outcomes that have come in and starts what is ready, as far as there
 * are free places; only when it has committed do the started ones leave. While the process waits for
 * the network no transaction is open. Before it starts anything it takes back what dispatchers before
 * it have left in processing.
 */
#include "worker/dispatcher.h"

#include "engine/deliver.h"
#include "engine/round.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "store/clock.h"
#include "store/fault.h"
#include "store/virtual.h"
#include "store/wake.h"
#include "worker/backoff.h"
#include "worker/flights.h"
#include "worker/incarnation.h"
#include "worker/process.h"
#include "worker/shared.h"
#include "worker/transaction.h"
#include "worker/wait.h"

/* Workspaces of one transaction. */
#define LOOK_MAX 64
/* While what is ready cannot be started, looks keep this distance. */
#define PAUSE_FIRST_MS 100
#define PAUSE_MOST_MS 5000
/* However much goes on, gateways are asked for what they took on no more often than this. */
#define ASK_MS 100
/* Failures of recording are counted under this number of a workspace. */
#define BACKOFF_RECORD (-1)

#define CONNECT_TIMEOUT_MS 10000
#define TOTAL_TIMEOUT_MS 300000
#define BODY_CAP (64 * 1024)

typedef struct Dispatcher
{
	Process *process;
	Backoff *backoff;
	NetLoop *loop;
	Flights *flights;
	Delivery *delivery;
	int places;
	int record_max;        /* outcomes of one transaction; 1 while recording fails */
	TimestampTz look_at;   /* when to start what is ready, if nobody wakes us */
	TimestampTz looked_at; /* the safety poll counts from then */
	uint32 limits;         /* changes of what may be sent that were taken into account */
	TimestampTz asked_at;  /* when gateways were last asked for what they took on */
	int stuck_looks;       /* looks in a row that found something and could not start it */
} Dispatcher;

/* ---- one transaction ---------------------------------------------------------- */

typedef enum LoopPhase
{
	LOOP_RECORDING,
	LOOP_LOOKING,
	LOOP_STARTING
} LoopPhase;

typedef struct LoopWork
{
	Dispatcher *dispatcher;
	TimestampTz now;
	bool record;
	bool look;
	LoopPhase phase; /* for a failure: where it was, */
	int64 workspace; /* and in which workspace */
	int recorded;
	int started; /* actions touched by starting */
	bool ask;    /* also ask gateways for what they took on */
	bool is_virtual;
	bool full;     /* a workspace had more than was taken */
	uint32 limits; /* changes of what may be sent, when it began */
	TimestampTz next;
	List *starts; /* arrays that came from the engine, and their lengths */
	List *counts;
} LoopWork;

static void
record(LoopWork *work)
{
	Dispatcher *dispatcher = work->dispatcher;
	DeliveryOutcome *outcomes;
	int n;

	work->phase = LOOP_RECORDING;
	n = campaign_flights_outcomes(dispatcher->flights, &outcomes, dispatcher->record_max);
	if (n > 0)
		work->recorded = campaign_deliver_record(dispatcher->delivery, outcomes, n, work->now);
}

static void
start_workspace(LoopWork *work, int64 workspace)
{
	Dispatcher *dispatcher = work->dispatcher;
	Round round = {.workspace = workspace, .now = work->now, .limit = campaign_settings.batch_rows};
	DeliveryStart *starts = NULL;
	int n_starts = 0;
	int touched;

	work->phase = LOOP_STARTING;
	work->workspace = workspace;
	touched = campaign_deliver_start(dispatcher->delivery, &round, work->ask, &starts, &n_starts);
	campaign_backoff_passed(dispatcher->backoff, workspace);
	work->started += touched;
	work->full |= touched >= round.limit;
	if (n_starts > 0)
	{
		work->starts = lappend(work->starts, starts);
		work->counts = lappend_int(work->counts, n_starts);
	}
}

static void
start(LoopWork *work)
{
	Backoff *backoff = work->dispatcher->backoff;
	int64 *workspaces;
	int n;
	int i;

	if (work->limits != work->dispatcher->limits)
		campaign_ready_reconsider(work->now);
	n = campaign_ready_workspaces(work->now, work->ask, &workspaces,
								  LOOK_MAX + campaign_backoff_count(backoff));
	for (i = 0; i < n; i++)
	{
		if (!campaign_backoff_blocks(backoff, workspaces[i], work->now))
			start_workspace(work, workspaces[i]);
	}
	work->phase = LOOP_LOOKING;
	/* where much goes on another look follows at once, and asks when nothing does any more */
	work->next = work->recorded > 0 && work->started > 0 ? work->now : campaign_ready_next();
}

static void
loop_body(void *arg)
{
	LoopWork *work = arg;

	if (work->record)
		record(work);
	work->phase = LOOP_LOOKING;
	work->next = DT_NOEND;
	if (work->look)
	{
		work->is_virtual = campaign_virtual_is_marked();
		if (!work->is_virtual)
			start(work);
	}
	if (work->recorded + work->started > 0)
		campaign_wake_request(WAKE_SCHEDULER);
	if (work->recorded > 0)
		CAMPAIGN_FAULT("outcomes.commit");
	if (work->starts != NIL)
		CAMPAIGN_FAULT("starts.commit");
}

/* ---- after it ------------------------------------------------------------------ */

static void
depart(Dispatcher *dispatcher, const LoopWork *work)
{
	ListCell *starts;
	ListCell *count;

	forboth(starts, work->starts, count, work->counts)
	{
		DeliveryStart *start = lfirst(starts);
		int i;

		for (i = 0; i < lfirst_int(count); i++)
			campaign_flights_depart(dispatcher->flights, &start[i]);
		dispatcher->process->counts.sends += lfirst_int(count);
	}
}

static TimestampTz
next_look(Dispatcher *dispatcher, const LoopWork *work)
{
	bool moved = work->recorded + work->started > 0;

	if (work->next > work->now)
		return work->next;
	/* Something is ready still. With places to go on with, go on; else an outcome makes some. */
	if (moved)
		dispatcher->stuck_looks = 0;
	if (work->full ||
		(work->started > 0 && campaign_flights_count(dispatcher->flights) < dispatcher->places))
		return work->now;
	dispatcher->stuck_looks++;
	return TimestampTzPlusMilliseconds(
		work->now, campaign_backoff_ms(dispatcher->stuck_looks, PAUSE_FIRST_MS, PAUSE_MOST_MS));
}

static void
committed(Dispatcher *dispatcher, const LoopWork *work)
{
	Process *process = dispatcher->process;

	if (work->recorded > 0)
		CAMPAIGN_FAULT("outcomes.committed");
	if (work->starts != NIL)
		CAMPAIGN_FAULT("starts.committed");
	campaign_deliver_committed(dispatcher->delivery);
	campaign_flights_recorded(dispatcher->flights);
	depart(dispatcher, work);
	process->counts.steps += work->recorded + work->started;
	if (work->record)
		campaign_backoff_passed(dispatcher->backoff, BACKOFF_RECORD);
	if (campaign_flights_landed(dispatcher->flights) == 0)
		dispatcher->record_max = INT_MAX;
	if (work->look)
	{
		campaign_backoff_passed(dispatcher->backoff, BACKOFF_PROCESS);
		dispatcher->look_at =
			Min(next_look(dispatcher, work), campaign_backoff_next(dispatcher->backoff, work->now));
	}
	campaign_process_says(process, work->is_virtual ? "idle: virtual time" : "idle");
}

/*
 * Everything of the transaction is undone, also what did not fail. An outcome that cannot be recorded
 * is found by recording one at a time, the one that failed last.
 */
static void
failed(Dispatcher *dispatcher, const LoopWork *work)
{
	campaign_deliver_rollback(dispatcher->delivery);
	campaign_flights_unrecorded(dispatcher->flights);
	switch (work->phase)
	{
		case LOOP_RECORDING:
			dispatcher->record_max = 1;
			campaign_backoff_failed(dispatcher->backoff, BACKOFF_RECORD, work->now);
			break;
		case LOOP_LOOKING:
			campaign_backoff_failed(dispatcher->backoff, BACKOFF_PROCESS, work->now);
			break;
		case LOOP_STARTING:
			campaign_backoff_failed(dispatcher->backoff, work->workspace, work->now);
			break;
	}
}

static void
run_loop(Dispatcher *dispatcher, bool record, bool look)
{
	LoopWork work = {.dispatcher = dispatcher,
					 .now = campaign_clock_now(),
					 .record = record,
					 .look = look,
					 .limits = campaign_shared_limits(MyDatabaseId)};
	TransactionResult result;

	if (look)
	{
		dispatcher->look_at = DT_NOEND;
		dispatcher->looked_at = work.now;
		work.ask = TimestampDifferenceExceeds(dispatcher->asked_at, work.now, ASK_MS);
		if (work.ask)
			dispatcher->asked_at = work.now;
	}
	result =
		campaign_transaction_run(dispatcher->process, "campaign: deliver", true, loop_body, &work);
	if (result == TRANSACTION_DONE)
	{
		if (look)
			dispatcher->limits = work.limits;
		committed(dispatcher, &work);
	}
	else if (result == TRANSACTION_FAILED)
	{
		failed(dispatcher, &work);
		dispatcher->look_at = work.now;
	}
	else
		dispatcher->look_at = campaign_transaction_retreat(dispatcher->process, result);
}

/* ---- opening -------------------------------------------------------------------- */

static void
close_network(int code, Datum arg)
{
	campaign_net_close((NetLoop *) DatumGetPointer(arg));
}

static void
open_network(Dispatcher *dispatcher)
{
	NetLimits limits = {
		/* How many of them are used is a setting, and may change. */
		.max_places = NET_PLACES_MAX,
		.connect_timeout_ms = CONNECT_TIMEOUT_MS,
		.total_timeout_ms = TOTAL_TIMEOUT_MS,
		.body_cap = BODY_CAP,
		/* Each request says what it may do. */
		.allow_private = true,
		.allow_http = true,
	};
	char error[200];

	dispatcher->loop = campaign_net_open(&limits, error, sizeof(error));
	if (dispatcher->loop == NULL)
		ereport(FATAL, errcode(ERRCODE_SYSTEM_ERROR), errmsg("could not open the network loop"),
				errdetail("%s", error));
	before_shmem_exit(close_network, PointerGetDatum(dispatcher->loop));
	dispatcher->flights = campaign_flights_open(dispatcher->loop, dispatcher->places);
	campaign_process_watch(dispatcher->process, campaign_net_fd(dispatcher->loop));
}

static void
incarnate_body(void *arg)
{
	*(int64 *) arg = campaign_incarnation_take();
	CAMPAIGN_FAULT("incarnate.commit");
}

typedef struct RecoverWork
{
	Delivery *delivery;
	int recovered;
} RecoverWork;

static void
recover_body(void *arg)
{
	RecoverWork *work = arg;

	work->recovered = campaign_deliver_recover(work->delivery, campaign_clock_now(),
											   campaign_incarnation_is_alive);
	if (work->recovered > 0)
		CAMPAIGN_FAULT("recover.commit");
}

/* Runs it again and again until it has been done. */
static void
insist(Dispatcher *dispatcher, const char *activity, TransactionBody body, void *arg)
{
	Process *process = dispatcher->process;
	TransactionResult result;

	while ((result = campaign_transaction_run(process, activity, true, body, arg)) !=
		   TRANSACTION_DONE)
	{
		TimestampTz retry_at;

		if (result == TRANSACTION_FAILED)
		{
			campaign_backoff_failed(dispatcher->backoff, BACKOFF_PROCESS, campaign_clock_now());
			retry_at = campaign_backoff_next(dispatcher->backoff, campaign_clock_now());
		}
		else
			retry_at = campaign_transaction_retreat(process, result);
		(void) campaign_process_woken(process);
		campaign_process_rest(process, retry_at);
	}
	campaign_backoff_passed(dispatcher->backoff, BACKOFF_PROCESS);
	MemoryContextSwitchTo(process->life);
}

static void
open_dispatcher(Dispatcher *dispatcher)
{
	Process *process = dispatcher->process;
	RecoverWork recover;
	int64 incarnation;

	dispatcher->backoff = campaign_backoff_open();
	dispatcher->places = campaign_settings.places;
	dispatcher->record_max = INT_MAX;
	/* what has changed while nobody looked counts as well */
	dispatcher->limits = campaign_shared_limits(MyDatabaseId) - 1;
	insist(dispatcher, "campaign: incarnate", incarnate_body, &incarnation);
	campaign_process_incarnate(process, incarnation);
	dispatcher->delivery =
		campaign_deliver_open(process->life, incarnation, true, dispatcher->places);
	recover.delivery = dispatcher->delivery;
	do
	{
		insist(dispatcher, "campaign: recover", recover_body, &recover);
		campaign_deliver_committed(dispatcher->delivery);
		if (recover.recovered > 0)
			CAMPAIGN_FAULT("recover.committed");
	} while (recover.recovered > 0);
	open_network(dispatcher);
}

/* ---- the loop --------------------------------------------------------------------- */

/* Is it time to look for what is ready? Outcomes free places, hence they bring a look along. */
static bool
is_time_to_look(Dispatcher *dispatcher, bool record)
{
	TimestampTz now = campaign_clock_now();
	bool due =
		record || now >= dispatcher->look_at || now >= campaign_process_poll(dispatcher->looked_at);

	if (campaign_process_woken(dispatcher->process))
	{
		due = true;
		dispatcher->stuck_looks = 0;
	}
	if (due)
		dispatcher->look_at = Min(dispatcher->look_at, now);
	return due && !campaign_backoff_blocks(dispatcher->backoff, BACKOFF_PROCESS, now);
}

/* When outcomes are to be recorded, unless that has just failed. */
static TimestampTz
record_at(const Dispatcher *dispatcher, TimestampTz now)
{
	if (campaign_backoff_blocks(dispatcher->backoff, BACKOFF_RECORD, now))
		return DT_NOEND;
	return campaign_flights_record_at(dispatcher->flights);
}

static TimestampTz
quiet_until(const Dispatcher *dispatcher)
{
	TimestampTz now = campaign_clock_now();
	TimestampTz until = Min(dispatcher->look_at, campaign_process_poll(dispatcher->looked_at));

	if (campaign_backoff_blocks(dispatcher->backoff, BACKOFF_PROCESS, now))
		until = campaign_process_poll(dispatcher->looked_at);
	until = Min(until, record_at(dispatcher, now));
	until = Min(until, campaign_backoff_next(dispatcher->backoff, now));
	return Min(until, campaign_flights_next(dispatcher->flights, now));
}

/* A reload may have changed the number of places: more of them are made use of at once. */
static void
heed_places(Dispatcher *dispatcher)
{
	if (dispatcher->places == campaign_settings.places)
		return;
	dispatcher->places = campaign_settings.places;
	campaign_deliver_resize(dispatcher->delivery, dispatcher->places);
	dispatcher->look_at = campaign_clock_now();
}

/* campaign.dispatchers was lowered: this process is one too many. */
static bool
is_surplus(const Dispatcher *dispatcher)
{
	return dispatcher->process->ticket.index >= campaign_settings.dispatchers;
}

/*
 * Looks for nothing more, however much is ready, and leaves when nothing is on its way. If it is wanted
 * again before that, the next outcome brings a look.
 */
static void
wind_down(Dispatcher *dispatcher)
{
	if (campaign_flights_count(dispatcher->flights) == 0)
		proc_exit(0);
	dispatcher->look_at = DT_NOEND;
	dispatcher->looked_at = campaign_clock_now();
}

void
campaign_dispatcher_main(Datum arg)
{
	Dispatcher dispatcher = {0};

	dispatcher.process = campaign_process_start();
	open_dispatcher(&dispatcher);
	for (;;)
	{
		bool record;
		bool look;

		heed_places(&dispatcher);
		campaign_flights_turn(dispatcher.flights);
		record = campaign_clock_now() >= record_at(&dispatcher, campaign_clock_now());
		look = is_time_to_look(&dispatcher, record) && !is_surplus(&dispatcher);
		if (record || look)
			run_loop(&dispatcher, record, look);
		if (is_surplus(&dispatcher))
			wind_down(&dispatcher);
		campaign_process_rest(dispatcher.process, quiet_until(&dispatcher));
	}
}
