/*
 * flights.c
 *		Requests of a dispatcher from their start until their outcome is recorded.
 */
#include "worker/flights.h"

#include "utils/memutils.h"

#include "store/clock.h"
#include "store/fault.h"
#include "worker/flight.h"
#include "worker/flights_mail.h"
#include "worker/gathering.h"

/*
 * How long outcomes wait for company. A mail takes three transactions, each with statements of its own,
 * and few are under way at a time where its server is slow: carried along with whatever requests are
 * back, each of them would make the transactions of requests longer by what a dozen requests take.
 */
#define REQUEST_PATIENCE_MS 2
#define MAIL_PATIENCE_MS 15

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
	NetHeader authorization;
	NetRequest request;
	NetResult refused = {.fault = NET_NOT_CONNECTED,
						 .retry_after_s = -1,
						 .body = "",
						 .detail = "begin: no free place or memory"};

	campaign_flight_request(start, flight - flights->flights, &authorization, &request);
	campaign_gathering_leave(&flights->requests);
	if (start->refused != NULL)
		strlcpy(refused.detail, start->refused, sizeof(refused.detail));
	if (start->refused != NULL || !campaign_net_submit(flights->loop, &request))
		land_request(flights, flight, &refused, false);
}

void
campaign_flights_depart(Flights *flights, const DeliveryStart *start)
{
	Flight *flight = find_free(flights);

	memset(flight, 0, sizeof(*flight));
	flight->state = FLIGHT_AWAY;
	campaign_flight_board(flight, start, GetMemoryChunkContext(flights));
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

void
campaign_flights_hasten(Flights *flights, TimestampTz now)
{
	campaign_gathering_hasten(&flights->requests, now);
	campaign_gathering_hasten(&flights->mails, now);
}

TimestampTz
campaign_flights_record_at(const Flights *flights)
{
	return Min(campaign_gathering_due(&flights->requests), campaign_gathering_due(&flights->mails));
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
		given += campaign_flight_describe(landed[i], &(*outcomes)[given]);
		landed[i]->state = FLIGHT_GIVEN;
	}
	pfree(landed);
	return given;
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
		campaign_flight_forget(&flights->flights[i]);
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
