/*
 * world.h
 *		A small world for the state machine: one run through one random sequence, under a virtual clock.
 *
 * It drives the machine as the engine does: what was reported is applied in order of occurrence, then
 * outcomes, then time, late by anything from nothing to days. Beside it the effects are replayed by
 * themselves, and must lead to where the run stands. A seed decides everything.
 */
#ifndef CAMPAIGN_WORLD_H
#define CAMPAIGN_WORLD_H

#include "core/machine.h"
#include "random_graph.h"
#include "zones.h"

#define WORLD_START (INT64_C(9600) * INSTANT_DAY)
#define WORLD_MAX_FACTS 24

typedef enum FactKind
{
	FACT_EVENT,
	FACT_REPLY,
	FACT_STATES, /* an event that changes the states with it */
	FACT_SILENT, /* the states change, and nobody says so */
	FACT_REMOVAL
} FactKind;

typedef struct Fact
{
	FactKind kind;
	Instant occurred_at;
	Instant visible_at;
	uint64_t bits;
	MachineStates states;
	bool applied;
} Fact;

/* What is lived: how one seed differs from another, or one life of a seed from its other. */
typedef struct Manner
{
	uint64_t seed;
	bool events_only;
	bool loops;
	bool late;
	bool trace;
} Manner;

typedef struct World
{
	Manner manner;
	Random fate; /* decides what happens */
	Random
		lateness; /* decides when it is noticed, so that one fate can be lived at different paces */
	RandomGraph made;
	const Graph *graph;
	Fact facts[WORLD_MAX_FACTS];
	int n_facts;
	TestZone zone;
	WeeklySlot slots[3];
	Day holidays[8];
	Instant dates[RANDOM_DATES];
	MachineCalendar calendar;
	MachineRun run;
	MachineStates states;
	Instant now;
	Instant outcome_at; /* of the open action */
	MachineEffect items[MACHINE_MAX_MOVES];
	MachineEffects effects;

	/* What the effects alone say. */
	int step;
	int lap;
	Instant base;
	Instant delayed_until;
	bool open;
	bool staged;        /* stands at a stage, until somebody lets it go on */
	Instant promote_at; /* when that will be */
	int jumps;          /* how often it was let go on elsewhere than to the next step */
	int ends;
	int queued_in[RANDOM_MAX_STEPS]; /* the lap in which an action was queued last */

	uint64_t hash;
	const char *violation;
} World;

/* Over all lives, to show that none of it was left out. */
extern int world_seen_effects[MACHINE_ENDED + 1];
extern int world_seen_ends[END_ARCHIVED + 1];
extern int world_seen_kinds[GRAPH_END + 1];

/* Lives through it all; what went wrong is world->violation. */
extern void world_live(World *world, Manner manner);

/* Notes what went wrong, if it is the first; the second only if it does not hold. */
extern void world_violate(World *world, const char *what);
extern void world_require(World *world, bool holds, const char *what);

/* One number more of what a life was like. */
extern void world_mix(World *world, int64_t number);

/* Hours since the start; -1 = never. */
extern double world_hours(Instant instant);

/* Does what the effect says, beside the machine, and looks whether it may. */
extern void world_replay(World *world, const MachineEffect *effect);

#endif
