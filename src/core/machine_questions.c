/*
 * machine_questions.c
 *		What can be asked of a run that stands still: what its next move has to know, whether an action
 *		may begin, whether it is sound. Nothing here moves it; that is machine.c.
 */
#include "core/machine.h"

#include <stddef.h>
#include <string.h>

#include "core/scatter.h"

unsigned
campaign_machine_reads(const Graph *graph, const MachineRun *run)
{
	const GraphStep *step = &graph->steps[run->step];

	if (run->halt == RUN_ENDED)
		return 0;
	if (run->halt != RUN_ON_ACTION)
		return graph->reads | step->reads;
	return graph->reads | graph->steps[step->next].reads |
		   (step->otherwise == GRAPH_NONE ? 0 : graph->steps[step->otherwise].reads);
}

int
campaign_machine_draw(const Graph *graph, const GraphStep *split, uint64_t seed)
{
	uint64_t lot = campaign_scatter(seed ^ split->salt) % GRAPH_WHOLE;
	int drawn = 0;

	while (drawn < split->n_cases - 1 &&
		   lot >= (uint64_t) graph->cases[split->first_case + drawn].upto)
		drawn++;
	return drawn;
}

uint64_t
campaign_machine_paths(const Graph *graph, const MachineRun *run)
{
	if (run->halt == RUN_ENDED)
		return 0;
	return graph->paths | (run->halt == RUN_ON_ACTION ? 0 : graph->steps[run->step].paths);
}

bool
campaign_machine_watches(const Graph *graph, const MachineRun *run)
{
	const GraphStep *step = &graph->steps[run->step];

	if (run->halt != RUN_ON_DELAY && run->halt != RUN_ON_CONDITION && run->halt != RUN_ON_STAGE)
		return false;
	if (campaign_graph_unreported(graph->goal) || campaign_graph_unreported(graph->exit_if))
		return true;
	return run->halt == RUN_ON_CONDITION && campaign_graph_unreported(step->condition) &&
		   run->due_at > run->base + step->after;
}

/* True if this is a condition of the campaign, and is known to hold. */
static bool
reached(GraphCondition condition, MachineStates states, uint64_t events)
{
	if (condition.source == GRAPH_ALWAYS)
		return false;
	if (condition.source == GRAPH_BY_PATH && (states & GRAPH_STATE_PATHS_KNOWN) == 0)
		return false;
	return campaign_graph_holds(condition, states, events);
}

const char *
campaign_machine_exit(const Graph *graph, MachineStates states, uint64_t events)
{
	if (reached(graph->goal, states, events))
		return "goal";
	return reached(graph->exit_if, states, events) ? "exit_if" : NULL;
}

EndKind
campaign_machine_exit_end(const char *code)
{
	if (strcmp(code, "goal") == 0)
		return END_SUCCESS;
	if (strcmp(code, "exit_if") == 0 || strcmp(code, "unmatched") == 0 ||
		strcmp(code, "duplicate") == 0)
		return END_END;
	return END_NONE;
}

bool
campaign_machine_on_hold(const Graph *graph, MachineStates states, uint64_t events)
{
	return reached(graph->hold_if, states, events);
}

const char *
campaign_machine_refusal(GraphRequirement requires, MachineStates states)
{
	switch (requires)
	{
		case GRAPH_REQUIRES_NOTHING:
			break;
		case GRAPH_REQUIRES_CONNECTED:
			return (states & GRAPH_STATE_CONNECTED) ? NULL : "not_connected";
		case GRAPH_REQUIRES_NOT_CONNECTED:
			if (states & GRAPH_STATE_CONNECTED)
				return "already_connected";
			return (states & GRAPH_STATE_PENDING) ? "already_invited" : NULL;
		case GRAPH_REQUIRES_EMAIL:
			return (states & GRAPH_STATE_HAS_EMAIL) ? NULL : "no_email";
	}
	return NULL;
}

bool
campaign_machine_sound(const Graph *graph, const MachineRun *run)
{
	bool ended = run->halt == RUN_ENDED;
	bool waits_for_time = !ended && run->halt != RUN_ON_ACTION && run->halt != RUN_ON_STAGE;
	GraphStepKind kind;

	if (run->step < 0 || run->step >= graph->n_steps)
		return false;
	if (ended != (run->end != END_NONE) || ended != (run->code != NULL))
		return false;
	if (waits_for_time != (run->due_at != INSTANT_NEVER) || run->due_at < run->base)
		return false;

	kind = graph->steps[run->step].kind;
	return ended || run->halt == RUN_AT_ENTRY ||
		   (run->halt == RUN_ON_ACTION && kind == GRAPH_ACTION) ||
		   (run->halt == RUN_ON_DELAY && kind == GRAPH_DELAY) ||
		   (run->halt == RUN_ON_CONDITION && kind == GRAPH_WAIT) ||
		   (run->halt == RUN_ON_STAGE && kind == GRAPH_STAGE &&
			graph->steps[run->step].end == END_NONE);
}
