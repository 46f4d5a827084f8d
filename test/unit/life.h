/*
 * life.h
 *		One run through a sequence under a virtual clock, for tests of the state machine.
 */
#ifndef CAMPAIGN_LIFE_H
#define CAMPAIGN_LIFE_H

#include "core/machine.h"
#include "unit.h"

#define EVENT_REPLIED (UINT64_C(1) << 0)
#define EVENT_CLICKED (UINT64_C(1) << 1)

/* Any instant would do. */
#define T0 (INT64_C(9600) * INSTANT_DAY + 9 * INSTANT_HOUR)

#define MAX_STEPS 16

/* One run under a virtual clock, with all that it yielded. */
typedef struct Life
{
	GraphStep steps[MAX_STEPS];
	GraphCase cases[MAX_STEPS];
	Graph graph;
	MachineRun run;
	MachineStates states;
	MachineEffect items[MACHINE_MAX_MOVES];
	MachineEffects effects; /* of the last call */
	int n_queued;           /* over all calls */
	int n_withdrawn;
} Life;

static inline GraphCondition
by_state(uint64_t mask)
{
	return (GraphCondition){.source = GRAPH_BY_STATE, .mask = mask};
}

static inline GraphCondition
not_by_state(uint64_t mask)
{
	return (GraphCondition){.source = GRAPH_BY_STATE, .negated = true, .mask = mask};
}

static inline GraphCondition
by_event(uint64_t mask)
{
	return (GraphCondition){.source = GRAPH_BY_EVENT, .mask = mask};
}

static inline void
begin(Life *life)
{
	memset(life, 0, sizeof(*life));
	campaign_graph_init(&life->graph, life->steps, MAX_STEPS, life->cases, MAX_STEPS);
	life->graph.exit_on_reply = true;
	life->states = GRAPH_STATE_NOT_CONNECTED;
	life->effects.max = MACHINE_MAX_MOVES;
	life->effects.items = life->items;
}

/* Appends a step that leads to the one after it. */
static inline GraphStep *
add(Life *life, GraphStepKind kind, const char *name)
{
	int index = campaign_graph_add_step(&life->graph, kind, name, name);

	life->steps[index].next = index + 1;
	return &life->steps[index];
}

static inline void
add_end(Life *life, EndKind end, const char *code)
{
	GraphStep *step = add(life, GRAPH_END, code);

	step->end = end;
	step->code = code;
}

static inline void
add_delay(Life *life, Instant delay)
{
	add(life, GRAPH_DELAY, "delay")->delay = delay;
}

static inline GraphStep *
add_wait(Life *life, GraphCondition until, Instant after, Instant within, int otherwise)
{
	GraphStep *step = add(life, GRAPH_WAIT, "wait");

	step->condition = until;
	step->after = after;
	step->within = within;
	step->otherwise = otherwise;
	return step;
}

static inline void
count(Life *life)
{
	for (int i = 0; i < life->effects.n; i++)
	{
		life->n_queued += life->items[i].kind == MACHINE_QUEUED;
		life->n_withdrawn += life->items[i].kind == MACHINE_WITHDRAWN;
	}
}

static inline void
advance(Life *life, Instant now)
{
	life->effects.n = 0;
	campaign_machine_advance(&life->graph, &life->run, life->states, now, &life->effects);
	count(life);
}

static inline void
event(Life *life, uint64_t bits, Instant occurred_at, Instant now)
{
	life->effects.n = 0;
	campaign_machine_event(&life->graph, &life->run, bits, life->states, occurred_at, now,
						   &life->effects);
	count(life);
}

static inline void
reply(Life *life, Instant occurred_at, Instant now)
{
	life->effects.n = 0;
	campaign_machine_reply(&life->graph, &life->run, EVENT_REPLIED, life->states, occurred_at, now,
						   &life->effects);
	count(life);
}

static inline void
outcome(Life *life, MachineOutcome how, Instant at, Instant now)
{
	life->effects.n = 0;
	campaign_machine_outcome(&life->graph, &life->run, how, NULL, life->states, at, now,
							 &life->effects);
	count(life);
}

/* The connection comes about, and is applied at once. */
static inline void
connect_at(Life *life, Instant at)
{
	life->states = GRAPH_STATE_CONNECTED;
	event(life, 0, at, at);
}

static inline void
start(Life *life)
{
	if (!campaign_graph_seal(&life->graph))
		OK(false, "the graph of the test is complete");
	campaign_machine_start(&life->graph, &life->run, T0);
	advance(life, T0);
}

static inline bool
at(const Life *life, const char *step, RunHalt halt)
{
	return life->run.halt == halt && strcmp(life->steps[life->run.step].name, step) == 0;
}

static inline bool
ended(const Life *life, EndKind end, const char *code)
{
	return life->run.halt == RUN_ENDED && life->run.end == end &&
		   strcmp(life->run.code, code) == 0 && campaign_machine_sound(&life->graph, &life->run);
}

/* The reference walk of S2.27, started with these states. */
static inline void
start_visit_invitation_message(Life *life, MachineStates states)
{
	GraphStep *invite;

	begin(life);
	add(life, GRAPH_ONLY_IF, "only_if")->condition = by_state(GRAPH_STATE_NOT_CONNECTED);
	add(life, GRAPH_ACTION, "visit");
	add_delay(life, 2 * INSTANT_DAY);
	invite = add(life, GRAPH_ACTION, "invite");
	invite->requires = GRAPH_REQUIRES_NOT_CONNECTED;
	invite->creates_relation = true;
	add_wait(life, by_state(GRAPH_STATE_CONNECTED), 0, 15 * INSTANT_DAY, 9);
	add(life, GRAPH_ACTION, "message")->requires = GRAPH_REQUIRES_CONNECTED;
	add_wait(life, by_event(EVENT_REPLIED), 0, 7 * INSTANT_DAY, 8);
	add_end(life, END_SUCCESS, "success");
	add_end(life, END_FAILURE, "no_reply");
	add_end(life, END_FAILURE, "not_accepted");
	life->states = states;
	start(life);
}

/* As far as the invitation that was executed at this instant. */
static inline Instant
until_invited(Life *life)
{
	Instant invited = T0 + 2 * INSTANT_DAY + INSTANT_HOUR;

	start_visit_invitation_message(life, GRAPH_STATE_NOT_CONNECTED);
	outcome(life, MACHINE_COMPLETE, T0, T0);
	advance(life, T0 + 2 * INSTANT_DAY);
	life->states = GRAPH_STATE_PENDING;
	outcome(life, MACHINE_COMPLETE, invited, invited);
	return invited;
}

#endif
