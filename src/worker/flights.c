/*
 * flights.c
 *		Requests of a dispatcher from their start until their outcome is recorded.
 */
#include "worker/flights.h"

#include "utils/memutils.h"

#include "core/retry.h"
#include "net/http.h"
#include "store/clock.h"
#include "store/fault.h"
#include "worker/flights_mail.h"
#include "worker/gathering.h"

/*
 * How long outcomes wait for company. A mail takes three transactions, each with statements of its own,
 * and few are under way at a time where its server is slow: carried along with whatever requests are
 * back, each of them would make the transactions of requests longer by what a dozen requests take.
 */
#define REQUEST_PATIENCE_MS 2
#define MAIL_PATIENCE_MS 15

/* An answer about several actions may have so many bytes for each, where that is more than another may have. */
#define ITEM_CAP ((size_t) 8 * 1024)

typedef enum FlightState
{
	FLIGHT_NONE,
	FLIGHT_AWAY,
	FLIGHT_LANDED, /* the result is here */
	FLIGHT_GIVEN   /* and was given to be recorded */
} FlightState;

typedef struct Flight
{
	FlightState state;
	int64 workspace;
	int64 action;
	int64 channel;
	int attempt;
	DeliveryForm form;
	bool doubted;
	bool by_adapter;
	char *adapter;         /* of relations, else NULL */
	char *person;          /* NULL of a poll */
	DeliveryRider *riders; /* beside the action; NULL = none */
	int n_riders;
	bool wants_dot;        /* a mail that is all there but its dot */
	char *address;         /* of a mail, else NULL */
	NetMailResult *mailed; /* the same */
	DeliveredMail mail;
	NetResult result; /* of HTTP */
	bool owns_result; /* it came from the network, and is to be freed by it */
	TimestampTz at;
	uint64 order; /* of landing */
} Flight;

struct Flights
{
	NetLoop *loop;
	NetRelay *relay;
	Flight *flights;
	int room;
	uint64 landings;
	Gathering requests;
	Gathering mails; /* those that are back, and those that want their dot */
};

Flights *
campaign_flights_open(NetLoop *loop, NetRelay *relay, int places)
{
	Flights *flights = palloc0(sizeof(Flights));

	flights->loop = loop;
	flights->relay = relay;
	flights->room = places;
	flights->flights = palloc0(places * sizeof(Flight));
	flights->requests.patience_ms = REQUEST_PATIENCE_MS;
	flights->mails.patience_ms = MAIL_PATIENCE_MS;
	return flights;
}

static int
count_away(const Flights *flights)
{
	return flights->requests.away + flights->mails.away;
}

static Gathering *
gathering_of(Flights *flights, const Flight *flight)
{
	return flight->mailed == NULL ? &flights->requests : &flights->mails;
}

static Flight *
find_free(Flights *flights)
{
	int i;

	for (i = 0; i < flights->room; i++)
	{
		if (flights->flights[i].state == FLIGHT_NONE)
			return &flights->flights[i];
	}
	/* More than was agreed on: an action that is marked as started must not be forgotten. */
	flights->flights = repalloc(flights->flights, 2 * flights->room * sizeof(Flight));
	memset(flights->flights + flights->room, 0, flights->room * sizeof(Flight));
	flights->room *= 2;
	return &flights->flights[i];
}

static void
land(Flights *flights, Flight *flight)
{
	flight->state = FLIGHT_LANDED;
	flight->at = campaign_clock_now();
	flight->order = flights->landings++;
	/* one that wanted its dot waits already */
	if (!flight->wants_dot)
		campaign_gathering_come(gathering_of(flights, flight), flight->at);
	flight->wants_dot = false;
}

static void
land_request(Flights *flights, Flight *flight, const NetResult *result, bool owns_result)
{
	flight->result = *result;
	flight->owns_result = owns_result;
	land(flights, flight);
}

static void
land_mail(Flights *flights, Flight *flight, const NetMailResult *result)
{
	*flight->mailed = *result;
	land(flights, flight);
}

static void
depart_by_mail(Flights *flights, Flight *flight, const DeliveryStart *start)
{
	MemoryContext context = GetMemoryChunkContext(flights);
	const char *address = start->mail == NULL ? NULL : start->mail->to.address;
	NetMailResult result;

	flight->mailed = MemoryContextAllocZero(context, sizeof(NetMailResult));
	flight->address = address == NULL ? NULL : MemoryContextStrdup(context, address);
	campaign_gathering_leave(&flights->mails);
	if (!campaign_flights_mail_submit(flights->relay, flight - flights->flights, start, &result))
		land_mail(flights, flight, &result);
}

static void
depart_by_http(Flights *flights, Flight *flight, const DeliveryStart *start)
{
	NetHeader authorization = {.name = "Authorization", .value = start->secret};
	NetRequest request = {
		.tag = flight - flights->flights,
		.url = start->url,
		.key = start->key,
		.body = start->body,
		.body_len = strlen(start->body),
		.content_type = start->content_type,
		.method = start->method,
		.headers = start->headers != NULL ? start->headers : &authorization,
		.n_headers = start->headers != NULL ? start->n_headers : start->secret != NULL,
		.fresh_connection = start->fresh_connection,
		.retry_after_header = start->retry_after_header,
		.answer_cap = start->answer_items > 1 ? start->answer_items * ITEM_CAP : 0,
		.total_timeout_ms = start->timeout_ms,
		.allow_private = start->allow_private,
		.allow_http = start->allow_http,
	};
	NetResult refused = {.fault = NET_NOT_CONNECTED,
						 .retry_after_s = -1,
						 .body = "",
						 .detail = "begin: no free place or memory"};

	campaign_gathering_leave(&flights->requests);
	if (start->refused != NULL)
		strlcpy(refused.detail, start->refused, sizeof(refused.detail));
	if (start->refused != NULL || !campaign_net_submit(flights->loop, &request))
		land_request(flights, flight, &refused, false);
}

static char *
copy_text(Flights *flights, const char *text)
{
	return text == NULL ? NULL : MemoryContextStrdup(GetMemoryChunkContext(flights), text);
}

static void
board(Flights *flights, Flight *flight, const DeliveryStart *start)
{
	int i;

	flight->workspace = start->workspace;
	flight->action = start->action;
	flight->channel = start->channel;
	flight->attempt = start->attempt;
	flight->form = start->form;
	flight->doubted = start->doubted;
	flight->by_adapter = start->by_adapter;
	flight->adapter = copy_text(flights, start->adapter);
	flight->person = copy_text(flights, start->person);
	if (start->n_riders == 0)
		return;
	flight->n_riders = start->n_riders;
	flight->riders =
		MemoryContextAlloc(GetMemoryChunkContext(flights), start->n_riders * sizeof(DeliveryRider));
	for (i = 0; i < start->n_riders; i++)
	{
		flight->riders[i] = start->riders[i];
		flight->riders[i].person = copy_text(flights, start->riders[i].person);
	}
}

void
campaign_flights_depart(Flights *flights, const DeliveryStart *start)
{
	Flight *flight = find_free(flights);

	memset(flight, 0, sizeof(*flight));
	flight->state = FLIGHT_AWAY;
	board(flights, flight, start);
	CAMPAIGN_FAULT("submit.before");
	if (start->by_mail)
		depart_by_mail(flights, flight, start);
	else
		depart_by_http(flights, flight, start);
	CAMPAIGN_FAULT("submit.after");
}

static void
take_mails(Flights *flights)
{
	NetMailResult result;
	uint64_t tag;

	campaign_net_relay_turn(flights->relay);
	while (campaign_net_relay_ready(flights->relay, &tag))
	{
		CAMPAIGN_FAULT("dots.wanted");
		Assert(tag < (uint64) flights->room);
		flights->flights[tag].wants_dot = true;
		campaign_gathering_come(&flights->mails, campaign_clock_now());
	}
	while (campaign_net_relay_take(flights->relay, &result))
	{
		CAMPAIGN_FAULT("flight.landed");
		Assert(result.tag < (uint64) flights->room);
		land_mail(flights, &flights->flights[result.tag], &result);
	}
}

void
campaign_flights_turn(Flights *flights)
{
	NetResult result;

	campaign_net_turn(flights->loop);
	if (count_away(flights) > 0)
		CAMPAIGN_FAULT("flight.turned");
	while (campaign_net_take(flights->loop, &result))
	{
		CAMPAIGN_FAULT("flight.landed");
		Assert(result.tag < (uint64) flights->room);
		land_request(flights, &flights->flights[result.tag], &result, true);
	}
	take_mails(flights);
}

static bool
is_due(Gathering *gathering, TimestampTz now)
{
	return now >= campaign_gathering_due(gathering);
}

int
campaign_flights_dots(Flights *flights, TimestampTz now, DeliveryDot **dots)
{
	int n = 0;
	int i;

	*dots = NULL;
	if (!is_due(&flights->mails, now))
		return 0;
	*dots = palloc(flights->mails.waiting * sizeof(DeliveryDot));
	for (i = 0; i < flights->room; i++)
	{
		Flight *flight = &flights->flights[i];

		if (flight->wants_dot)
			(*dots)[n++] = (DeliveryDot){.form = flight->form,
										 .workspace = flight->workspace,
										 .action = flight->action,
										 .attempt = flight->attempt,
										 .tag = i};
	}
	return n;
}

void
campaign_flights_release(Flights *flights, const DeliveryDot *dots, int n)
{
	int i;

	for (i = 0; i < n; i++)
	{
		Flight *flight = &flights->flights[dots[i].tag];

		flight->wants_dot = false;
		campaign_gathering_done(&flights->mails);
		campaign_gathering_leave(&flights->mails);
		campaign_net_relay_release(flights->relay, dots[i].tag, dots[i].granted);
	}
}

TimestampTz
campaign_flights_next(const Flights *flights, TimestampTz now)
{
	bool busy = count_away(flights) > 0 || campaign_net_relay_sessions(flights->relay) > 0;
	long timeout = busy ? campaign_net_timeout_ms(flights->loop) : -1;
	long relay = campaign_net_relay_timeout_ms(flights->relay);

	if (relay >= 0 && (timeout < 0 || relay < timeout))
		timeout = relay;
	return timeout < 0 ? DT_NOEND : TimestampTzPlusMilliseconds(now, (int64) timeout);
}

int
campaign_flights_count(const Flights *flights)
{
	return count_away(flights) + flights->requests.waiting + flights->mails.waiting;
}

TimestampTz
campaign_flights_record_at(const Flights *flights)
{
	return Min(campaign_gathering_due(&flights->requests), campaign_gathering_due(&flights->mails));
}

/* What our own rules refuse did not leave either. */
static RetryTransport
transport_of(NetFault fault)
{
	switch (fault)
	{
		case NET_OK:
			return RETRY_TRANSPORT_OK;
		case NET_NOT_CONNECTED:
		case NET_REFUSED:
			return RETRY_TRANSPORT_NOT_CONNECTED;
		case NET_CUT:
			return RETRY_TRANSPORT_CUT;
		case NET_TOO_LARGE:
			return RETRY_TRANSPORT_TOO_LARGE;
		case NET_OTHER:
			return RETRY_TRANSPORT_OTHER;
	}
	return RETRY_TRANSPORT_OTHER;
}

static void
describe(Flight *flight, DeliveryOutcome *outcome)
{
	outcome->workspace = flight->workspace;
	outcome->action = flight->action;
	outcome->channel = flight->channel;
	outcome->attempt = flight->attempt;
	outcome->index = 0;
	outcome->size = 1 + flight->n_riders;
	outcome->form = flight->form;
	outcome->doubted = flight->doubted;
	outcome->by_adapter = flight->by_adapter;
	outcome->adapter = flight->adapter;
	outcome->person = flight->person;
	outcome->at = flight->at;
	outcome->mail = NULL;
	outcome->transport = RETRY_TRANSPORT_OTHER;
	if (flight->mailed != NULL)
	{
		campaign_flights_mail_describe(flight->mailed, flight->address, &flight->mail, outcome);
		return;
	}
	outcome->transport = transport_of(flight->result.fault);
	outcome->status = flight->result.status;
	outcome->retry_after_s = flight->result.retry_after_s;
	outcome->body = flight->result.body;
	outcome->body_len = flight->result.body_len;
	outcome->detail = flight->result.detail;
}

/* The same answer for each action of the request; how many. */
static int
describe_all(Flight *flight, DeliveryOutcome *outcomes)
{
	int i;

	describe(flight, outcomes);
	for (i = 1; i <= flight->n_riders; i++)
	{
		const DeliveryRider *rider = &flight->riders[i - 1];

		outcomes[i] = outcomes[0];
		outcomes[i].action = rider->action;
		outcomes[i].attempt = rider->attempt;
		outcomes[i].person = rider->person;
		outcomes[i].index = i;
	}
	return outcomes->size;
}

static int
by_order(const void *a, const void *b)
{
	uint64 left = (*(Flight *const *) a)->order;
	uint64 right = (*(Flight *const *) b)->order;

	return left < right ? -1 : left > right;
}

int
campaign_flights_outcomes(Flights *flights, TimestampTz now, DeliveryOutcome **outcomes, int max)
{
	Flight **landed = palloc(flights->room * sizeof(Flight *));
	int actions = 0;
	int given = 0;
	int n = 0;
	int i;

	for (i = 0; i < flights->room; i++)
	{
		Flight *flight = &flights->flights[i];

		if (flight->state == FLIGHT_LANDED && is_due(gathering_of(flights, flight), now))
			landed[n++] = flight;
	}
	qsort(landed, n, sizeof(Flight *), by_order);
	n = Min(n, max);
	for (i = 0; i < n; i++)
		actions += 1 + landed[i]->n_riders;
	*outcomes = palloc(Max(actions, 1) * sizeof(DeliveryOutcome));
	for (i = 0; i < n; i++)
	{
		given += describe_all(landed[i], &(*outcomes)[given]);
		landed[i]->state = FLIGHT_GIVEN;
	}
	pfree(landed);
	return given;
}

static void
forget(Flight *flight)
{
	int i;

	if (flight->owns_result)
		campaign_net_result_free(&flight->result);
	for (i = 0; i < flight->n_riders; i++)
		if (flight->riders[i].person != NULL)
			pfree(unconstify(char *, flight->riders[i].person));
	if (flight->riders != NULL)
		pfree(flight->riders);
	if (flight->person != NULL)
		pfree(flight->person);
	if (flight->adapter != NULL)
		pfree(flight->adapter);
	if (flight->mailed != NULL)
		pfree(flight->mailed);
	if (flight->address != NULL)
		pfree(flight->address);
	flight->state = FLIGHT_NONE;
}

void
campaign_flights_recorded(Flights *flights)
{
	int i;

	for (i = 0; i < flights->room; i++)
	{
		if (flights->flights[i].state != FLIGHT_GIVEN)
			continue;
		campaign_gathering_done(gathering_of(flights, &flights->flights[i]));
		forget(&flights->flights[i]);
	}
}

void
campaign_flights_unrecorded(Flights *flights)
{
	int i;

	for (i = 0; i < flights->room; i++)
	{
		Flight *flight = &flights->flights[i];

		if (flight->state != FLIGHT_GIVEN)
			continue;
		flight->state = FLIGHT_LANDED;
		flight->order = flights->landings++;
	}
}
