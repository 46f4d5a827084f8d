/*
 * dispatching.c
 *		One transaction of a dispatcher, and what follows from it.
 */
#include "worker/dispatching.h"

#include "core/scatter.h"
#include "miscadmin.h"
#include "store/arming.h"
#include "store/clock.h"
#include "store/fault.h"
#include "store/wake.h"
#include "worker/shared.h"
#include "worker/transaction.h"

/* Workspaces of one transaction. */
#define LOOK_MAX 64
/* While what is ready cannot be started, looks keep this distance. */
#define PAUSE_FIRST_MS 100
#define PAUSE_MOST_MS 5000
/* However much goes on, gateways are asked for what they took on no more often than this. */
#define ASK_MS 100

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
	bool apart;  /* the look is to be in a transaction of its own */
	bool beside; /* something waits somewhere to be sent beside the queue */
	Arming arming;
	bool full;     /* a workspace had more than was taken */
	uint32 limits; /* changes of what may be sent, when it began */
	TimestampTz next;
	DeliveryDot *dots; /* of mails that may end once this has committed */
	int n_dots;
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
	n = campaign_flights_outcomes(dispatcher->flights, work->now, &outcomes,
								  dispatcher->record_max);
	if (n > 0)
		work->recorded = campaign_deliver_record(dispatcher->delivery, outcomes, n, work->now);
	/* so that two dispatchers never wait for each other's rows of usage */
	work->apart =
		work->look && dispatcher->share.parts > 1 && campaign_deliver_may_refund(outcomes, n);
	work->n_dots = campaign_flights_dots(dispatcher->flights, work->now, &work->dots);
	if (work->n_dots > 0)
	{
		campaign_deliver_dots(dispatcher->delivery, work->dots, work->n_dots, work->now);
		CAMPAIGN_FAULT("dots.written");
	}
}

static void
start_workspace(LoopWork *work, int64 workspace)
{
	Dispatcher *dispatcher = work->dispatcher;
	Round round = {.workspace = workspace,
				   .now = work->now,
				   .limit = campaign_settings.batch_rows,
				   .parts = dispatcher->share.parts,
				   .part = dispatcher->share.part,
				   .fronts = dispatcher->turns.fronts};
	DeliveryStart *starts = NULL;
	int n_starts = 0;
	int touched;

	work->phase = LOOP_STARTING;
	work->workspace = workspace;
	touched = campaign_deliver_start(dispatcher->delivery, &round, work->ask, work->beside, &starts,
									 &n_starts);
	campaign_backoff_passed(dispatcher->backoff, workspace);
	work->started += touched;
	work->full |= touched >= round.limit;
	if (n_starts > 0)
	{
		work->starts = lappend(work->starts, starts);
		work->counts = lappend_int(work->counts, n_starts);
	}
}

/* In an order that all dispatchers have at a time, and that prefers nobody for long. */
static int
compare_turns(const void *a, const void *b, void *arg)
{
	uint64 second = (uint64) * (const TimestampTz *) arg / USECS_PER_SEC;
	uint64 left = campaign_scatter((uint64) * (const int64 *) a ^ second);
	uint64 right = campaign_scatter((uint64) * (const int64 *) b ^ second);

	return left < right ? -1 : left > right;
}

static void
start(LoopWork *work)
{
	Dispatcher *dispatcher = work->dispatcher;
	Backoff *backoff = dispatcher->backoff;
	int part = dispatcher->share.part;
	int64 *workspaces;
	int n;
	int i;

	campaign_deliver_look(dispatcher->delivery);
	if (work->limits != dispatcher->limits)
		campaign_ready_reconsider(work->now, dispatcher->share.parts, part);
	n = campaign_ready_workspaces(&dispatcher->turns, work->now, work->ask, dispatcher->share.parts,
								  part, &workspaces, LOOK_MAX + campaign_backoff_count(backoff),
								  &work->beside);
	/* rows that the accounts of several dispatchers share are waited for */
	if (dispatcher->share.parts > 1)
		qsort_arg(workspaces, n, sizeof(int64), compare_turns, &work->now);
	for (i = 0; i < n; i++)
	{
		if (!campaign_backoff_blocks(backoff, workspaces[i], work->now))
			start_workspace(work, workspaces[i]);
	}
	work->phase = LOOP_LOOKING;
	/* where much goes on another look follows at once, and asks when nothing does any more */
	work->next =
		work->recorded > 0 && work->started > 0
			? work->now
			: campaign_ready_next(&dispatcher->turns, work->now, dispatcher->share.parts, part);
}

static void
loop_body(void *arg)
{
	LoopWork *work = arg;

	if (work->record)
		record(work);
	work->phase = LOOP_LOOKING;
	work->next = DT_NOEND;
	if (work->apart)
		work->look = false;
	if (work->look)
	{
		campaign_arming_look(&work->arming);
		if (!campaign_arming_holds(&work->arming))
			start(work);
	}
	if (work->recorded + work->started > 0)
		campaign_wake_request(WAKE_SCHEDULER);
	if (work->n_dots > 0)
		CAMPAIGN_FAULT("dots.commit");
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
	if (work->n_dots > 0)
		CAMPAIGN_FAULT("dots.committed");
	if (work->starts != NIL)
		CAMPAIGN_FAULT("starts.committed");
	campaign_deliver_committed(dispatcher->delivery, work->now);
	campaign_flights_recorded(dispatcher->flights);
	campaign_flights_release(dispatcher->flights, work->dots, work->n_dots);
	if (work->n_dots > 0)
		CAMPAIGN_FAULT("dots.released");
	depart(dispatcher, work);
	process->counts.steps += work->recorded + work->started;
	if (work->record)
		campaign_backoff_passed(dispatcher->backoff, BACKOFF_RECORD);
	if (campaign_flights_record_at(dispatcher->flights) > work->now)
		dispatcher->record_max = INT_MAX;
	if (work->look)
	{
		campaign_backoff_passed(dispatcher->backoff, BACKOFF_PROCESS);
		dispatcher->look_at =
			Min(next_look(dispatcher, work), campaign_backoff_next(dispatcher->backoff, work->now));
	}
	if (work->apart)
		dispatcher->look_at = work->now;
	if (work->look)
		campaign_process_says_arming(process, &work->arming);
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

void
campaign_dispatching_run(Dispatcher *dispatcher, bool record, bool look)
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
		/* where nothing may leave, what has changed meanwhile is to be taken into account afterwards */
		if (work.look && !campaign_arming_holds(&work.arming))
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
