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

#include "core/calendar.h"
#include "core/graph.h"
#include "core/hours.h"

/*
 * Why a run stands where it stands. Stored; the numbers do not change. What may follow each halt is
 * said in machine.c. Whoever shifts a timer shifts base and due_at together.
 */
typedef enum RunHalt
{
	RUN_AT_ENTRY = 0,     /* the step is not begun: due at once */
	RUN_ON_ACTION = 1,    /* an action is queued or under way; due_at is INSTANT_NEVER */
	RUN_ON_DELAY = 2,     /* due_at is the end of the delay */
	RUN_ON_CONDITION = 3, /* due_at is the deadline, or "after" while that is still to come */
	RUN_ENDED = 4,
	RUN_ON_STAGE = 5 /* a person or an event lets it go on; due_at is INSTANT_NEVER */
} RunHalt;

/*
 * What delays of a run go by that are no lengths of time: the calendar where its campaign is, and the
 * dates of its prospect, both as they are when the run is moved. Read only.
 */
typedef struct MachineCalendar
{
	Zone zone;
	const WeeklySlot *slots;
	int n_slots;
	const Day *holidays; /* in order */
	int n_holidays;
	const Instant *dates; /* by GraphStep.date; INSTANT_NEVER = there is none */
} MachineCalendar;

typedef struct MachineRun
{
	int step;
	RunHalt halt;
	Instant base;    /* when the step before was completed; delays and waits count from it */
	Instant due_at;  /* when to look again; INSTANT_NEVER = when something is reported */
	uint64_t events; /* kinds of event that have come since the start, as the graph numbers them */
	int lap; /* from 1; another one begins with each step back, see campaign_machine_start() */
	uint64_t seed; /* what lots are drawn by: given by the caller, of campaign and prospect alone */
	const MachineCalendar *calendar; /* the caller's; NULL if no delay of the graph goes by one */
	EndKind end;
	const char *code; /* why it ended: of the graph, static, or what the caller gave */
} MachineRun;

typedef enum MachineEffectKind
{
	MACHINE_QUEUED,    /* an action of this step is to be queued */
	MACHINE_DELAYED,   /* a delay was begun: until = its end */
	MACHINE_WAITING,   /* a wait was begun: until = its deadline */
	MACHINE_PASSED,    /* the step was done and left; branch = which case, -1 = else or no cases */
	MACHINE_PREVENTED, /* the requirement of an action did not hold: left by its other way; code */
	MACHINE_TIMED_OUT, /* a wait was left by its else */
	MACHINE_OVERDUE, /* the date of a delay had passed when it was entered: left by its other way */
	MACHINE_SET,     /* what this step says about the prospect is to be written down */
	MACHINE_ENROLL, /* the prospect is to be enrolled where this step says, once this run has ended */
	MACHINE_STAGE,  /* a stage was entered; it may be one by which the run ends */
	MACHINE_JUMPED, /* the step was left by hand for another than the next: branch = which */
	MACHINE_GATED, /* this stage is not for who has not opted in: the run is to be held before it */
	MACHINE_WITHDRAWN, /* the open action of this step is no longer wanted */
	MACHINE_ENDED      /* the run left at this step, with run->end and run->code */
} MachineEffectKind;

/*
 * For all but the two that say otherwise, until is the instant as of which it happened, which is
 * run->base at that point, however late it is found out: S2.26 counts queueing from it.
 */
typedef struct MachineEffect
{
	MachineEffectKind kind;
	int step;
	int branch;
	Instant until;
	const char *code; /* prevented: that of campaign_machine_refusal(); else NULL */
} MachineEffect;

/* A walk without a halt visits a step at most once: enough for any graph that passes its check. */
#define MACHINE_MAX_MOVES (2 * GRAPH_MAX_STEPS)

/*
 * overflow: more moves than room; the run is to be held, nothing of it written. Being late alone does
 * not set it in campaign_machine_advance(), which stops at a timer that is still due: call it again.
 */
typedef struct MachineEffects
{
	int n;
	int max;
	MachineEffect *items;
	bool overflow;
} MachineEffects;

/*
 * What is true of the prospect now (GraphState bits, and those of paths); the events are in the run.
 * With an event: as it is right after that event, and before any later one, but for the paths, of which
 * it says what held before. What just came may change them: until they have been found out anew a walk
 * stops where it would have to ask, and is due.
 */
typedef uint64_t MachineStates;

typedef enum MachineOutcome
{
	MACHINE_COMPLETE, /* executed: delays count from then */
	MACHINE_SKIPPED,  /* its "if" did not hold when it would have been sent: the run goes on */
	MACHINE_FAILED,   /* could not be delivered: leaves as END_ERROR */
	MACHINE_REFUSED,  /* the requirement of its kind no longer held when sending: its other way */
	MACHINE_EXPIRED   /* never completed in time: leaves as END_ERROR */
} MachineOutcome;

/*
 * A run at the first step, due at once, in lap 1; its seed is the caller's to set.
 *
 * A loop has at least one link that does not lead forward, so a run comes to no step twice in one lap:
 * step and lap name an occurrence.
 */
extern void campaign_machine_start(const Graph *graph, MachineRun *run, Instant now);

/*
 * Leaves if the goal is reached or exit_if holds. Else moves on as far as time allows: what is due at
 * now, and all that follows from it without a halt.
 * A wait goes on only if its condition holds in states and run->events. Where it lags behind (now
 * past due_at), delays and waits still count from the instants at which they were due.
 *
 * May be called before due_at, to look at a wait for a state again. What came as an event counts from
 * then; a state counts from now, and no more once the deadline has passed, since nobody knows how long
 * it has been so. Only the look that was due at the end of "after" takes the states of now for those
 * of then, so that a pause over the whole wait makes nobody fail (S2.32).
 */
extern void campaign_machine_advance(const Graph *graph, MachineRun *run, MachineStates states,
									 Instant now, MachineEffects *effects);

/*
 * An event of these bits occurred at occurred_at and is applied now. First moves on over all timers
 * that were due before occurred_at, so that what comes after a deadline does not count for it; then
 * notes the bits, and moves on as far as they and now allow. An event of the future occurs now.
 *
 * Of several events that are applied at once, in order, each but the last is given now = its own
 * occurred_at; else the first would move the run over deadlines that the second still meets. Overflow
 * can mean here that the run is far behind: see campaign_machine_catch_up().
 */
extern void campaign_machine_event(const Graph *graph, MachineRun *run, uint64_t bits,
								   MachineStates states, Instant occurred_at, Instant now,
								   MachineEffects *effects);

/*
 * The first half of the two: runs off the timers that were due before occurred_at, as far as there is
 * room for their effects. True if more are left: to be called again, once the effects are taken. For a
 * run that is so far behind that campaign_machine_event() or campaign_machine_reply() overflows.
 */
extern bool campaign_machine_catch_up(const Graph *graph, MachineRun *run, MachineStates states,
									  Instant occurred_at, Instant now, MachineEffects *effects);

/*
 * As campaign_machine_event, for a run that does not move, because it is held or its campaign paused:
 * leaves if the event reaches the goal, or is what exit_if asks about, and else does nothing; true if
 * it left.
 */
extern bool campaign_machine_settle(const Graph *graph, MachineRun *run, uint64_t bits,
									Instant occurred_at, MachineEffects *effects);

/*
 * As campaign_machine_event, for a reply: leaves as success, code replied, if the graph says
 * exit_on_reply. An action that was due before the reply, but late, is queued and withdrawn at once.
 */
extern void campaign_machine_reply(const Graph *graph, MachineRun *run, uint64_t bits,
								   MachineStates states, Instant occurred_at, Instant now,
								   MachineEffects *effects);

/*
 * The action of the run's step came to this outcome at that instant. Nothing happens if the run is
 * not halted on an action. code names a failure, and must live as long as run->code is read; NULL
 * stands for the machine's own: delivery_failed, expired, and for a refusal that of
 * campaign_machine_refusal(), or else precondition_failed.
 */
extern void campaign_machine_outcome(const Graph *graph, MachineRun *run, MachineOutcome outcome,
									 const char *code, MachineStates states, Instant at,
									 Instant now, MachineEffects *effects);

/* Leaves at once for a reason from outside: removal, opt-out, archiving. Nothing if ended already. */
extern void campaign_machine_leave(MachineRun *run, EndKind end, const char *code,
								   MachineEffects *effects);

/*
 * By hand: a run that stands at a stage leaves it for this step, GRAPH_NONE = for what follows; one that is
 * at the entry of a step begins with this one instead. The step is then due at now, and is not entered
 * yet: campaign_machine_advance() does that. False, and nothing happens, where the run stands elsewhere.
 */
extern bool campaign_machine_promote(const Graph *graph, MachineRun *run, int to, Instant now,
									 MachineEffects *effects);

/*
 * By hand: leaves at once as removed, with this code, by the stage of those who were dropped if there is
 * one. Nothing if ended already.
 */
extern void campaign_machine_drop(const Graph *graph, MachineRun *run, const char *code,
								  Instant now, MachineEffects *effects);

/*
 * The step on which the run is halted says another time now: its timer counts anew, from when the step
 * before was completed, and may have run out. False if it waits for no time.
 */
extern bool campaign_machine_rearm(const Graph *graph, MachineRun *run, Instant now);

/* What the next call for this run may have to know (GraphReads). */
extern unsigned campaign_machine_reads(const Graph *graph, const MachineRun *run);

/* The paths that campaign_machine_advance() may ask for this run. */
extern uint64_t campaign_machine_paths(const Graph *graph, const MachineRun *run);

/* True if the run, as it halts, may move by something that nobody reports: look at it now and then. */
extern bool campaign_machine_watches(const Graph *graph, const MachineRun *run);

/*
 * Why a run leaves in these states wherever it stands: "goal", "exit_if", or NULL if it does not; and
 * as what, END_NONE for any other code.
 */
extern const char *campaign_machine_exit(const Graph *graph, MachineStates states, uint64_t events);
extern EndKind campaign_machine_exit_end(const char *code);

/* True if the campaign's hold_if holds: nothing is sent. */
extern bool campaign_machine_on_hold(const Graph *graph, MachineStates states, uint64_t events);

/*
 * The code for which an action of this requirement may not be begun in these states, or NULL if it
 * may: already_connected, already_invited, not_connected, no_email. (D6)
 */
extern const char *campaign_machine_refusal(GraphRequirement requires, MachineStates states);

/*
 * The case of a split that this seed draws. The same for the same name of the step, shares and seed,
 * whatever else the sequence holds: a run that is repeated or imagined goes the same way. (B14)
 */
extern int campaign_machine_draw(const Graph *graph, const GraphStep *split, uint64_t seed);

/* True if no invariant is hurt: ended once and for all, or waiting for something that comes. */
extern bool campaign_machine_sound(const Graph *graph, const MachineRun *run);

#endif
