/*
 * machine.c
 *		The state machine of an enrollment. Read walk_on() first, then move_on(),
 *		enter() and look(). Questions about a run that stands still are in machine_questions.c.
 *
 * Two instants run through everything. run->base is when the step before was completed, and what
 * follows counts from it: it never goes back, and never holds the moment at which somebody happened
 * to look, unless that is all that is known. The limit of a walk is how far time may be used up.
 */
#include "core/machine.h"

#include <stddef.h>

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

static Instant
later_of(Instant a, Instant b)
{
	return a > b ? a : b;
}

static Instant
plus(Instant from, Instant duration)
{
	return from > INSTANT_NEVER - duration ? INSTANT_NEVER : from + duration;
}

static void
emit(MachineEffects *effects, MachineEffectKind kind, int step, int branch, Instant until)
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

/* Leaves at the present step, for good. */
static void
end_run(MachineRun *run, MachineEffects *effects, EndKind end, const char *code)
{
	run->halt = RUN_ENDED;
	run->due_at = INSTANT_NEVER;
	run->end = end;
	run->code = code != NULL ? code : campaign_graph_end_name(end);
	emit(effects, MACHINE_ENDED, run->step, -1, run->base);
}

/* Goes to this step, which is then due as of when the one before was completed. */
static void
go_to(MachineRun *run, int step)
{
	if (step <= run->step)
		run->lap++;
	run->step = step;
	run->halt = RUN_AT_ENTRY;
	run->due_at = run->base;
}

/* The present step was completed as of this instant: leaves it by this link. */
static void
pass(Walk *walk, int next, int branch, Instant completed_at)
{
	MachineRun *run = walk->run;

	run->base = later_of(run->base, completed_at);
	emit(walk->effects, MACHINE_PASSED, run->step, branch, run->base);
	go_to(run, next);
}

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

	run->base = later_of(run->base, at);
	if (step->otherwise == GRAPH_NONE)
	{
		end_run(run, effects, END_ERROR, code);
		return;
	}
	emit(effects, MACHINE_PREVENTED, run->step, -1, run->base);
	if (!effects->overflow)
		effects->items[effects->n - 1].code = code;
	go_to(run, step->otherwise);
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
	emit(walk->effects, MACHINE_QUEUED, run->step, -1, run->base);
}

static void
enter_branch(Walk *walk, const GraphStep *step)
{
	for (int i = 0; i < step->n_cases; i++)
	{
		const GraphCase *one = &walk->graph->cases[step->first_case + i];

		if (campaign_graph_holds(one->when, walk->states, walk->run->events))
		{
			pass(walk, one->target, i, walk->run->base);
			return;
		}
	}
	pass(walk, step->otherwise, -1, walk->run->base);
}

static void
enter_split(Walk *walk, const GraphStep *step)
{
	int drawn = campaign_machine_draw(walk->graph, step, walk->run->seed);

	pass(walk, walk->graph->cases[step->first_case + drawn].target, drawn, walk->run->base);
}

/* True if what the step asks is not known: something has come since paths were asked last. */
static bool
unknown(const Walk *walk)
{
	return (walk->states & GRAPH_STATE_PATHS_KNOWN) == 0 &&
		   campaign_graph_asks_path(walk->graph, walk->run->step);
}

/* When a delay that is entered now ends; INSTANT_NEVER if nobody knows, which only a date can be. */
static Instant
end_of_delay(const MachineRun *run, const GraphStep *step)
{
	const MachineCalendar *calendar = run->calendar;
	Instant next;

	switch (step->delay_kind)
	{
		case GRAPH_DELAY_LENGTH:
			break;
		case GRAPH_DELAY_BUSINESS_DAYS:
			return campaign_calendar_business_days(calendar->zone, calendar->holidays,
												   calendar->n_holidays, run->base, step->days);
		case GRAPH_DELAY_NEXT_DAY:
			next = campaign_hours_next_day(calendar->zone, calendar->slots, calendar->n_slots,
										   run->base);
			if (next == INSTANT_NEVER)
				next = campaign_hours_next_day(calendar->zone, NULL, 0, run->base);
			return next;
		case GRAPH_DELAY_DATE:
			return calendar->dates[step->date];
	}
	return plus(run->base, step->delay);
}

static void
enter_delay(Walk *walk, const GraphStep *step)
{
	MachineRun *run = walk->run;
	Instant until = end_of_delay(run, step);

	if (until == INSTANT_NEVER && step->delay_kind == GRAPH_DELAY_DATE)
	{
		end_run(run, walk->effects, END_ERROR, "no_date");
		return;
	}
	if (until < run->base && step->otherwise != GRAPH_NONE)
	{
		emit(walk->effects, MACHINE_OVERDUE, run->step, -1, run->base);
		go_to(run, step->otherwise);
		return;
	}
	run->halt = RUN_ON_DELAY;
	run->due_at = later_of(until, run->base);
	emit(walk->effects, MACHINE_DELAYED, run->step, -1, run->due_at);
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
				pass(walk, step->next, -1, run->base);
			else
				end_run(run, walk->effects, END_END,
						walk->from_start ? "entry_condition" : "condition_false");
			break;
		case GRAPH_WAIT:
			run->halt = RUN_ON_CONDITION;
			run->due_at = plus(run->base, step->after > 0 ? step->after : step->within);
			emit(walk->effects, MACHINE_WAITING, run->step, -1, plus(run->base, step->within));
			break;
		case GRAPH_BRANCH:
			enter_branch(walk, step);
			break;
		case GRAPH_SPLIT:
			enter_split(walk, step);
			break;
		case GRAPH_GOTO:
			pass(walk, step->next, -1, run->base);
			break;
		case GRAPH_SET:
			/* what paths say may be another thing from now on */
			emit(walk->effects, MACHINE_SET, run->step, -1, run->base);
			walk->states &= ~(MachineStates) GRAPH_STATE_PATHS_KNOWN;
			pass(walk, step->next, -1, run->base);
			break;
		case GRAPH_ENROLL:
			emit(walk->effects, MACHINE_ENROLL, run->step, -1, run->base);
			end_run(run, walk->effects, END_SUCCESS, "enrolled_elsewhere");
			break;
		case GRAPH_END:
			end_run(run, walk->effects, step->end, step->code);
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
	Instant earliest = plus(run->base, step->after);
	Instant deadline = plus(run->base, step->within);
	Instant held_at = earliest;

	if (step->condition.source == GRAPH_BY_EVENT)
		held_at = later_of(earliest, walk->events_since);
	else if (step->condition.source != GRAPH_ALWAYS && (walk->by_event || run->due_at > earliest))
		held_at = later_of(earliest, walk->states_since);

	if (held_at <= deadline && held_at <= walk->limit &&
		campaign_graph_holds(step->condition, walk->states, run->events))
	{
		pass(walk, step->next, -1, held_at);
		return true;
	}
	if (deadline <= walk->limit)
	{
		run->base = deadline;
		emit(walk->effects, MACHINE_TIMED_OUT, run->step, -1, run->base);
		go_to(run, step->otherwise);
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
			 * an only_if that does not hold, or for a requirement that is refused.
			 */
			if (run->due_at > walk->limit)
				return false;
			/* a wait can begin, and is asked about afterwards */
			if (unknown(walk) && walk->graph->steps[run->step].kind != GRAPH_WAIT)
				return false;
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
			pass(walk, walk->graph->steps[run->step].next, -1, run->due_at);
			return true;

		case RUN_ON_CONDITION:
			/* Next: AT_ENTRY of the next step if it holds, of the other step at the deadline. */
			return !unknown(walk) && look(walk);

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

static Walk
begin_walk(const Graph *graph, MachineRun *run, MachineStates states, Instant now,
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

/* Why the run leaves wherever it stands; with by_events, as far as its events alone say. */
static const char *
exit_of(const Walk *walk, bool by_events)
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

/* Leaves, wherever the run stands, if the campaign's goal is reached or its exit_if holds. */
static bool
settle(Walk *walk, bool by_events)
{
	MachineRun *run = walk->run;
	const char *code = run->halt == RUN_ENDED ? NULL : exit_of(walk, by_events);
	EndKind end;

	if (code == NULL)
		return false;
	end = campaign_machine_exit_end(code);
	if ((end == END_SUCCESS ? walk->graph->goal : walk->graph->exit_if).source == GRAPH_BY_EVENT)
		run->base = later_of(run->base, walk->events_since);
	else
		run->base = later_of(run->base, walk->states_since);
	campaign_machine_leave(run, end, code, walk->effects);
	return true;
}

/* Runs off the timers that were due before the event, notes it, and lets it move the run. */
static void
apply_event(Walk *walk, uint64_t bits, Instant occurred_at, bool leaves)
{
	MachineRun *run = walk->run;
	Instant now = walk->limit;

	if (occurred_at > now)
		occurred_at = now;
	walk->by_event = true;
	walk->states_since = occurred_at;
	if (settle(walk, true))
		return;
	if (occurred_at > run->base)
	{
		walk->limit = occurred_at - 1;
		walk_on(walk);
		if (run->due_at < occurred_at && !unknown(walk))
			walk->effects->overflow = true;
	}
	walk->states &= ~(MachineStates) GRAPH_STATE_PATHS_KNOWN;
	if (run->halt == RUN_ENDED || walk->effects->overflow)
		return;

	run->events |= bits;
	if (leaves)
	{
		run->base = later_of(run->base, occurred_at);
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
	Walk walk = begin_walk(graph, run, states, now, effects);

	if (!settle(&walk, false))
		walk_on(&walk);
}

void
campaign_machine_event(const Graph *graph, MachineRun *run, uint64_t bits, MachineStates states,
					   Instant occurred_at, Instant now, MachineEffects *effects)
{
	Walk walk = begin_walk(graph, run, states, now, effects);

	apply_event(&walk, bits, occurred_at, false);
}

bool
campaign_machine_settle(const Graph *graph, MachineRun *run, uint64_t bits, Instant occurred_at,
						MachineEffects *effects)
{
	Walk walk = begin_walk(graph, run, 0, occurred_at, effects);
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
	Walk walk = begin_walk(graph, run, states, now, effects);

	apply_event(&walk, bits, occurred_at, graph->exit_on_reply);
}

void
campaign_machine_outcome(const Graph *graph, MachineRun *run, MachineOutcome outcome,
						 const char *code, MachineStates states, Instant at, Instant now,
						 MachineEffects *effects)
{
	Walk walk = begin_walk(graph, run, states, now, effects);
	const GraphStep *step = &graph->steps[run->step];

	if (run->halt != RUN_ON_ACTION)
		return;

	at = at < now ? at : now;
	if (outcome == MACHINE_COMPLETE || outcome == MACHINE_SKIPPED)
	{
		pass(&walk, step->next, -1, at);
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
	run->base = later_of(run->base, at);
	end_run(run, effects, END_ERROR, code);
}

bool
campaign_machine_rearm(const Graph *graph, MachineRun *run, Instant now)
{
	const GraphStep *step = &graph->steps[run->step];
	Instant until;

	if (run->halt == RUN_ON_DELAY)
	{
		until = end_of_delay(run, step);
		if (until == INSTANT_NEVER)
			return false;
		run->due_at = later_of(until, run->base);
		return true;
	}
	if (run->halt != RUN_ON_CONDITION)
		return false;
	until = plus(run->base, step->after);
	run->due_at = step->after > 0 && now < until ? until : plus(run->base, step->within);
	return true;
}

void
campaign_machine_leave(MachineRun *run, EndKind end, const char *code, MachineEffects *effects)
{
	if (run->halt == RUN_ENDED)
		return;
	if (run->halt == RUN_ON_ACTION)
		emit(effects, MACHINE_WITHDRAWN, run->step, -1, run->base);
	end_run(run, effects, end, code);
}
