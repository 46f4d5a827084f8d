/*
 * ledger.h
 *		What a round is going to write, gathered run by run and written set-wise at its end.
 *
 * The machine says what happens to a run; the ledger turns that into rows: actions, events,
 * counters, and the runs themselves. Order of use: open, note and apply for each run as often as
 * needed, write once. Nothing is in the database before campaign_ledger_write(). What the actions need
 * besides, accounts and lanes, is found in engine/ledger_actions.
 *
 * Which way a run took at a split is an event split_drawn, with the step and {"way": "1"}, and a counter
 * of kind way_1 at that step: the first for what became of those runs, the second for how many they
 * are. Ways are numbered from 1. The same way can be had again at any time by campaign_machine_draw().
 */
#ifndef CAMPAIGN_LEDGER_H
#define CAMPAIGN_LEDGER_H

#include "engine/inside_steps.h"
#include "engine/ledger_actions.h"
#include "engine/runs.h"
#include "engine/stage_entries.h"
#include "store/counters.h"
#include "store/events.h"

typedef struct Ledger
{
	Runs *runs;
	EventLog events;
	Counters counters;
	LedgerActions actions;
	InsideSteps inside;
	StageEntries stages;
	MachineEffects overdue; /* scratch, of what follows from skipping them */
} Ledger;

extern void campaign_ledger_open(Ledger *ledger, Runs *runs);

/* A scratch list for the machine's effects, emptied. */
extern MachineEffects *campaign_ledger_effects(MachineEffects *effects);

/*
 * Takes over what the machine has made of the run, with its effects. A run with more effects than
 * there is room for is held (internal_error) as it was.
 */
extern void campaign_ledger_apply(Ledger *ledger, Run *run, const MachineEffects *effects);

/*
 * Skips the open action on which the run is halted, which was due at this instant in a pause, and takes
 * over what follows.
 */
extern void campaign_ledger_skip_overdue(Ledger *ledger, Run *run, TimestampTz due_at);

/* Counts n of this kind for the run's campaign at the step where the run stands. */
extern void campaign_ledger_count(Ledger *ledger, const Run *run, const char *kind, int64 n);

/* Logs an event of the run. */
extern void campaign_ledger_event(Ledger *ledger, const Run *run, const char *kind, int64 action,
								  TimestampTz at, const char *actor, Jsonb *detail);

/* Holds the run: nothing happens to it until it is requeued. */
extern void campaign_ledger_hold(Ledger *ledger, Run *run, const char *reason, const char *detail);

/* The run is not held any more; that it moves on is up to the caller. */
extern void campaign_ledger_release(Ledger *ledger, Run *run);

/* Writes everything, and asks for the dispatchers to be woken if something was queued. */
extern void campaign_ledger_write(Ledger *ledger);

#endif
