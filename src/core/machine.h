/*
 * machine.h
 *		The state machine of an enrollment: a pure function of graph, run, facts and time.
 *
 * A run halts at a step for one reason at a time (RunHalt) and moves only when it is told something:
 * that time has passed, that a fact came, how its action ended. Moving yields a list of effects, in
 * order, which the engine writes down; nothing else happens here. The same call with the same
 * arguments gives the same answer.
 */
#ifndef CAMPAIGN_MACHINE_H
#define CAMPAIGN_MACHINE_H

#include "core/graph.h"

/* Why a run stands where it stands. Stored; the numbers do not change. */
typedef enum RunHalt
{
	RUN_AT_ENTRY = 0,	  /* the step is not begun: due at once */
	RUN_ON_ACTION = 1,	  /* an action is queued or under way; due_at is INSTANT_NEVER */
	RUN_ON_DELAY = 2,	  /* due_at is the end of the delay */
	RUN_ON_CONDITION = 3, /* due_at is the deadline, or "after" while that is still to come */
	RUN_ENDED = 4
} RunHalt;

typedef struct MachineRun
{
	int step;
	RunHalt halt;
	Instant base;	 /* when the step before this one was completed; delays and waits count from it */
	Instant due_at;	 /* when to look again; INSTANT_NEVER = when something is reported */
	uint64_t events; /* kinds of event that have come since the start, as the graph numbers them */
	EndKind end;
	const char *code; /* why it ended: of the graph's or the machine's own static names */
} MachineRun;

typedef enum MachineEffectKind
{
	MACHINE_QUEUED,	   /* an action of this step is to be queued */
	MACHINE_DELAYED,   /* a delay was begun: until = its end */
	MACHINE_WAITING,   /* a wait was begun: until = its deadline */
	MACHINE_PASSED,	   /* the step was done and left; branch = which case of a branch, else -1 */
	MACHINE_TIMED_OUT, /* a wait was left by its else */
	MACHINE_WITHDRAWN, /* the open action of this step is no longer wanted */
	MACHINE_ENDED	   /* the run left at this step, with run->end and run->code */
} MachineEffectKind;

typedef struct MachineEffect
{
	MachineEffectKind kind;
	int step;
	int branch;
	Instant until;
} MachineEffect;

/* A walk without a halt visits a step at most once, so this is enough for any graph up to this size. */
#define MACHINE_MAX_MOVES 1024

typedef struct MachineEffects
{
	int n;
	int max;
	MachineEffect *items;
	bool overflow; /* more moves than room: the run is to be held, nothing of it written */
} MachineEffects;

/* What is true of the prospect now (GraphState bits); the events are in the run. */
typedef uint64_t MachineStates;

typedef enum MachineOutcome
{
	MACHINE_COMPLETE,	   /* executed: delays count from then */
	MACHINE_SKIPPED,	   /* its "if" did not hold when it would have been sent: the run goes on */
	MACHINE_FAILED,		   /* could not be delivered: leaves as END_ERROR */
	MACHINE_REFUSED,	   /* the requirement of its kind no longer held when sending */
	MACHINE_EXPIRED		   /* never completed in time: leaves as END_ERROR */
} MachineOutcome;

/* A run at the first step, due at once. */
extern void campaign_machine_start(const Graph *graph, MachineRun *run, Instant now);

/*
 * Moves on as far as time allows: what is due at now, and all that follows from it without a halt.
 * A wait goes on only if its condition holds in states and run->events. Where it lags behind (now
 * past due_at), delays and waits still count from the instants at which they were due.
 */
extern void campaign_machine_advance(const Graph *graph, MachineRun *run, MachineStates states,
									 Instant now, MachineEffects *effects);

/*
 * An event of these bits occurred at occurred_at and is applied now. First moves on over all timers
 * that were due before occurred_at, so that what comes after a deadline does not count for it; then
 * notes the bits, and moves on as far as they and now allow.
 */
extern void campaign_machine_event(const Graph *graph, MachineRun *run, uint64_t bits,
								   MachineStates states, Instant occurred_at, Instant now,
								   MachineEffects *effects);

/* As campaign_machine_event, for a reply: leaves as success if the graph says exit_on_reply. */
extern void campaign_machine_reply(const Graph *graph, MachineRun *run, uint64_t bits,
								   MachineStates states, Instant occurred_at, Instant now,
								   MachineEffects *effects);

/*
 * The action of the run's step came to this outcome at that instant. Nothing happens if the run is
 * not halted on an action. code names a failure, or is NULL for the machine's own.
 */
extern void campaign_machine_outcome(const Graph *graph, MachineRun *run, MachineOutcome outcome,
									 const char *code, MachineStates states, Instant at,
									 Instant now, MachineEffects *effects);

/* Leaves at once for a reason from outside: removal, opt-out, archiving. Nothing if ended already. */
extern void campaign_machine_leave(MachineRun *run, EndKind end, const char *code,
								   MachineEffects *effects);

/*
 * The code for which an action of this requirement may not be begun in these states, or NULL if it
 * may: already_connected, already_invited, not_connected, no_email. (D6)
 */
extern const char *campaign_machine_refusal(GraphRequirement requires, MachineStates states);

/* True if no invariant is hurt: ended once and for all, or waiting for something that comes. */
extern bool campaign_machine_sound(const Graph *graph, const MachineRun *run);

#endif
