/*
 * notice.h
 *		What members are told over channels of the network: owners that contacts wait for their approval,
 *		subscribers of alerts.
 *
 * Started and recorded by the dispatcher in the transactions in which it starts and records actions, and
 * under the same promise: repeated until it is accepted, where that cannot mean twice.
 */
#ifndef CAMPAIGN_NOTICE_H
#define CAMPAIGN_NOTICE_H

#include "engine/round.h"
#include "engine/side_send.h"

/* Takes those that wait in the round's workspace; n of them are in sends. How many were taken. */
extern int campaign_notice_start(const Round *round, int64 incarnation, SideSend **sends, int *n);

/* Writes what came of them. */
extern int campaign_notice_record(const Round *round, int64 incarnation,
								  const DeliveryOutcome *outcomes, int n);

/* Those that dead incarnations had under way go again, where they surely were not sent, or may be twice. */
extern int campaign_notice_recover(int64 incarnation, TimestampTz now,
								   bool (*alive)(int64 incarnation));

#endif
