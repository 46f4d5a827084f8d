/*
 * departures.h
 *		What a transaction of a dispatcher has started, in the form in which it leaves.
 *
 * Everything is copied to the given context, since it is needed after the transaction has committed.
 * starts: n of them, zeroed; how many requests there are comes back where several may leave as one.
 * Not for what may start: see starts.h.
 */
#ifndef CAMPAIGN_DEPARTURES_H
#define CAMPAIGN_DEPARTURES_H

#include "postgres.h"

#include "engine/deliver.h"
#include "engine/starts.h"
#include "engine/trial.h"
#include "store/polls.h"

extern int campaign_departures_of_actions(MemoryContext context, int64 workspace,
										  const StartedAction *started, int n,
										  DeliveryStart *starts);

/* Questions are few and short, and take no place. The same question of several actions is asked once. */
extern int campaign_departures_of_polls(MemoryContext context, int64 workspace, const Poll *polls,
										int n, DeliveryStart *starts);

/* Nor do trials and notices. */
extern void campaign_departures_beside(MemoryContext context, int64 workspace,
									   const SideSend *sends, int n, DeliveryStart *starts);

#endif
