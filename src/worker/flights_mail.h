/*
 * flights_mail.h
 *		Flights of mail: what a start asks of the relay, and what its result says to the engine.
 */
#ifndef CAMPAIGN_FLIGHTS_MAIL_H
#define CAMPAIGN_FLIGHTS_MAIL_H

#include "postgres.h"
#include "engine/deliver.h"
#include "net/relay.h"

/* False if it could not even begin: then result says why. */
extern bool campaign_flights_mail_submit(NetRelay *relay, uint64 tag, const DeliveryStart *start,
										 NetMailResult *result);

/* mail points into result and address. */
extern void campaign_flights_mail_describe(const NetMailResult *result, const char *address,
										   DeliveredMail *mail, DeliveryOutcome *outcome);

#endif
