/*
 * settlement.h
 *		What a dispatcher's transaction writes about actions, gathered and written set-wise.
 *
 * An outcome reaches the run through the inbox: a run that somebody has locked never makes a
 * dispatcher wait, and all transitions stay with the rounds of the scheduler.
 */
#ifndef CAMPAIGN_SETTLEMENT_H
#define CAMPAIGN_SETTLEMENT_H

#include "engine/compiled.h"
#include "engine/round.h"
#include "store/actions.h"
#include "store/counters.h"
#include "store/events.h"
#include "store/inbox.h"

/* The action that a change is about, as far as its consequences need to know. */
typedef struct SettledAction
{
	int64 id;
	int64 campaign;
	int64 prospect;
	int64 enrollment;
	int step;
	const char *person;
	DateADT day; /* of counters */
} SettledAction;

typedef struct Settlement
{
	const Round *round;
	EventLog events;
	Counters counters;
	ActionChange *changes;
	InboxRow *reports;
	int n_changes;
	int n_reports;
	int max; /* room for so many of each */
} Settlement;

/* max: at most so many actions. */
extern void campaign_settlement_open(Settlement *settlement, const Round *round, int max);

/* A change to fill in, with everything optional left as it is. */
extern ActionChange *campaign_settlement_change(Settlement *settlement, int64 action,
												const char *state, const char *reason, int attempt,
												bool maybe_sent);

/* Logs and counts; kind of the event, kind of the counter (NULL = not counted). */
extern void campaign_settlement_note(Settlement *settlement, const SettledAction *action,
									 const char *event, const char *counter, Jsonb *detail);

/* Tells the run how its action ended: complete, skipped, failed, refused, expired. */
extern void campaign_settlement_report(Settlement *settlement, const SettledAction *action,
									   const char *outcome, const char *code, TimestampTz at);

/* Reports a fact of this kind about the action's person, to all of his runs; account: 0 = of none. */
extern void campaign_settlement_fact(Settlement *settlement, const SettledAction *action,
									 const char *kind, int64 account, TimestampTz at,
									 Jsonb *detail);

/* Writes everything, and asks for the scheduler if there is something to take in. */
extern void campaign_settlement_write(Settlement *settlement);

#endif
