/*
 * walk.h
 *		One call that moves a run: what it was told, what it has found out, and the few things of which
 *		every transition is made. For machine.c alone; what others may call is in machine.h.
 *
 * What is done at a step, and when, is decided there and not here.
 */
#ifndef CAMPAIGN_WALK_H
#define CAMPAIGN_WALK_H

#include "core/machine.h"

/* One call that moves a run. */
typedef struct Walk
{
	const Graph *graph;
	MachineRun *run;
	MachineEffects *effects;
	MachineStates states;
	Instant limit;        /* timers up to here have run out */
	Instant states_since; /* the states are known to hold from here on */
	Instant events_since; /* run->events has not changed since then */
	bool by_event;        /* an event tells since when the states hold */
	bool from_start;      /* the run has not halted since it was started */
} Walk;

/* A walk up to now by what is known now; an event changes it. */
extern Walk campaign_walk_begin(const Graph *graph, MachineRun *run, MachineStates states,
								Instant now, MachineEffects *effects);

/* True if what the step asks is not known: something has come since paths were asked last. */
extern bool campaign_walk_unknown(const Walk *walk);

/* True if the event by which the present stage is left has come. */
extern bool campaign_walk_awaited_came(const Walk *walk);

/* True if the present step is a stage that this prospect may not enter. */
extern bool campaign_walk_shut(const Walk *walk);

/* Why the run leaves wherever it stands; with by_events, as far as its events alone say. */
extern const char *campaign_walk_exit_code(const Walk *walk, bool by_events);

/* Appends an effect, or sets overflow if there is no room. */
extern void campaign_walk_emit(MachineEffects *effects, MachineEffectKind kind, int step,
							   int branch, Instant until);

/* The present step was completed as of this instant: leaves it by this link. */
extern void campaign_walk_pass(Walk *walk, int next, int branch, Instant completed_at);

/* Goes to this step, which is then due as of when the one before was completed. */
extern void campaign_walk_go_to(MachineRun *run, int step);

/* Leaves at the present step, for good. */
extern void campaign_walk_end(MachineRun *run, MachineEffects *effects, EndKind end,
							  const char *code);

#endif
