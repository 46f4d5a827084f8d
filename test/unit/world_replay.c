/*
 * world_replay.c
 *		What the effects of the machine say by themselves: they alone must lead to where the run stands.
 */
#include "world.h"

#include <inttypes.h>
#include <stdio.h>

int world_seen_effects[MACHINE_ENDED + 1];
int world_seen_ends[END_ARCHIVED + 1];
int world_seen_kinds[GRAPH_END + 1];

void
world_violate(World *world, const char *what)
{
	if (world->violation == NULL)
		world->violation = what;
	if (world->manner.trace)
		printf("# VIOLATED: %s\n", what);
}

void
world_require(World *world, bool holds, const char *what)
{
	if (!holds)
		world_violate(world, what);
}

void
world_mix(World *world, int64_t number)
{
	world->hash = (world->hash ^ (uint64_t) number) * UINT64_C(0x100000001b3);
	world->hash ^= world->hash >> 29;
}

double
world_hours(Instant instant)
{
	return instant == INSTANT_NEVER ? -1 : (double) (instant - WORLD_START) / (double) INSTANT_HOUR;
}

static void
trace_effect(const World *world, const MachineEffect *effect)
{
	static const char *names[] = {"queued",    "delayed", "waiting",   "passed",  "prevented",
								  "timed out", "overdue", "set",       "enrolls", "at stage",
								  "jumped",    "gated",   "withdrawn", "ended"};

	if (world->manner.trace)
		printf("# %10.2f h: step %d (%s) %s, branch %d, as of %.2f h\n", world_hours(world->now),
			   effect->step, world->graph->steps[effect->step].name, names[effect->kind],
			   effect->branch, world_hours(effect->until));
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
			world_require(world, !world->open, "an action is passed while it is open");
			break;
		case GRAPH_DELAY:
			world_require(world, effect->until == world->delayed_until,
						  "a delay does not last as long as it says");
			break;
		case GRAPH_WAIT:
			world_require(world, since >= step->after, "a wait goes on before \"after\"");
			world_require(world, since <= step->within, "a wait goes on after its deadline");
			break;
		case GRAPH_BRANCH:
			world_require(world, since == 0, "a branch takes time");
			next = effect->branch < 0
					   ? step->otherwise
					   : world->graph->cases[step->first_case + effect->branch].target;
			break;
		case GRAPH_SPLIT:
			world_require(world, since == 0, "a split takes time");
			world_require(
				world, effect->branch == campaign_machine_draw(world->graph, step, world->run.seed),
				"B14: a run goes another way than it drew");
			next = world->graph->cases[step->first_case + effect->branch].target;
			break;
		case GRAPH_ONLY_IF:
		case GRAPH_GOTO:
		case GRAPH_SET:
			world_require(world, since == 0, "a condition takes time");
			break;
		case GRAPH_STAGE:
			world_require(world, since == 0 || world->staged,
						  "a stage is passed that was not entered");
			world_require(world, step->end == END_NONE, "a stage is passed by which runs end");
			break;
		case GRAPH_ENROLL:
		case GRAPH_END:
			world_violate(world, "an end is passed");
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
replay_queued(World *world, const GraphStep *step, const MachineEffect *effect)
{
	world_require(world, !world->open, "an action is queued while another is open");
	world_require(world, step->kind == GRAPH_ACTION, "no action is queued");
	world_require(world, campaign_machine_refusal(step->requires, world->states) == NULL,
				  "an action is queued that is refused");
	world_require(world, effect->until == world->base, "an action is not queued as of its turn");
	world_require(world, world->queued_in[effect->step] != world->lap,
				  "an action is queued twice under one occurrence");
	world->queued_in[effect->step] = world->lap;
	world->open = true;
	world->outcome_at = world->now + random_duration(&world->fate) +
						random_below(&world->fate, 3600) * INSTANT_SECOND;
}

/* The stage of those who were dropped is entered from anywhere, any other by the walk. */
static void
replay_entry(World *world, const GraphStep *step, const MachineEffect *effect)
{
	world_require(world, step->kind == GRAPH_STAGE && !step->disabled, "no stage is entered");
	world_require(world, step->aside || !step->gated || (world->states & GRAPH_STATE_OPTED_IN) != 0,
				  "S5.6: a stage is entered by who has not opted in");
	world_require(world, effect->until == world->base || step->aside,
				  "a stage is not entered as of its turn");
	world->step = effect->step;
	world->staged = step->end == END_NONE;
	world->promote_at = world->now + random_duration(&world->fate);
}

static void
replay_stage(World *world, const GraphStep *step, const MachineEffect *effect)
{
	if (effect->kind == MACHINE_STAGE)
		replay_entry(world, step, effect);
	else if (effect->kind == MACHINE_JUMPED)
	{
		world_require(world, world->staged, "a run is moved by hand that stands at no stage");
		replay_move(world, effect->branch);
		world->base = effect->until;
		world->staged = false;
	}
	else
	{
		world_require(world, step->gated && (world->states & GRAPH_STATE_OPTED_IN) == 0,
					  "a stage is shut for who has opted in");
		/* as if the prospect opted in while the run is held */
		world->states |= GRAPH_STATE_OPTED_IN;
	}
}

static void
replay_delayed(World *world, const GraphStep *step, const MachineEffect *effect)
{
	world_require(
		world, step->delay_kind != GRAPH_DELAY_LENGTH || effect->until == world->base + step->delay,
		"a delay ends elsewhere");
	world_require(world, effect->until >= world->base, "a delay ends before it began");
	world->delayed_until = effect->until;
}

void
world_replay(World *world, const MachineEffect *effect)
{
	const GraphStep *step = &world->graph->steps[effect->step];

	trace_effect(world, effect);
	world_mix(world, effect->kind);
	world_mix(world, effect->step);
	world_mix(world, effect->branch);
	world_mix(world, effect->until);
	world_seen_effects[effect->kind]++;
	world_seen_kinds[step->kind]++;
	world_require(world, world->ends == 0, "something happens after the end");
	world_require(world,
				  effect->step == world->step || (effect->kind == MACHINE_STAGE && step->aside),
				  "an effect is not of the step where the run is");

	switch (effect->kind)
	{
		case MACHINE_QUEUED:
			replay_queued(world, step, effect);
			break;
		case MACHINE_DELAYED:
			replay_delayed(world, step, effect);
			break;
		case MACHINE_OVERDUE:
			world_require(world,
						  step->delay_kind == GRAPH_DELAY_DATE &&
							  world->dates[step->date] < world->base &&
							  step->otherwise != GRAPH_NONE,
						  "a delay is overdue whose date is still to come");
			replay_move(world, step->otherwise);
			break;
		case MACHINE_WAITING:
			world_require(world, effect->until == world->base + step->within,
						  "a wait ends elsewhere");
			break;
		case MACHINE_PASSED:
			world_require(world, effect->until >= world->base, "a base goes back");
			replay_move(world, replay_passed(world, step, effect));
			world->base = effect->until;
			world->staged = false;
			break;
		case MACHINE_STAGE:
		case MACHINE_JUMPED:
		case MACHINE_GATED:
			replay_stage(world, step, effect);
			break;
		case MACHINE_PREVENTED:
			world_require(world, step->otherwise != GRAPH_NONE && effect->code != NULL,
						  "an action is prevented that has no other way");
			world_require(world, !world->open && effect->until >= world->base, "a base goes back");
			replay_move(world, step->otherwise);
			world->base = effect->until;
			break;
		case MACHINE_TIMED_OUT:
			world_require(world, effect->until == world->base + step->within,
						  "a deadline is elsewhere");
			replay_move(world, step->otherwise);
			world->base = effect->until;
			break;
		case MACHINE_SET:
			world_require(world, step->kind == GRAPH_SET, "nothing is to be set");
			break;
		case MACHINE_ENROLL:
			world_require(world, step->kind == GRAPH_ENROLL && world->run.end == END_SUCCESS,
						  "a run is to go on elsewhere that has not ended");
			break;
		case MACHINE_WITHDRAWN:
			world_require(world, world->open, "an action is withdrawn that is not open");
			world->open = false;
			break;
		case MACHINE_ENDED:
			world->ends++;
			world->staged = false;
			world_seen_ends[world->run.end]++;
			break;
	}
	if (effect->kind != MACHINE_DELAYED && effect->kind != MACHINE_WAITING)
		world_require(world, effect->until <= world->now, "something happens as of the future");
}
