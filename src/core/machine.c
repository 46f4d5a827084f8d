/*
 * machine.c
 *		The state machine of an enrollment: all its transitions. Read walk_on() first, then move_on(),
 *		enter() and look().
 *
 * What one call knows, and how a step is passed or a run ended, is in walk.h; when the timer of a step
 * runs out, in machine_timers.c. Questions about a run that stands still are in machine_questions.c.
 *
 * Two instants run through everything. run->base is when the step before was completed, and what
 * follows counts from it: it never goes back, and never holds the moment at which somebody happened
 * to look, unless that is all that is known. The limit of a walk is how far time may be used up.
 */
#include "core/machine.h"

#include <stddef.h>

#include "core/machine_timers.h"
#include "core/walk.h"

/*
 * The requirement of the present action does not hold: by the way that the step names for it, or out
 * (D6).
 */
static void
turn_away(Walk *walk, const char *code, Instant at)
{
	MachineRun *run = walk->run;
	MachineEffects *effects = walk->effects;
	const GraphStep *step = &walk->graph->steps[run->step];

	run->base = campaign_instant_later(run->base, at);
	if (step->otherwise == GRAPH_NONE)
	{
		campaign_walk_end(run, effects, END_ERROR, code);
		return;
	}
	campaign_walk_emit(effects, MACHINE_PREVENTED, run->step, -1, run->base);
	if (!effects->overflow)
		effects->items[effects->n - 1].code = code;
	campaign_walk_go_to(run, step->otherwise);
}

static void
enter_action(Walk *walk, const GraphStep *step)
{
	MachineRun *run = walk->run;
	const char *refusal = campaign_machine_refusal(step->requires, walk->states);

	if (refusal != NULL)
	{
		turn_away(walk, refusal, run->base);
		return;
	}
	run->halt = RUN_ON_ACTION;
	run->due_at = INSTANT_NEVER;
	campaign_walk_emit(walk->effects, MACHINE_QUEUED, run->step, -1, run->base);
}

static void
enter_branch(Walk *walk, const GraphStep *step)
{
	for (int i = 0; i < step->n_cases; i++)
	{
		const GraphCase *one = &walk->graph->cases[step->first_case + i];

		if (campaign_graph_holds(one->when, walk->states, walk->run->events))
		{
			campaign_walk_pass(walk, one->target, i, walk->run->base);
			return;
		}
	}
	campaign_walk_pass(walk, step->otherwise, -1, walk->run->base);
}

static void
enter_split(Walk *walk, const GraphStep *step)
{
	int drawn = campaign_machine_draw(walk->graph, step, walk->run->seed);

	campaign_walk_pass(walk, walk->graph->cases[step->first_case + drawn].target, drawn,
					   walk->run->base);
}

static void
enter_delay(Walk *walk, const GraphStep *step)
{
	MachineRun *run = walk->run;
	Instant until = campaign_machine_delay_end(run, step);

	if (until == INSTANT_NEVER && step->delay_kind == GRAPH_DELAY_DATE)
	{
		campaign_walk_end(run, walk->effects, END_ERROR, "no_date");
		return;
	}
	if (until < run->base && step->otherwise != GRAPH_NONE)
	{
		campaign_walk_emit(walk->effects, MACHINE_OVERDUE, run->step, -1, run->base);
		campaign_walk_go_to(run, step->otherwise);
		return;
	}
	run->halt = RUN_ON_DELAY;
	run->due_at = campaign_instant_later(until, run->base);
	campaign_walk_emit(walk->effects, MACHINE_DELAYED, run->step, -1, run->due_at);
}

/*
 * An event that came before the stage lets the run go on without entering it. The gate was looked at
 * before.
 */
static void
enter_stage(Walk *walk, const GraphStep *step)
{
	MachineRun *run = walk->run;

	if (step->disabled || campaign_walk_awaited_came(walk))
	{
		campaign_walk_pass(walk, step->next, -1, run->base);
		return;
	}
	campaign_walk_emit(walk->effects, MACHINE_STAGE, run->step, -1, run->base);
	if (step->end != END_NONE)
	{
		campaign_walk_end(run, walk->effects, step->end, step->code);
		return;
	}
	run->halt = RUN_ON_STAGE;
	run->due_at = INSTANT_NEVER;
}

/* Begins the present step, as of base. */
static void
enter(Walk *walk)
{
	MachineRun *run = walk->run;
	const GraphStep *step = &walk->graph->steps[run->step];

	switch (step->kind)
	{
		case GRAPH_ACTION:
			enter_action(walk, step);
			break;
		case GRAPH_DELAY:
			enter_delay(walk, step);
			break;
		case GRAPH_ONLY_IF:
			if (campaign_graph_holds(step->condition, walk->states, run->events))
				campaign_walk_pass(walk, step->next, -1, run->base);
			else
				campaign_walk_end(run, walk->effects, END_END,
								  walk->from_start ? "entry_condition" : "condition_false");
			break;
		case GRAPH_WAIT:
			run->halt = RUN_ON_CONDITION;
			run->due_at =
				campaign_instant_plus(run->base, step->after > 0 ? step->after : step->within);
			campaign_walk_emit(walk->effects, MACHINE_WAITING, run->step, -1,
							   campaign_instant_plus(run->base, step->within));
			break;
		case GRAPH_BRANCH:
			enter_branch(walk, step);
			break;
		case GRAPH_SPLIT:
			enter_split(walk, step);
			break;
		case GRAPH_GOTO:
			campaign_walk_pass(walk, step->next, -1, run->base);
			break;
		case GRAPH_SET:
			/* what paths say may be another thing from now on */
			campaign_walk_emit(walk->effects, MACHINE_SET, run->step, -1, run->base);
			walk->states &= ~(MachineStates) GRAPH_STATE_PATHS_KNOWN;
			campaign_walk_pass(walk, step->next, -1, run->base);
			break;
		case GRAPH_ENROLL:
			campaign_walk_emit(walk->effects, MACHINE_ENROLL, run->step, -1, run->base);
			campaign_walk_end(run, walk->effects, END_SUCCESS, "enrolled_elsewhere");
			break;
		case GRAPH_STAGE:
			enter_stage(walk, step);
			break;
		case GRAPH_END:
			campaign_walk_end(run, walk->effects, step->end, step->code);
			break;
	}
}

/*
 * Looks at the wait on which the run is halted: goes on if the condition held at an instant between
 * "after" and the deadline, both included; else takes the other way if the deadline has passed; else
 * stays, and returns false.
 */
static bool
look(Walk *walk)
{
	MachineRun *run = walk->run;
	const GraphStep *step = &walk->graph->steps[run->step];
	Instant earliest = campaign_instant_plus(run->base, step->after);
	Instant deadline = campaign_instant_plus(run->base, step->within);
	Instant held_at = earliest;

	if (step->condition.source == GRAPH_BY_EVENT)
		held_at = campaign_instant_later(earliest, walk->events_since);
	else if (step->condition.source != GRAPH_ALWAYS && (walk->by_event || run->due_at > earliest))
		held_at = campaign_instant_later(earliest, walk->states_since);

	if (held_at <= deadline && held_at <= walk->limit &&
		campaign_graph_holds(step->condition, walk->states, run->events))
	{
		campaign_walk_pass(walk, step->next, -1, held_at);
		return true;
	}
	if (deadline <= walk->limit)
	{
		run->base = deadline;
		campaign_walk_emit(walk->effects, MACHINE_TIMED_OUT, run->step, -1, run->base);
		campaign_walk_go_to(run, step->otherwise);
		return true;
	}
	run->due_at = walk->limit < earliest ? earliest : deadline;
	return false;
}

/* One move, by the reason for which the run stands still; false if it must go on standing. */
static bool
move_on(Walk *walk)
{
	MachineRun *run = walk->run;

	switch (run->halt)
	{
		case RUN_AT_ENTRY:
			/*
			 * The step is not begun. Next: ON_ACTION, ON_DELAY or ON_CONDITION, by the kind of the
			 * step; AT_ENTRY of another after a branch, a split, a goto, or an only_if that holds, and
			 * where an action whose requirement is refused names another way; ENDED at an end, for
			 * an only_if that does not hold, or for a requirement that is refused. A stage: ON_STAGE,
			 * ENDED if it is one by which runs end, AT_ENTRY of the next if it is passed; or nothing,
			 * while it is shut.
			 */
			if (run->due_at > walk->limit)
				return false;
			/* a wait can begin, and is asked about afterwards */
			if (campaign_walk_unknown(walk) && walk->graph->steps[run->step].kind != GRAPH_WAIT)
				return false;
			if (campaign_walk_shut(walk))
			{
				campaign_walk_emit(walk->effects, MACHINE_GATED, run->step, -1, run->base);
				return false;
			}
			enter(walk);
			return true;

		case RUN_ON_ACTION:
			/*
			 * Something is queued or under way. Next: by campaign_machine_outcome(), AT_ENTRY of the
			 * next step if complete or skipped, of the other step if refused and there is one, else
			 * ENDED. Never by time alone.
			 */
			return false;

		case RUN_ON_DELAY:
			/* Time has to pass. Next: AT_ENTRY of the next step, as of when the delay ended. */
			if (run->due_at > walk->limit)
				return false;
			campaign_walk_pass(walk, walk->graph->steps[run->step].next, -1, run->due_at);
			return true;

		case RUN_ON_CONDITION:
			/* Next: AT_ENTRY of the next step if it holds, of the other step at the deadline. */
			return !campaign_walk_unknown(walk) && look(walk);

		case RUN_ON_STAGE:
			/*
			 * Next: AT_ENTRY of the next step when the event comes by which it is left; of that or
			 * another one by campaign_machine_promote(). Never by time alone.
			 */
			if (!campaign_walk_awaited_came(walk))
				return false;
			/* of one that came while the run did not move, nobody knows any more when that was */
			campaign_walk_pass(walk, walk->graph->steps[run->step].next, -1,
							   walk->events_since != INT64_MIN ? walk->events_since : walk->limit);
			return true;

		case RUN_ENDED:
			/* Next: nothing, ever. */
			return false;
	}
	return false;
}

/*
 * Moves as far as the limit allows. From every halt, a reply and campaign_machine_leave() lead to
 * ENDED as well.
 *
 * A run that is far behind may have more timers to run off than there is room for: it then stays at
 * the last one for which all effects are in hand, where it is still due. Only a timer later than the
 * one before is such a place, or a loop without delay would never be noticed.
 */
static void
walk_on(Walk *walk)
{
	MachineRun *run = walk->run;
	MachineRun mark = *run;
	int mark_n = 0;

	walk->from_start = run->halt == RUN_AT_ENTRY && run->step == 0;
	while (!walk->effects->overflow && move_on(walk))
	{
		if (run->halt == RUN_AT_ENTRY)
			continue;
		walk->from_start = false;
		if (run->base > mark.base && run->due_at <= walk->limit && !walk->effects->overflow)
		{
			mark = *run;
			mark_n = walk->effects->n;
		}
	}
	if (walk->effects->overflow && mark_n > 0)
	{
		*run = mark;
		walk->effects->n = mark_n;
		walk->effects->overflow = false;
	}
}

/* Leaves, wherever the run stands, if the campaign's goal is reached or its exit_if holds. */
static bool
settle(Walk *walk, bool by_events)
{
	MachineRun *run = walk->run;
	const char *code = run->halt == RUN_ENDED ? NULL : campaign_walk_exit_code(walk, by_events);
	EndKind end;

	if (code == NULL)
		return false;
	end = campaign_machine_exit_end(code);
	if ((end == END_SUCCESS ? walk->graph->goal : walk->graph->exit_if).source == GRAPH_BY_EVENT)
		run->base = campaign_instant_later(run->base, walk->events_since);
	else
		run->base = campaign_instant_later(run->base, walk->states_since);
	campaign_machine_leave(run, end, code, walk->effects);
	return true;
}

/*
 * Runs off the timers that were due before the event, whose states do not count for them. True if there
 * was no room for the effects of all.
 */
static bool
run_off(Walk *walk, Instant occurred_at)
{
	MachineRun *run = walk->run;
	bool behind = false;

	walk->by_event = true;
	walk->states_since = occurred_at;
	if (settle(walk, true))
		return false;
	if (occurred_at > run->base)
	{
		walk->limit = occurred_at - 1;
		walk_on(walk);
		behind = run->due_at < occurred_at && !campaign_walk_unknown(walk);
	}
	walk->states &= ~(MachineStates) GRAPH_STATE_PATHS_KNOWN;
	return behind;
}

/* Runs off the timers that were due before the event, notes it, and lets it move the run. */
static void
apply_event(Walk *walk, uint64_t bits, Instant occurred_at, bool leaves)
{
	MachineRun *run = walk->run;
	Instant now = walk->limit;

	if (occurred_at > now)
		occurred_at = now;
	if (run_off(walk, occurred_at))
		walk->effects->overflow = true;
	if (run->halt == RUN_ENDED || walk->effects->overflow)
		return;

	run->events |= bits;
	if (leaves)
	{
		run->base = campaign_instant_later(run->base, occurred_at);
		campaign_machine_leave(run, END_SUCCESS, "replied", walk->effects);
		return;
	}
	walk->events_since = occurred_at;
	if (settle(walk, false))
		return;
	walk->limit = now;
	walk_on(walk);
}

void
campaign_machine_start(const Graph *graph, MachineRun *run, Instant now)
{
	(void) graph;
	run->base = now;
	run->events = 0;
	run->lap = 1;
	run->end = END_NONE;
	run->code = NULL;
	run->step = 0;
	run->halt = RUN_AT_ENTRY;
	run->due_at = now;
}

void
campaign_machine_advance(const Graph *graph, MachineRun *run, MachineStates states, Instant now,
						 MachineEffects *effects)
{
	Walk walk = campaign_walk_begin(graph, run, states, now, effects);

	if (!settle(&walk, false))
		walk_on(&walk);
}

bool
campaign_machine_catch_up(const Graph *graph, MachineRun *run, MachineStates states,
						  Instant occurred_at, Instant now, MachineEffects *effects)
{
	Walk walk = campaign_walk_begin(graph, run, states, now, effects);

	return run_off(&walk, occurred_at < now ? occurred_at : now);
}

void
campaign_machine_event(const Graph *graph, MachineRun *run, uint64_t bits, MachineStates states,
					   Instant occurred_at, Instant now, MachineEffects *effects)
{
	Walk walk = campaign_walk_begin(graph, run, states, now, effects);

	apply_event(&walk, bits, occurred_at, false);
}

bool
campaign_machine_settle(const Graph *graph, MachineRun *run, uint64_t bits, Instant occurred_at,
						MachineEffects *effects)
{
	Walk walk = campaign_walk_begin(graph, run, 0, occurred_at, effects);
	uint64_t before = run->events;

	run->events |= bits;
	walk.events_since = occurred_at;
	if (settle(&walk, true))
		return true;
	run->events = before;
	return false;
}

void
campaign_machine_reply(const Graph *graph, MachineRun *run, uint64_t bits, MachineStates states,
					   Instant occurred_at, Instant now, MachineEffects *effects)
{
	Walk walk = campaign_walk_begin(graph, run, states, now, effects);

	apply_event(&walk, bits, occurred_at, graph->exit_on_reply);
}

void
campaign_machine_outcome(const Graph *graph, MachineRun *run, MachineOutcome outcome,
						 const char *code, MachineStates states, Instant at, Instant now,
						 MachineEffects *effects)
{
	Walk walk = campaign_walk_begin(graph, run, states, now, effects);
	const GraphStep *step = &graph->steps[run->step];

	if (run->halt != RUN_ON_ACTION)
		return;

	at = at < now ? at : now;
	if (outcome == MACHINE_COMPLETE || outcome == MACHINE_SKIPPED)
	{
		campaign_walk_pass(&walk, step->next, -1, at);
		walk.states &= ~(MachineStates) GRAPH_STATE_PATHS_KNOWN;
		if (!settle(&walk, false))
			walk_on(&walk);
		return;
	}
	if (outcome == MACHINE_REFUSED)
	{
		if (code == NULL)
			code = campaign_machine_refusal(step->requires, states);
		walk.states &= ~(MachineStates) GRAPH_STATE_PATHS_KNOWN;
		turn_away(&walk, code != NULL ? code : "precondition_failed", at);
		if (run->halt != RUN_ENDED)
			walk_on(&walk);
		return;
	}
	if (code == NULL)
		code = outcome == MACHINE_EXPIRED ? "expired" : "delivery_failed";
	run->base = campaign_instant_later(run->base, at);
	campaign_walk_end(run, effects, END_ERROR, code);
}

void
campaign_machine_leave(MachineRun *run, EndKind end, const char *code, MachineEffects *effects)
{
	if (run->halt == RUN_ENDED)
		return;
	if (run->halt == RUN_ON_ACTION)
		campaign_walk_emit(effects, MACHINE_WITHDRAWN, run->step, -1, run->base);
	campaign_walk_end(run, effects, end, code);
}
