/*
 * world.c
 *		One run through one random sequence, lived as the engine would have it live.
 */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/graph_check.h"

#define LOOP_HORIZON (WORLD_START + 300 * INSTANT_DAY)
#define HORIZON (WORLD_START + 30000 * INSTANT_DAY)

/* After every call: the effects are replayed, and all that must hold of a run at rest is looked at. */
static void
settle(World *world)
{
	const MachineRun *run = &world->run;
	bool ended;

	for (int i = 0; i < world->effects.n; i++)
		world_replay(world, &world->items[i]);
	ended = run->halt == RUN_ENDED;
	world_require(world, !world->effects.overflow, "there are more effects than room");
	world_require(world, campaign_machine_sound(world->graph, run),
				  "B5: a run has neither an action, nor a timer, nor a deadline, nor an end");
	world_require(world, run->step == world->step, "B8: the effects lead elsewhere than the run");
	world_require(world, run->lap == world->lap,
				  "B8: the effects lead to another lap than the run");
	world_require(world, run->base == world->base || ended,
				  "B8: the effects count from another instant");
	world_require(world, world->open == (run->halt == RUN_ON_ACTION),
				  "an action is lost or left over");
	world_require(world, world->staged == (run->halt == RUN_ON_STAGE),
				  "a run stands at a stage that it has not entered");
	world_require(world, (world->ends == 1) == ended, "a run does not end exactly once");
	world->effects.n = 0;
}

static void
look_again(World *world, Instant now)
{
	MachineRun *run = &world->run;

	int looks = 0;

	do
	{
		campaign_machine_advance(world->graph, run, world->states, now, &world->effects);
		settle(world);
	} while (run->due_at <= now && world->violation == NULL && ++looks < 10000);
	world_require(world, run->due_at > now, "what is due is not done");
}

static void
report_outcome(World *world)
{
	static const MachineOutcome rare[] = {MACHINE_SKIPPED, MACHINE_SKIPPED, MACHINE_FAILED,
										  MACHINE_REFUSED, MACHINE_EXPIRED};
	MachineOutcome outcome =
		random_chance(&world->fate, 85) ? MACHINE_COMPLETE : rare[random_below(&world->fate, 5)];

	if (world->manner.trace)
		printf("# %10.2f h: outcome %d at %.2f h\n", world_hours(world->now), outcome,
			   world_hours(world->outcome_at));
	world->open = false;
	campaign_machine_outcome(world->graph, &world->run, outcome, NULL, world->states,
							 world->outcome_at, world->now, &world->effects);
	settle(world);
}

/* Somebody lets the run go on from its stage: to what follows, now and then elsewhere, or out. */
static void
promote(World *world)
{
	int dice = random_below(&world->fate, 100);
	int to = GRAPH_NONE;

	if (dice < 10)
	{
		campaign_machine_drop(world->graph, &world->run, "dropped", world->now, &world->effects);
		settle(world);
		return;
	}
	if (dice < 30 && world->jumps++ < 5)
		to = random_below(&world->fate, world->graph->n_steps);
	if (to != GRAPH_NONE && world->graph->steps[to].aside)
		to = GRAPH_NONE;
	world_require(
		world, campaign_machine_promote(world->graph, &world->run, to, world->now, &world->effects),
		"a run that stands at a stage cannot be let go on");
	settle(world);
}

static void
tell_once(World *world, const Fact *fact, Instant now)
{
	if (fact->kind == FACT_REPLY)
		campaign_machine_reply(world->graph, &world->run, fact->bits, world->states,
							   fact->occurred_at, now, &world->effects);
	else
		campaign_machine_event(world->graph, &world->run, fact->bits, world->states,
							   fact->occurred_at, now, &world->effects);
}

/* As src/engine/fact.c does: in several goes where there is no room for all that a late run missed. */
static void
tell_machine(World *world, const Fact *fact, Instant now)
{
	MachineRun before = world->run;
	bool behind = true;

	tell_once(world, fact, now);
	if (!world->effects.overflow)
		return;
	world->run = before;
	while (behind)
	{
		world->effects.n = 0;
		world->effects.overflow = false;
		behind = campaign_machine_catch_up(world->graph, &world->run, world->states,
										   fact->occurred_at, now, &world->effects);
		behind = behind && !world->effects.overflow;
		settle(world);
	}
	tell_once(world, fact, now);
}

static void
apply_fact(World *world, Fact *fact, Instant now)
{
	if (world->manner.trace)
		printf("# %10.2f h: fact %d of %.2f h, bits %x, states %x\n", world_hours(now), fact->kind,
			   world_hours(fact->occurred_at), (unsigned) fact->bits, (unsigned) fact->states);
	fact->applied = true;
	if (fact->kind == FACT_STATES || fact->kind == FACT_SILENT)
		world->states = fact->states;
	switch (fact->kind)
	{
		case FACT_EVENT:
		case FACT_STATES:
		case FACT_REPLY:
			tell_machine(world, fact, now);
			break;
		case FACT_REMOVAL:
			campaign_machine_leave(&world->run, END_REMOVED, "removed", &world->effects);
			break;
		case FACT_SILENT:
			break;
	}
	settle(world);
}

/* The next fact to apply of those that can be seen, or NULL; facts are in order of occurrence. */
static Fact *
next_fact(World *world)
{
	for (int i = 0; i < world->n_facts; i++)
		if (!world->facts[i].applied && world->facts[i].visible_at <= world->now)
			return &world->facts[i];
	return NULL;
}

/* One round of the engine: outcome, then facts, then time. */
static void
live_round(World *world)
{
	Fact *fact;
	Fact *following;

	if (world->open && world->outcome_at <= world->now)
		report_outcome(world);
	if (world->staged && world->promote_at <= world->now)
		promote(world);
	for (fact = next_fact(world); fact != NULL; fact = following)
	{
		fact->applied = true;
		following = next_fact(world);
		apply_fact(world, fact, following != NULL ? fact->occurred_at : world->now);
	}
	look_again(world, world->now);
}

/* When there is something to do next, as an engine that is never late would know it. */
static Instant
next_instant(World *world)
{
	Instant next = world->run.due_at;

	if (world->open && world->outcome_at < next)
		next = world->outcome_at;
	if (world->staged && world->promote_at < next)
		next = world->promote_at;
	for (int i = 0; i < world->n_facts; i++)
		if (!world->facts[i].applied && world->facts[i].visible_at < next)
			next = world->facts[i].visible_at;
	return next > world->now ? next : world->now;
}

static Instant
how_late(World *world)
{
	if (!world->manner.late || random_chance(&world->lateness, 60))
		return 0;
	if (random_chance(&world->lateness, 60))
		return random_below(&world->lateness, 600) * INSTANT_SECOND;
	return random_below(&world->lateness, 8 * 24) * INSTANT_HOUR; /* as if paused */
}

static int
compare_facts(const void *a, const void *b)
{
	Instant first = ((const Fact *) a)->occurred_at;
	Instant second = ((const Fact *) b)->occurred_at;

	return (first > second) - (first < second);
}

static MachineStates
random_states(Random *random)
{
	MachineStates states = GRAPH_STATE_PATHS_KNOWN | UINT64_C(1) << random_below(random, 3);

	if (random_chance(random, 50))
		states |= GRAPH_STATE_HAS_EMAIL;
	if (random_chance(random, 80))
		states |= GRAPH_STATE_OPTED_IN;
	return random_chance(random, 10) ? states | GRAPH_STATE_SUPPRESSED : states;
}

static void
make_facts(World *world)
{
	int kinds = world->manner.events_only ? FACT_STATES : FACT_REMOVAL;

	world->n_facts = random_below(&world->fate, WORLD_MAX_FACTS);
	for (int i = 0; i < world->n_facts; i++)
	{
		Fact *fact = &world->facts[i];
		int hours = random_below(&world->fate, 1000);

		fact->kind = (FactKind) random_below(&world->fate, kinds);
		if (fact->kind == FACT_REPLY && random_chance(&world->fate, 80))
			fact->kind = FACT_EVENT;
		if (!world->manner.events_only && random_chance(&world->fate, 1))
			fact->kind = FACT_REMOVAL;
		fact->occurred_at = WORLD_START + hours * INSTANT_HOUR;
		fact->visible_at = fact->occurred_at;
		if (!world->manner.events_only && random_chance(&world->fate, 20))
			fact->visible_at += random_duration(&world->fate);
		fact->bits = UINT64_C(1) << random_below(&world->fate, RANDOM_EVENTS);
		fact->states = random_states(&world->fate);
	}
	qsort(world->facts, (size_t) world->n_facts, sizeof(Fact), compare_facts);
}

static int
compare_days(const void *a, const void *b)
{
	return *(const Day *) a - *(const Day *) b;
}

/* A zone whose clocks are changed meanwhile, slots, holidays, and dates, some of which there are not. */
static void
make_calendar(World *world)
{
	Random *fate = &world->fate;
	MachineCalendar *calendar = &world->calendar;
	Day today = (Day) (WORLD_START / INSTANT_DAY);

	world->zone.minutes[0] = 60 * (random_below(fate, 24) - 12);
	world->zone.minutes[1] = world->zone.minutes[0] + 60;
	world->zone.minutes[2] = world->zone.minutes[0];
	world->zone.changes[0] = WORLD_START + random_below(fate, 600) * INSTANT_HOUR;
	world->zone.changes[1] = world->zone.changes[0] + random_below(fate, 600) * INSTANT_HOUR;
	calendar->zone = zone_of(&world->zone);
	calendar->n_slots = random_below(fate, 4);
	calendar->slots = world->slots;
	for (int i = 0; i < calendar->n_slots; i++)
	{
		world->slots[i].weekday = 1 + random_below(fate, 7);
		world->slots[i].starts = random_below(fate, 20) * INSTANT_HOUR;
		world->slots[i].ends = world->slots[i].starts + 4 * INSTANT_HOUR;
	}
	calendar->n_holidays = 8;
	calendar->holidays = world->holidays;
	for (int i = 0; i < 8; i++)
		world->holidays[i] = today + random_below(fate, 60);
	qsort(world->holidays, 8, sizeof(Day), compare_days);
	calendar->dates = world->dates;
	for (int i = 0; i < RANDOM_DATES; i++)
		world->dates[i] = random_chance(fate, 20)
							  ? INSTANT_NEVER
							  : WORLD_START + (random_below(fate, 1000) - 200) * INSTANT_HOUR;
	world->run.calendar = calendar;
}

/* Whatever is reported of a run that has ended, nothing comes of it. */
static void
disturb_the_dead(World *world)
{
	MachineRun before = world->run;
	Fact fact = {.bits = 1, .occurred_at = WORLD_START};

	world->now += INSTANT_DAY;
	for (int kind = FACT_EVENT; kind <= FACT_REMOVAL; kind++)
	{
		fact.kind = (FactKind) kind;
		apply_fact(world, &fact, world->now);
	}
	campaign_machine_outcome(world->graph, &world->run, MACHINE_COMPLETE, NULL, world->states,
							 world->now, world->now, &world->effects);
	settle(world);
	world_require(
		world, !campaign_machine_promote(world->graph, &world->run, 0, world->now, &world->effects),
		"the dead are let go on");
	campaign_machine_drop(world->graph, &world->run, "dropped", world->now, &world->effects);
	settle(world);
	look_again(world, INSTANT_NEVER - 1);
	world_require(world, memcmp(&before, &world->run, sizeof(before)) == 0, "the dead move");
}

void
world_live(World *world, Manner manner)
{
	Instant horizon = manner.loops ? LOOP_HORIZON : HORIZON;
	GraphFault faults[RANDOM_MAX_STEPS];
	int n_faults;

	memset(world, 0, sizeof(*world));
	world->manner = manner;
	world->fate.state = manner.seed * 2 + (manner.events_only ? 1 : 0);
	world->lateness.state = manner.seed;
	world->effects.items = world->items;
	world->effects.max = MACHINE_MAX_MOVES;
	world->graph = &world->made.graph;
	do
	{
		world->made.events_only = manner.events_only;
		world->made.loops = manner.loops;
	} while (!random_graph_make(&world->made, &world->fate));
	n_faults = campaign_graph_check(world->graph, faults, RANDOM_MAX_STEPS);
	for (int i = 0; i < n_faults && i < RANDOM_MAX_STEPS; i++)
		world_require(world, faults[i].code != GRAPH_FAULT_LOOP_WITHOUT_DELAY,
					  "a loop with a delay is taken for one without");

	world->states = random_states(&world->fate);
	make_facts(world);
	world->now = WORLD_START;
	world->base = WORLD_START;
	world->lap = 1;
	world->run.seed = random_next(&world->fate);
	make_calendar(world);
	campaign_machine_start(world->graph, &world->run, WORLD_START);
	while (world->run.halt != RUN_ENDED && world->violation == NULL)
	{
		Instant next = next_instant(world);

		if (next > horizon && manner.loops)
		{
			look_again(world, world->now = horizon);
			campaign_machine_leave(&world->run, END_ARCHIVED, "archived", &world->effects);
			settle(world);
			break;
		}
		world_require(world, next <= horizon, "a run without a loop does not end");
		world->now = next + how_late(world);
		if (world->now > horizon && manner.loops)
			world->now = horizon;
		live_round(world);
	}
	world_mix(world, world->run.base);
	world_mix(world, world->run.end);
	if (world->violation == NULL)
		disturb_the_dead(world);
}
