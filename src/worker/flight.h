/*
 * flight.h
 *		One request of a dispatcher from its start until its outcome is recorded: what is kept of it, and what
 *		it says to the network before and to the engine afterwards. Not for when it leaves and is recorded,
 *		which flights.h decides.
 */
#ifndef CAMPAIGN_FLIGHT_H
#define CAMPAIGN_FLIGHT_H

#include "postgres.h"
#include "engine/deliver.h"
#include "net/http.h"
#include "net/relay.h"

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

/* Keeps what is needed of a start until the end; texts are copied into the context. */
extern void campaign_flight_board(Flight *flight, const DeliveryStart *start,
								  MemoryContext context);

/* What to ask of the network; the request points into the start and to authorization. */
extern void campaign_flight_request(const DeliveryStart *start, uint64 tag,
									NetHeader *authorization, NetRequest *request);

/* What came of each action of a request that has landed, pointing into the flight: the same answer. How many. */
extern int campaign_flight_describe(Flight *flight, DeliveryOutcome *outcomes);

/* Frees what is kept, and the flight's place. */
extern void campaign_flight_forget(Flight *flight);

#endif
