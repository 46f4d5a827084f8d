/*
 * simulate.c
 *		Random runs through random sequences under a virtual clock: simulate [seeds] [first_seed].
 *
 * A small engine drives the machine as the real one does: it applies what was reported in order of
 * occurrence, then outcomes, then time, late by anything from nothing to days. Beside it the effects
 * are replayed by themselves, and must lead to where the run stands. A seed decides everything, so a
 * violation is told by its seed and shown by living it again with a trace.
 */
#include "core/machine.h"
#include "random_graph.h"
#include "unit.h"

#include <inttypes.h>
#include <stdlib.h>

#define START (INT64_C(9600) * INSTANT_DAY)
#define MAX_FACTS 24
#define LOOP_HORIZON (START + 300 * INSTANT_DAY)
#define HORIZON (START + 30000 * INSTANT_DAY)

typedef enum FactKind
{
	FACT_EVENT,
	FACT_REPLY,
	FACT_STATES, /* an event that changes the states with it */
	FACT_SILENT, /* the states change, and nobody says so */
	FACT_REMOVAL
} FactKind;

typedef struct Fact
{
	FactKind kind;
	Instant occurred_at;
	Instant visible_at;
	uint64_t bits;
	MachineStates states;
	bool applied;
} Fact;

/* What is lived: how one seed differs from another, or one life of a seed from its other. */
typedef struct Manner
{
	uint64_t seed;
	bool events_only;
	bool loops;
	bool late;
	bool trace;
} Manner;

typedef struct World
{
	Manner manner;
	Random fate; /* decides what happens */
	Random
		lateness; /* decides when it is noticed, so that one fate can be lived at different paces */
	RandomGraph made;
	const Graph *graph;
	Fact facts[MAX_FACTS];
	int n_facts;
	MachineRun run;
	MachineStates states;
	Instant now;
	Instant outcome_at; /* of the open action */
	MachineEffect items[MACHINE_MAX_MOVES];
	MachineEffects effects;

	/* What the effects alone say. */
	int step;
	int lap;
	Instant base;
	bool open;
	int ends;
	int queued_in[RANDOM_MAX_STEPS]; /* the lap in which an action was queued last */

	uint64_t hash;
	const char *violation;
} World;

/* Over all lives, to show that none of it was left out. */
static int seen_effects[MACHINE_ENDED + 1];
static int seen_ends[END_ARCHIVED + 1];
static int seen_kinds[GRAPH_END + 1];

static void
violate(World *world, const char *what)
{
	if (world->violation == NULL)
		world->violation = what;
	if (world->manner.trace)
		printf("# VIOLATED: %s\n", what);
}

static void
require(World *world, bool holds, const char *what)
{
	if (!holds)
		violate(world, what);
}

static void
mix(World *world, int64_t number)
{
	world->hash = (world->hash ^ (uint64_t) number) * UINT64_C(0x100000001b3);
	world->hash ^= world->hash >> 29;
}

static double
in_hours(Instant instant)
{
	return instant == INSTANT_NEVER ? -1 : (double) (instant - START) / (double) INSTANT_HOUR;
}

static void
trace_effect(const World *world, const MachineEffect *effect)
{
	static const char *names[] = {"queued",    "delayed",   "waiting",   "passed",
								  "prevented", "timed out", "withdrawn", "ended"};

	if (world->manner.trace)
		printf("# %10.2f h: step %d (%s) %s, branch %d, as of %.2f h\n", in_hours(world->now),
			   effect->step, world->graph->steps[effect->step].name, names[effect->kind],
			   effect->branch, in_hours(effect->until));
}

/* Where a step that is passed leads, and as of when it may be. */
static int
replay_passed(World *world, const GraphStep *step, const MachineEffect *effect)
{
	Instant since = effect->until - world->base;
	int next = step->next;

	switch (step->kind)
	{
		case GRAPH_ACTION:
			require(world, !world->open, "an action is passed while it is open");
			break;
		case GRAPH_DELAY:
			require(world, since == step->delay, "a delay does not last as long as it says");
			break;
		case GRAPH_WAIT:
			require(world, since >= step->after, "a wait goes on before \"after\"");
			require(world, since <= step->within, "a wait goes on after its deadline");
			break;
		case GRAPH_BRANCH:
			require(world, since == 0, "a branch takes time");
			next = effect->branch < 0
					   ? step->otherwise
					   : world->graph->cases[step->first_case + effect->branch].target;
			break;
		case GRAPH_SPLIT:
			require(world, since == 0, "a split takes time");
			require(world,
					effect->branch == campaign_machine_draw(world->graph, step, world->run.seed),
					"B14: a run goes another way than it drew");
			next = world->graph->cases[step->first_case + effect->branch].target;
			break;
		case GRAPH_ONLY_IF:
		case GRAPH_GOTO:
			require(world, since == 0, "a condition takes time");
			break;
		case GRAPH_END:
			violate(world, "an end is passed");
			break;
	}
	return next;
}

/* Another lap begins with each step back, and no action is queued twice in one. */
static void
replay_move(World *world, int next)
{
	if (next <= world->step)
		world->lap++;
	world->step = next;
}

static void
replay(World *world, const MachineEffect *effect)
{
	const GraphStep *step = &world->graph->steps[effect->step];

	trace_effect(world, effect);
	mix(world, effect->kind);
	mix(world, effect->step);
	mix(world, effect->branch);
	mix(world, effect->until);
	seen_effects[effect->kind]++;
	seen_kinds[step->kind]++;
	require(world, world->ends == 0, "something happens after the end");
	require(world, effect->step == world->step, "an effect is not of the step where the run is");

	switch (effect->kind)
	{
		case MACHINE_QUEUED:
			require(world, !world->open, "an action is queued while another is open");
			require(world, step->kind == GRAPH_ACTION, "no action is queued");
			require(world, campaign_machine_refusal(step->requires, world->states) == NULL,
					"an action is queued that is refused");
			require(world, effect->until == world->base, "an action is not queued as of its turn");
			require(world, world->queued_in[effect->step] != world->lap,
					"an action is queued twice under one occurrence");
			world->queued_in[effect->step] = world->lap;
			world->open = true;
			world->outcome_at = world->now + random_duration(&world->fate) +
								random_below(&world->fate, 3600) * INSTANT_SECOND;
			break;
		case MACHINE_DELAYED:
			require(world, effect->until == world->base + step->delay, "a delay ends elsewhere");
			break;
		case MACHINE_WAITING:
			require(world, effect->until == world->base + step->within, "a wait ends elsewhere");
			break;
		case MACHINE_PASSED:
			require(world, effect->until >= world->base, "a base goes back");
			replay_move(world, replay_passed(world, step, effect));
			world->base = effect->until;
			break;
		case MACHINE_PREVENTED:
			require(world, step->otherwise != GRAPH_NONE && effect->code != NULL,
					"an action is prevented that has no other way");
			require(world, !world->open && effect->until >= world->base, "a base goes back");
			replay_move(world, step->otherwise);
			world->base = effect->until;
			break;
		case MACHINE_TIMED_OUT:
			require(world, effect->until == world->base + step->within, "a deadline is elsewhere");
			replay_move(world, step->otherwise);
			world->base = effect->until;
			break;
		case MACHINE_WITHDRAWN:
			require(world, world->open, "an action is withdrawn that is not open");
			world->open = false;
			break;
		case MACHINE_ENDED:
			world->ends++;
			seen_ends[world->run.end]++;
			break;
	}
	if (effect->kind != MACHINE_DELAYED && effect->kind != MACHINE_WAITING)
		require(world, effect->until <= world->now, "something happens as of the future");
}

/* After every call: the effects are replayed, and all that must hold of a run at rest is looked at. */
static void
settle(World *world)
{
	const MachineRun *run = &world->run;
	bool ended;

	for (int i = 0; i < world->effects.n; i++)
		replay(world, &world->items[i]);
	ended = run->halt == RUN_ENDED;
	require(world, !world->effects.overflow, "there are more effects than room");
	require(world, campaign_machine_sound(world->graph, run),
			"B5: a run has neither an action, nor a timer, nor a deadline, nor an end");
	require(world, run->step == world->step, "B8: the effects lead elsewhere than the run");
	require(world, run->lap == world->lap, "B8: the effects lead to another lap than the run");
	require(world, run->base == world->base || ended, "B8: the effects count from another instant");
	require(world, world->open == (run->halt == RUN_ON_ACTION), "an action is lost or left over");
	require(world, (world->ends == 1) == ended, "a run does not end exactly once");
	world->effects.n = 0;
}

static void
look_again(World *world, Instant now)
{
	MachineRun *run = &world->run;

	do
	{
		campaign_machine_advance(world->graph, run, world->states, now, &world->effects);
		settle(world);
	} while (run->due_at <= now && world->violation == NULL && world->run.halt != RUN_AT_ENTRY);
	require(world, run->due_at > now, "what is due is not done");
}

static void
report_outcome(World *world)
{
	static const MachineOutcome rare[] = {MACHINE_SKIPPED, MACHINE_SKIPPED, MACHINE_FAILED,
										  MACHINE_REFUSED, MACHINE_EXPIRED};
	MachineOutcome outcome =
		random_chance(&world->fate, 85) ? MACHINE_COMPLETE : rare[random_below(&world->fate, 5)];

	if (world->manner.trace)
		printf("# %10.2f h: outcome %d at %.2f h\n", in_hours(world->now), outcome,
			   in_hours(world->outcome_at));
	world->open = false;
	campaign_machine_outcome(world->graph, &world->run, outcome, NULL, world->states,
							 world->outcome_at, world->now, &world->effects);
	settle(world);
}

static void
apply_fact(World *world, Fact *fact, Instant now)
{
	const Graph *graph = world->graph;

	if (world->manner.trace)
		printf("# %10.2f h: fact %d of %.2f h, bits %x, states %x\n", in_hours(now), fact->kind,
			   in_hours(fact->occurred_at), (unsigned) fact->bits, (unsigned) fact->states);
	fact->applied = true;
	if (fact->kind == FACT_STATES || fact->kind == FACT_SILENT)
		world->states = fact->states;
	switch (fact->kind)
	{
		case FACT_EVENT:
		case FACT_STATES:
			campaign_machine_event(graph, &world->run, fact->bits, world->states, fact->occurred_at,
								   now, &world->effects);
			break;
		case FACT_REPLY:
			campaign_machine_reply(graph, &world->run, fact->bits, world->states, fact->occurred_at,
								   now, &world->effects);
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
	MachineStates states = UINT64_C(1) << random_below(random, 3);

	if (random_chance(random, 50))
		states |= GRAPH_STATE_HAS_EMAIL;
	return random_chance(random, 10) ? states | GRAPH_STATE_SUPPRESSED : states;
}

static void
make_facts(World *world)
{
	int kinds = world->manner.events_only ? FACT_STATES : FACT_REMOVAL;

	world->n_facts = random_below(&world->fate, MAX_FACTS);
	for (int i = 0; i < world->n_facts; i++)
	{
		Fact *fact = &world->facts[i];
		int hours = random_below(&world->fate, 1000);

		fact->kind = (FactKind) random_below(&world->fate, kinds);
		if (fact->kind == FACT_REPLY && random_chance(&world->fate, 80))
			fact->kind = FACT_EVENT;
		if (!world->manner.events_only && random_chance(&world->fate, 1))
			fact->kind = FACT_REMOVAL;
		fact->occurred_at = START + hours * INSTANT_HOUR;
		fact->visible_at = fact->occurred_at;
		if (!world->manner.events_only && random_chance(&world->fate, 20))
			fact->visible_at += random_duration(&world->fate);
		fact->bits = UINT64_C(1) << random_below(&world->fate, RANDOM_EVENTS);
		fact->states = random_states(&world->fate);
	}
	qsort(world->facts, (size_t) world->n_facts, sizeof(Fact), compare_facts);
}

/* Whatever is reported of a run that has ended, nothing comes of it. */
static void
disturb_the_dead(World *world)
{
	MachineRun before = world->run;
	Fact fact = {.bits = 1, .occurred_at = START};

	world->now += INSTANT_DAY;
	for (int kind = FACT_EVENT; kind <= FACT_REMOVAL; kind++)
	{
		fact.kind = (FactKind) kind;
		apply_fact(world, &fact, world->now);
	}
	campaign_machine_outcome(world->graph, &world->run, MACHINE_COMPLETE, NULL, world->states,
							 world->now, world->now, &world->effects);
	settle(world);
	look_again(world, INSTANT_NEVER - 1);
	require(world, memcmp(&before, &world->run, sizeof(before)) == 0, "the dead move");
}

static void
live(World *world, Manner manner)
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
		require(world, faults[i].code != GRAPH_FAULT_LOOP_WITHOUT_DELAY,
				"a loop with a delay is taken for one without");

	world->states = random_states(&world->fate);
	make_facts(world);
	world->now = START;
	world->base = START;
	world->lap = 1;
	world->run.seed = random_next(&world->fate);
	campaign_machine_start(world->graph, &world->run, START);
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
		require(world, next <= horizon, "a run without a loop does not end");
		world->now = next + how_late(world);
		if (world->now > horizon && manner.loops)
			world->now = horizon;
		live_round(world);
	}
	mix(world, world->run.base);
	mix(world, world->run.end);
	if (world->violation == NULL)
		disturb_the_dead(world);
}

/* Tells a violation of this manner of life, by living it again with a trace. */
static void
tell(Manner manner, const char *violation)
{
	static World again;

	printf("# seed %" PRIu64 "%s%s%s: %s\n", manner.seed, manner.events_only ? ", events only" : "",
		   manner.loops ? ", loops" : "", manner.late ? ", late" : "", violation);
	manner.trace = true;
	live(&again, manner);
}

int
main(int argc, char **argv)
{
	static World world;
	static World other;
	uint64_t n_seeds = argc > 1 ? strtoull(argv[1], NULL, 10) : 2000;
	uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	int bad = 0;
	int different = 0;
	int changed_by_lateness = 0;
	bool all_seen = true;
	char name[160];

	for (uint64_t seed = first; seed < first + n_seeds; seed++)
	{
		Manner manner = {.seed = seed, .loops = seed % 4 == 0, .late = seed % 3 != 0};

		live(&world, manner);
		if (world.violation != NULL && bad++ < 3)
			tell(manner, world.violation);
		live(&other, manner);
		different += world.hash != other.hash;

		manner.events_only = true;
		manner.late = false;
		live(&world, manner);
		if (world.violation != NULL && bad++ < 3)
			tell(manner, world.violation);
		manner.late = true;
		live(&other, manner);
		if (other.violation != NULL && bad++ < 3)
			tell(manner, other.violation);
		if (world.hash != other.hash && changed_by_lateness++ < 1)
		{
			tell(manner, "lateness changes what happens; in time, it is:");
			manner.late = false;
			tell(manner, "as it should be");
		}
	}

	snprintf(name, sizeof(name), "B5: %" PRIu64 " seeds keep every invariant, and end exactly once",
			 n_seeds);
	IS(bad, 0, name);
	IS(different, 0, "the same seed lives the same life");
	IS(changed_by_lateness, 0,
	   "S2.32: what happens by time and events does not depend on lateness");
	for (int i = 0; i <= MACHINE_ENDED; i++)
		all_seen &= seen_effects[i] > 0;
	for (int i = END_SUCCESS; i <= END_ARCHIVED; i++)
		all_seen &= seen_ends[i] > 0;
	for (int i = 0; i <= GRAPH_END; i++)
		all_seen &= seen_kinds[i] > 0;
	OK(all_seen || n_seeds < 100,
	   "every kind of step, every effect and every end came to pass (S2.22, S2.23)");
	return unit_done();
}
