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

#include "miscadmin.h"
#include "storage/ipc.h"
#include "store/clock.h"
#include "store/fault.h"
#include "worker/channel_places.h"
#include "worker/dispatching.h"
#include "worker/incarnation.h"
#include "worker/shared.h"
#include "worker/transaction.h"
#include "worker/wait.h"

#define CONNECT_TIMEOUT_MS 10000
#define TOTAL_TIMEOUT_MS 300000
#define BODY_CAP (64 * 1024)
/* Connections to mail servers are kept so long for the next mail. */
#define MAIL_IDLE_MS 30000

/* What a dispatcher that has ended left is tried again after so long. */
#define RECOVER_RETRY_MS 1000

static const SharedPlaces shared_places = {
	campaign_channel_places_take, campaign_channel_places_set, campaign_channel_places_freed};

/* campaign.dispatchers was lowered: this process is one too many. */
static bool
is_surplus(const Dispatcher *dispatcher)
{
	return dispatcher->process->ticket.index >= campaign_settings.dispatchers;
}

/* Mailboxes are read by one dispatcher, and so is asked what goes beside the queue. */
static bool
is_first(const Dispatcher *dispatcher)
{
	return !is_surplus(dispatcher) && dispatcher->share.part == 0;
}

/* ---- opening -------------------------------------------------------------------- */

static void
close_network(int code, Datum arg)
{
	campaign_net_close((NetLoop *) DatumGetPointer(arg));
}

static void
close_relay(int code, Datum arg)
{
	campaign_net_relay_close((NetRelay *) DatumGetPointer(arg));
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
		.ca_file = campaign_settings.ca_file[0] == '\0' ? NULL : campaign_settings.ca_file,
		/* Each request says what it may do. */
		.allow_http = true,
	};
	char error[200];

	dispatcher->loop = campaign_net_open(&limits, error, sizeof(error));
	if (dispatcher->loop == NULL)
		ereport(FATAL, errcode(ERRCODE_SYSTEM_ERROR), errmsg("could not open the network loop"),
				errdetail("%s", error));
	before_shmem_exit(close_network, PointerGetDatum(dispatcher->loop));
	dispatcher->relay = campaign_net_relay_open(dispatcher->loop, MAIL_IDLE_MS);
	if (dispatcher->relay == NULL)
		ereport(FATAL, errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"));
	/* called before what was registered before */
	before_shmem_exit(close_relay, PointerGetDatum(dispatcher->relay));
	dispatcher->flights =
		campaign_flights_open(dispatcher->loop, dispatcher->relay, dispatcher->places);
	dispatcher->readings = campaign_readings_open(dispatcher->process, dispatcher->loop);
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

static void
recovery_committed(const RecoverWork *work)
{
	campaign_deliver_committed(work->delivery, campaign_clock_now());
	if (work->recovered > 0)
		CAMPAIGN_FAULT("recover.committed");
}

/* As far as one transaction goes; how much it was, -1 if it came to nothing for now. */
static int
recover_some(Dispatcher *dispatcher, TransactionResult *result)
{
	RecoverWork work = {dispatcher->delivery, 0};

	*result = campaign_transaction_run(dispatcher->process, "campaign: recover", true, recover_body,
									   &work);
	if (*result != TRANSACTION_DONE)
		return -1;
	recovery_committed(&work);
	return work.recovered;
}

/*
 * What a dispatcher has left that ended while this one runs. The first of them sees to it at once: another
 * comes in its place only after a while, or not at all where it was one too many.
 */
static void
recover_departed(Dispatcher *dispatcher)
{
	uint32 departed = campaign_shared_departed(MyDatabaseId);
	TimestampTz now = campaign_clock_now();
	TransactionResult result;
	int recovered;

	if (!is_first(dispatcher) || departed == dispatcher->departed || now < dispatcher->recover_at)
		return;
	recovered = recover_some(dispatcher, &result);
	if (recovered < 0)
	{
		dispatcher->recover_at = TimestampTzPlusMilliseconds(now, RECOVER_RETRY_MS);
		if (result != TRANSACTION_FAILED)
			dispatcher->recover_at = campaign_transaction_retreat(dispatcher->process, result);
		return;
	}
	dispatcher->recover_at = recovered > 0 ? now : DT_NOBEGIN;
	if (recovered > 0)
		dispatcher->look_at = now;
	else
		dispatcher->departed = departed;
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
	dispatcher->turns.fronts = campaign_fronts_open(process->life);
	dispatcher->places = campaign_settings.places;
	dispatcher->record_max = INT_MAX;
	dispatcher->departed = campaign_shared_departed(MyDatabaseId);
	dispatcher->recover_at = DT_NOBEGIN;
	/* what has changed while nobody looked counts as well */
	dispatcher->limits = campaign_shared_limits(MyDatabaseId) - 1;
	insist(dispatcher, "campaign: incarnate", incarnate_body, &incarnation);
	campaign_process_incarnate(process, incarnation);
	dispatcher->delivery =
		campaign_deliver_open(process->life, incarnation, true, &shared_places, dispatcher->places);
	recover.delivery = dispatcher->delivery;
	do
	{
		insist(dispatcher, "campaign: recover", recover_body, &recover);
		recovery_committed(&recover);
	} while (recover.recovered > 0);
	open_network(dispatcher);
	campaign_process_join(process);
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
	if (is_first(dispatcher))
		until = Min(until, campaign_readings_next(dispatcher->readings, now));
	if (is_first(dispatcher) && dispatcher->departed != campaign_shared_departed(MyDatabaseId))
		until = Min(until, dispatcher->recover_at);
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

/* Others have come or gone, or a reload has changed how many are wanted: some lanes are ours that were not. */
static void
heed_members(Dispatcher *dispatcher)
{
	if (!campaign_process_regroup(dispatcher->process, &dispatcher->share))
		return;
	campaign_deliver_share(dispatcher->delivery, dispatcher->share.members,
						   dispatcher->process->ticket.index);
	/* what has changed since another looked at them counts as well */
	dispatcher->limits = campaign_shared_limits(MyDatabaseId) - 1;
	dispatcher->look_at = campaign_clock_now();
}

static void
heed_clock(Dispatcher *dispatcher)
{
	TimestampTz now = campaign_clock_now();

	if (!campaign_process_set_back(dispatcher->process))
		return;
	dispatcher->look_at = dispatcher->looked_at = now;
	dispatcher->asked_at = 0;
	dispatcher->recover_at = Min(dispatcher->recover_at, now);
	campaign_backoff_hasten(dispatcher->backoff, now);
	campaign_flights_hasten(dispatcher->flights, now);
	campaign_readings_hasten(dispatcher->readings, now);
}

/* A reload may have listed other networks. */
static void
heed_networks(Dispatcher *dispatcher)
{
	NetNetworks networks;

	if (dispatcher->private_networks != NULL &&
		strcmp(dispatcher->private_networks, campaign_settings.private_networks) == 0)
		return;
	if (dispatcher->private_networks != NULL)
		pfree(dispatcher->private_networks);
	dispatcher->private_networks =
		MemoryContextStrdup(dispatcher->process->life, campaign_settings.private_networks);
	/* the setting itself is not taken where it cannot be read */
	if (campaign_net_networks_read(dispatcher->private_networks, &networks))
		campaign_net_list_private(dispatcher->loop, &networks);
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
		heed_members(&dispatcher);
		heed_networks(&dispatcher);
		heed_clock(&dispatcher);
		campaign_flights_turn(dispatcher.flights);
		recover_departed(&dispatcher);
		record = campaign_clock_now() >= record_at(&dispatcher, campaign_clock_now());
		look = is_time_to_look(&dispatcher, record) && !is_surplus(&dispatcher);
		if (record || look)
			campaign_dispatching_run(&dispatcher, record, look);
		if (is_surplus(&dispatcher))
			wind_down(&dispatcher);
		else if (is_first(&dispatcher))
			campaign_readings_turn(dispatcher.readings);
		campaign_process_rest(dispatcher.process, quiet_until(&dispatcher));
	}
}
