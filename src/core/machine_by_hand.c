/*
 * machine_by_hand.c
 *		Moves that a person makes: on from a stage, and out of the sequence.
 *
 * Who may make them is not asked here. What follows a move is the machine's own, in machine.c.
 */
#include "core/walk.h"

bool
campaign_machine_promote(const Graph *graph, MachineRun *run, int to, Instant now,
						 MachineEffects *effects)
{
	int from = run->step;

	if (run->halt != RUN_ON_STAGE && !(run->halt == RUN_AT_ENTRY && to != GRAPH_NONE))
		return false;
	run->base = campaign_instant_later(run->base, now);
	if (run->halt == RUN_ON_STAGE)
		campaign_walk_emit(effects, to == GRAPH_NONE ? MACHINE_PASSED : MACHINE_JUMPED, from, to,
						   run->base);
	if (to == GRAPH_NONE)
		to = graph->steps[from].next;
	if (run->halt == RUN_ON_STAGE || to != from)
		campaign_walk_go_to(run, to);
	run->due_at = run->base;
	return true;
}

void
campaign_machine_drop(const Graph *graph, MachineRun *run, const char *code, Instant now,
					  MachineEffects *effects)
{
	if (run->halt == RUN_ENDED)
		return;
	run->base = campaign_instant_later(run->base, now);
	if (run->halt == RUN_ON_ACTION)
		campaign_walk_emit(effects, MACHINE_WITHDRAWN, run->step, -1, run->base);
	if (graph->dropped != GRAPH_NONE)
	{
		run->step = graph->dropped;
		campaign_walk_emit(effects, MACHINE_STAGE, run->step, -1, run->base);
	}
	campaign_walk_end(run, effects, END_REMOVED, code);
}
