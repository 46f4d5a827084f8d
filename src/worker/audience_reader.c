/*
 * audience_reader.c
 *		The process of a database that looks at audiences.
 *
 * A turn looks at each audience that is due or asked for, a transaction each; then the process sleeps
 * until the next is due, a wake-up, or the safety poll.
 */
#include "worker/audience_reader.h"

#include "engine/round.h"
#include "miscadmin.h"
#include "store/arming.h"
#include "store/clock.h"
#include "worker/backoff.h"
#include "worker/process.h"
#include "worker/transaction.h"
#include "worker/wait.h"

/* Workspaces of one turn. */
#define LOOK_MAX 64
/* Audiences of one workspace before the others have their turn. */
#define EACH_MAX 16
/* While what is due is being changed by others. */
#define GIVE_WAY_USEC USECS_PER_SEC

typedef struct Reader
{
	Process *process;
	Backoff *backoff;
	TimestampTz look_at;
	TimestampTz looked_at; /* the safety poll counts from then */
} Reader;

typedef struct Due
{
	MemoryContext context; /* of the result */
	int64 *workspaces;
	int n;
	TimestampTz next; /* if none is due now */
	Arming arming;
} Due;

static void
due_body(void *arg)
{
	Due *due = arg;

	due->n = 0;
	due->next = DT_NOEND;
	MemoryContextSwitchTo(due->context);
	campaign_arming_look(&due->arming);
	if (campaign_arming_holds(&due->arming))
		return;
	due->n = campaign_audience_workspaces(campaign_clock_now(), &due->workspaces, LOOK_MAX);
	if (due->n == 0)
		due->next = campaign_audience_next();
}

typedef struct LookWork
{
	Round round;
	int done;
} LookWork;

static void
look_body(void *arg)
{
	LookWork *work = arg;

	work->done = campaign_audience_round(&work->round);
}

/* False if it failed, or the extension is being altered: then look_at or the backoff says when to go on. */
static bool
look_once(Reader *reader, int64 workspace, int *done)
{
	LookWork work = {.round = {workspace, campaign_clock_now(), 1, NULL}};
	TransactionResult result;

	campaign_wait_serve();
	result =
		campaign_transaction_run(reader->process, "campaign: audiences", true, look_body, &work);
	*done = work.done;
	if (result == TRANSACTION_DONE)
	{
		reader->process->counts.steps += work.done;
		return true;
	}
	if (result == TRANSACTION_FAILED)
		campaign_backoff_failed(reader->backoff, workspace, work.round.now);
	else
		reader->look_at = campaign_transaction_retreat(reader->process, result);
	return false;
}

/* True if something was done. */
static bool
serve(Reader *reader, int64 workspace)
{
	int i;
	int done = 1;

	for (i = 0; i < EACH_MAX && done > 0; i++)
		if (!look_once(reader, workspace, &done))
			return i > 0;
	campaign_backoff_passed(reader->backoff, workspace);
	return i > 1 || done > 0;
}

static void
turn(Reader *reader)
{
	Due due = {.context = reader->process->turn};
	TransactionResult result;
	bool done = false;
	int i;

	reader->look_at = DT_NOEND;
	reader->looked_at = campaign_clock_now();
	result =
		campaign_transaction_run(reader->process, "campaign: audiences due", true, due_body, &due);
	if (result == TRANSACTION_FAILED)
		campaign_backoff_failed(reader->backoff, BACKOFF_PROCESS, campaign_clock_now());
	else if (result != TRANSACTION_DONE)
		reader->look_at = campaign_transaction_retreat(reader->process, result);
	if (result != TRANSACTION_DONE)
		return;
	campaign_backoff_passed(reader->backoff, BACKOFF_PROCESS);
	campaign_process_says_arming(reader->process, &due.arming);
	for (i = 0; i < due.n; i++)
		if (!campaign_backoff_blocks(reader->backoff, due.workspaces[i], reader->looked_at))
			done |= serve(reader, due.workspaces[i]);
	if (reader->look_at == DT_NOEND)
		reader->look_at = due.n == 0 ? due.next
						  : done     ? campaign_clock_now()
									 : campaign_clock_now() + GIVE_WAY_USEC;
}

/* Those that back off are due all the while, and looked for when that is over. */
static bool
is_time(Reader *reader)
{
	TimestampTz now = campaign_clock_now();
	TimestampTz blocked = campaign_backoff_next(reader->backoff, now);

	if (campaign_process_woken(reader->process))
		reader->look_at = Min(reader->look_at, now);
	if (now >= campaign_process_poll(reader->looked_at))
		reader->look_at = now;
	if (blocked != DT_NOEND && reader->looked_at + USECS_PER_SEC > now)
		return false;
	return now >= reader->look_at &&
		   !campaign_backoff_blocks(reader->backoff, BACKOFF_PROCESS, now);
}

static TimestampTz
quiet_until(const Reader *reader)
{
	TimestampTz now = campaign_clock_now();
	TimestampTz until = Min(reader->look_at, campaign_process_poll(reader->looked_at));

	if (campaign_backoff_next(reader->backoff, now) != DT_NOEND)
		until = Max(until, reader->looked_at + USECS_PER_SEC);
	return until;
}

void
campaign_audience_reader_main(Datum arg)
{
	Reader reader = {0};

	reader.process = campaign_process_start();
	reader.backoff = campaign_backoff_open();
	for (;;)
	{
		if (is_time(&reader))
			turn(&reader);
		campaign_process_rest(reader.process, quiet_until(&reader));
	}
}
