/*
 * audience_reader.c
 *		The processes of a database that look at audiences: one at those that are quick to look at, and,
 *		where there are any, one at the others.
 *
 * A turn looks at each audience that is due or asked for, a transaction each; then the process sleeps
 * until the next is due, a wake-up, or the safety poll.
 */
#include "worker/audience_reader.h"

#include "engine/look.h"
#include "miscadmin.h"
#include "store/arming.h"
#include "store/clock.h"
#include "store/fault.h"
#include "worker/backoff.h"
#include "worker/process.h"
#include "worker/transaction.h"
#include "worker/wait.h"

/* Audiences of one turn. */
#define LOOK_MAX 256
/* While what is due is being changed by others. */
#define GIVE_WAY_USEC USECS_PER_SEC

typedef struct Reader
{
	Process *process;
	LookShare share;
	Backoff *backoff; /* by audience */
	TimestampTz look_at;
	TimestampTz looked_at; /* the safety poll counts from then */
} Reader;

typedef struct Due
{
	LookShare share;
	MemoryContext context; /* of the result */
	DueAudience *items;
	int n;
	TimestampTz next; /* if none is due now */
	bool lengthy;     /* there are such, which are another reader's */
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
	due->n = campaign_look_due(campaign_clock_now(), due->share, &due->items, LOOK_MAX);
	if (due->n == 0)
		due->next = campaign_look_next(due->share);
	due->lengthy = due->share != LOOK_LENGTHY && campaign_look_next(LOOK_LENGTHY) != DT_NOEND;
}

typedef struct LookWork
{
	const DueAudience *due;
	TimestampTz now;
	LookShare share;
	int done;
} LookWork;

static void
look_body(void *arg)
{
	LookWork *work = arg;

	work->done = campaign_look(work->due, work->now, work->share);
	if (work->done > 0)
		CAMPAIGN_FAULT("audience.looked");
}

/*
 * How much it did: nothing if it gave way or failed, and then the backoff says when to go on, or if the
 * extension is being altered, and then look_at does.
 */
static int
look_once(Reader *reader, const DueAudience *due)
{
	LookWork work = {due, campaign_clock_now(), reader->share, 0};
	TransactionResult result;

	campaign_wait_serve();
	result =
		campaign_transaction_run(reader->process, "campaign: audiences", true, look_body, &work);
	if (result == TRANSACTION_DONE)
	{
		if (work.done > 0)
			CAMPAIGN_FAULT("audience.committed");
		campaign_backoff_passed(reader->backoff, due->audience);
		reader->process->counts.steps += work.done;
		return work.done;
	}
	if (result == TRANSACTION_FAILED)
		campaign_backoff_failed(reader->backoff, due->audience, work.now);
	else
		reader->look_at = campaign_transaction_retreat(reader->process, result);
	return 0;
}

/* False if it failed, or the extension is being altered. */
static bool
find_due(Reader *reader, Due *due)
{
	TransactionResult result =
		campaign_transaction_run(reader->process, "campaign: audiences due", true, due_body, due);

	if (result == TRANSACTION_FAILED)
		campaign_backoff_failed(reader->backoff, BACKOFF_PROCESS, campaign_clock_now());
	else if (result != TRANSACTION_DONE)
		reader->look_at = campaign_transaction_retreat(reader->process, result);
	if (result != TRANSACTION_DONE)
		return false;
	campaign_backoff_passed(reader->backoff, BACKOFF_PROCESS);
	campaign_process_says_arming(reader->process, &due->arming);
	if (due->lengthy)
		campaign_shared_read(MyDatabaseId, PROCESS_LENGTHY_READER);
	return true;
}

/* Where there is no place for a process that looks at what is lengthy, late is better than not at all. */
static LookShare
share_of(const Process *process)
{
	if (process->ticket.kind == PROCESS_LENGTHY_READER)
		return LOOK_LENGTHY;
	return campaign_shared_no_place(PROCESS_LENGTHY_READER, MyDatabaseId) ? LOOK_ALL : LOOK_QUICK;
}

static void
turn(Reader *reader)
{
	Due due = {.context = reader->process->turn};
	int64 done = 0;
	int i;

	due.share = reader->share = share_of(reader->process);
	reader->look_at = DT_NOEND;
	reader->looked_at = campaign_clock_now();
	if (!find_due(reader, &due))
		return;
	for (i = 0; i < due.n && reader->look_at == DT_NOEND; i++)
		if (!campaign_backoff_blocks(reader->backoff, due.items[i].audience, reader->looked_at))
			done += look_once(reader, &due.items[i]);
	if (reader->look_at == DT_NOEND)
		reader->look_at = due.n == 0 ? due.next
						  : done > 0 ? campaign_clock_now()
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

static void
heed_clock(Reader *reader)
{
	TimestampTz now = campaign_clock_now();

	if (!campaign_process_set_back(reader->process))
		return;
	reader->look_at = now;
	reader->looked_at = now - USECS_PER_SEC;
	campaign_backoff_hasten(reader->backoff, now);
}

void
campaign_audience_reader_main(Datum arg)
{
	Reader reader = {0};

	reader.process = campaign_process_start();
	reader.backoff = campaign_backoff_open();
	for (;;)
	{
		heed_clock(&reader);
		if (is_time(&reader))
			turn(&reader);
		campaign_process_rest(reader.process, quiet_until(&reader));
	}
}
