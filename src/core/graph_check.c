/*
 * graph_check.c
 *		Looking for the faults of a sealed graph, along all walks through it.
 *
 * A graph that seals is whole, but may still lead nowhere or round in circles. How a fault is told to
 * whoever wrote the definition is not said here.
 */
#include "core/graph_check.h"

#include <string.h>

#include "core/graph_links.h"

#define WORD_BITS 64
#define ROW_WORDS (GRAPH_MAX_STEPS / WORD_BITS)

/* Which steps each step can come to. */
typedef struct Closure
{
	uint64_t row[GRAPH_MAX_STEPS][ROW_WORDS];
} Closure;

/* Which walks are followed. */
typedef enum WalkKind
{
	WALK_ANY,
	WALK_UNCONNECTED, /* that take no link that connects */
	WALK_UNADDRESSED  /* that take none that addresses */
} WalkKind;

static bool
walk_takes(WalkKind kind, const GraphLink *link)
{
	return !(kind == WALK_UNCONNECTED && link->connects) &&
		   !(kind == WALK_UNADDRESSED && link->addresses);
}

/* Marks every step to which such a walk comes. */
static void
mark_reached(const Graph *graph, WalkKind kind, bool *reached)
{
	int waiting[GRAPH_MAX_STEPS];
	int n_waiting = 0;
	GraphLink link;

	memset(reached, 0, sizeof(bool) * GRAPH_MAX_STEPS);
	reached[0] = true;
	waiting[n_waiting++] = 0;
	while (n_waiting > 0)
	{
		int from = waiting[--n_waiting];

		for (int i = 0; campaign_graph_link_at(graph, from, i, &link); i++)
		{
			if (reached[link.target] || !walk_takes(kind, &link))
				continue;
			reached[link.target] = true;
			waiting[n_waiting++] = link.target;
		}
	}
}

static bool
closure_has(const Closure *closure, int from, int to)
{
	return (closure->row[from][to / WORD_BITS] >> (to % WORD_BITS)) & 1;
}

/* Warshall's closure over the links that take no time. */
static void
close_without_time(const Graph *graph, Closure *closure)
{
	GraphLink link;

	memset(closure, 0, sizeof(*closure));
	for (int s = 0; s < graph->n_steps; s++)
		for (int i = 0; campaign_graph_link_at(graph, s, i, &link); i++)
			if (!link.takes_time)
				closure->row[s][link.target / WORD_BITS] |= UINT64_C(1)
															<< (link.target % WORD_BITS);

	for (int via = 0; via < graph->n_steps; via++)
		for (int from = 0; from < graph->n_steps; from++)
			if (closure_has(closure, from, via))
				for (int word = 0; word < ROW_WORDS; word++)
					closure->row[from][word] |= closure->row[via][word];
}

/* True if the step is the first of a loop on which no time need pass. */
static bool
begins_loop(const Closure *closure, int step)
{
	if (!closure_has(closure, step, step))
		return false;
	for (int before = 0; before < step; before++)
		if (closure_has(closure, step, before) && closure_has(closure, before, step))
			return false;
	return true;
}

static int
add_fault(GraphFault *faults, int max, int n, int step, GraphFaultCode code)
{
	if (n < max)
	{
		faults[n].step = step;
		faults[n].code = code;
	}
	return n + 1;
}

int
campaign_graph_check(const Graph *graph, GraphFault *faults, int max)
{
	bool reached[GRAPH_MAX_STEPS];
	bool bare[GRAPH_MAX_STEPS];
	bool unaddressed[GRAPH_MAX_STEPS];
	Closure closure;
	int n = 0;

	mark_reached(graph, WALK_ANY, reached);
	mark_reached(graph, WALK_UNCONNECTED, bare);
	mark_reached(graph, WALK_UNADDRESSED, unaddressed);
	close_without_time(graph, &closure);

	for (int s = 0; s < graph->n_steps; s++)
	{
		const GraphStep *step = &graph->steps[s];

		if (!reached[s])
		{
			if (step->path != NULL && !step->aside)
				n = add_fault(faults, max, n, s, GRAPH_FAULT_UNREACHABLE);
			continue;
		}
		if (begins_loop(&closure, s))
			n = add_fault(faults, max, n, s, GRAPH_FAULT_LOOP_WITHOUT_DELAY);
		if (bare[s] && step->kind == GRAPH_ACTION && step->requires == GRAPH_REQUIRES_CONNECTED)
			n = add_fault(faults, max, n, s, GRAPH_FAULT_WITHOUT_CONNECTION);
		if (unaddressed[s] && step->kind == GRAPH_ACTION &&
			step->requires == GRAPH_REQUIRES_EMAIL && step->otherwise == GRAPH_NONE)
			n = add_fault(faults, max, n, s, GRAPH_FAULT_WITHOUT_ADDRESS);
		if (step->kind == GRAPH_WAIT && step->after >= step->within)
			n = add_fault(faults, max, n, s, GRAPH_FAULT_NEVER_HOLDS);
	}
	return n;
}
