/*
 * walk.c
 *		One call that moves a run: what it knows, and the few things of which every transition is made.
 *		Which of them are done, and when, is decided in machine.c.
 */
#include "core/walk.h"

#include <stddef.h>

Walk
campaign_walk_begin(const Graph *graph, MachineRun *run, MachineStates states, Instant now,
					MachineEffects *effects)
{
	Walk walk = {.graph = graph,
				 .run = run,
				 .effects = effects,
				 .states = states,
				 .limit = now,
				 .states_since = now,
				 .events_since = INT64_MIN};

	return walk;
}

bool
campaign_walk_unknown(const Walk *walk)
{
	return (walk->states & GRAPH_STATE_PATHS_KNOWN) == 0 &&
		   campaign_graph_asks_path(walk->graph, walk->run->step);
}

bool
campaign_walk_awaited_came(const Walk *walk)
{
	GraphCondition condition = walk->graph->steps[walk->run->step].condition;

	return condition.source == GRAPH_BY_EVENT &&
		   campaign_graph_holds(condition, 0, walk->run->events);
}

bool
campaign_walk_shut(const Walk *walk)
{
	const GraphStep *step = &walk->graph->steps[walk->run->step];

	return step->kind == GRAPH_STAGE && step->gated && !step->disabled &&
		   (walk->states & GRAPH_STATE_OPTED_IN) == 0;
}

const char *
campaign_walk_exit_code(const Walk *walk, bool by_events)
{
	const Graph *graph = walk->graph;
	uint64_t events = walk->run->events;

	if (!by_events)
		return campaign_machine_exit(graph, walk->states, events);
	if (graph->goal.source == GRAPH_BY_EVENT && campaign_graph_holds(graph->goal, 0, events))
		return "goal";
	if (graph->exit_if.source == GRAPH_BY_EVENT && campaign_graph_holds(graph->exit_if, 0, events))
		return "exit_if";
	return NULL;
}

void
campaign_walk_emit(MachineEffects *effects, MachineEffectKind kind, int step, int branch,
				   Instant until)
{
	MachineEffect *effect;

	if (effects->n >= effects->max)
	{
		effects->overflow = true;
		return;
	}
	effect = &effects->items[effects->n++];
	effect->kind = kind;
	effect->step = step;
	effect->branch = branch;
	effect->until = until;
	effect->code = NULL;
}

void
campaign_walk_pass(Walk *walk, int next, int branch, Instant completed_at)
{
	MachineRun *run = walk->run;

	run->base = campaign_instant_later(run->base, completed_at);
	campaign_walk_emit(walk->effects, MACHINE_PASSED, run->step, branch, run->base);
	campaign_walk_go_to(run, next);
}

void
campaign_walk_go_to(MachineRun *run, int step)
{
	if (step <= run->step)
		run->lap++;
	run->step = step;
	run->halt = RUN_AT_ENTRY;
	run->due_at = run->base;
}

void
campaign_walk_end(MachineRun *run, MachineEffects *effects, EndKind end, const char *code)
{
	run->halt = RUN_ENDED;
	run->due_at = INSTANT_NEVER;
	run->end = end;
	run->code = code != NULL ? code : campaign_graph_end_name(end);
	campaign_walk_emit(effects, MACHINE_ENDED, run->step, -1, run->base);
}
