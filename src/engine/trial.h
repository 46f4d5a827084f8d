/*
 * trial.h
 *		Texts that are sent for trial, beside the queue: started and recorded by the dispatcher in the
 *		transactions in which it starts and records actions, and tried once.
 *
 * They take no place, wait for no quota, count nothing and report to no run.
 */
#ifndef CAMPAIGN_TRIAL_H
#define CAMPAIGN_TRIAL_H

#include "engine/round.h"
#include "engine/side_send.h"

/*
 * Takes those that wait in the round's workspace. What a channel keeps is done when this returns; n of the
 * others are in sends, and leave by the network. How many were taken in all.
 */
extern int campaign_trial_start(const Round *round, int64 incarnation, bool network,
								SideSend **sends, int *n);

/* Writes what came of them. */
extern int campaign_trial_record(const Round *round, int64 incarnation,
								 const DeliveryOutcome *outcomes, int n);

/* Those that dead incarnations had under way are unknown; how many. */
extern int campaign_trial_recover(int64 incarnation, TimestampTz now,
								  bool (*alive)(int64 incarnation));

#endif
