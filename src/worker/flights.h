/*
 * flights.h
 *		Requests of a dispatcher from their start until their outcome is recorded.
 *
 * What came of a request stays here until the transaction that records it has committed, so that no
 * failure of the database loses it. There are never more than the delivery has places.
 */
#ifndef CAMPAIGN_FLIGHTS_H
#define CAMPAIGN_FLIGHTS_H

#include "postgres.h"
#include "engine/deliver.h"
#include "net/relay.h"

typedef struct Flights Flights;

/* In the current context. */
extern Flights *campaign_flights_open(NetLoop *loop, NetRelay *relay, int places);

/* Lets a committed start leave. One that could not even begin has its outcome at once. */
extern void campaign_flights_depart(Flights *flights, const DeliveryStart *start);

/* Gives the network a turn, and takes what has come back. */
extern void campaign_flights_turn(Flights *flights);

/* When the next turn is due, if the descriptor does not become readable before. */
extern TimestampTz campaign_flights_next(const Flights *flights, TimestampTz now);

/* How many are on their way, or back and not recorded. */
extern int campaign_flights_count(const Flights *flights);

/* The clock was set back: what is back waits since now at the latest. */
extern void campaign_flights_hasten(Flights *flights, TimestampTz now);

/* When what has come back is to be recorded, and the dots; DT_NOEND if there is none. */
extern TimestampTz campaign_flights_record_at(const Flights *flights);

/*
 * Mails that are all there but their dots, if these are due, in the current context: what is recorded next
 * is that they may leave. Given again until they are released, once that has committed.
 */
extern int campaign_flights_dots(Flights *flights, TimestampTz now, DeliveryDot **dots);
extern void campaign_flights_release(Flights *flights, const DeliveryDot *dots, int n);

/*
 * Outcomes of the actions of at most max of those that are due, in the current context and pointing into
 * what is kept here, until
 * campaign_flights_recorded says that the last given ones are recorded, or _unrecorded that they are
 * to be given again, after the others.
 */
extern int campaign_flights_outcomes(Flights *flights, TimestampTz now, DeliveryOutcome **outcomes,
									 int max);
extern void campaign_flights_recorded(Flights *flights);
extern void campaign_flights_unrecorded(Flights *flights);

#endif
