/*
 * random_graph.c
 *		Makes sequences from their end to their start, so that whatever follows a step exists already.
 */
#include "random_graph.h"

#define MAX_DEPTH 3

uint64_t
random_next(Random *random)
{
	uint64_t number = (random->state += UINT64_C(0x9e3779b97f4a7c15));

	number = (number ^ (number >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	number = (number ^ (number >> 27)) * UINT64_C(0x94d049bb133111eb);
	return number ^ (number >> 31);
}

int
random_below(Random *random, int below)
{
	return (int) (random_next(random) % (uint64_t) below);
}

bool
random_chance(Random *random, int percent)
{
	return random_below(random, 100) < percent;
}

Instant
random_duration(Random *random)
{
	static const int hours[] = {0, 1, 2, 6, 24, 48, 72, 168, 360, 480};

	return hours[random_below(random, 10)] * INSTANT_HOUR;
}

static GraphCondition
make_condition(const RandomGraph *made, Random *random)
{
	GraphCondition condition = {.source = GRAPH_ALWAYS};

	if (random_chance(random, 10))
		return condition;
	condition.negated = random_chance(random, 30);
	if (made->events_only || random_chance(random, 50))
	{
		condition.source = GRAPH_BY_EVENT;
		condition.mask = UINT64_C(1) << random_below(random, RANDOM_EVENTS);
	}
	else
	{
		condition.source = GRAPH_BY_STATE;
		condition.mask = UINT64_C(1) << random_below(random, 5);
	}
	return condition;
}

static int
add_step(RandomGraph *made, GraphStepKind kind, int next)
{
	static const char *names[] = {"action", "delay", "only_if", "wait",  "branch", "split",
								  "goto",   "set",   "enroll",  "stage", "end"};
	int index = campaign_graph_add_step(&made->graph, kind, names[kind], "$");

	if (index != GRAPH_NONE)
		made->steps[index].next = next;
	return index;
}

/* An end, or a stage by which runs end. */
static int
add_end(RandomGraph *made, Random *random)
{
	static const EndKind ends[] = {END_SUCCESS, END_FAILURE, END_END};
	bool staged = !made->events_only && random_chance(random, 20);
	int index = add_step(made, staged ? GRAPH_STAGE : GRAPH_END, GRAPH_NONE);

	if (index != GRAPH_NONE)
		made->steps[index].end = ends[random_below(random, 3)];
	return index;
}

static int make_block(RandomGraph *made, Random *random, int depth, int follow);

/* Steps of their own, an end, or what follows anyway. */
static int
make_way(RandomGraph *made, Random *random, int depth, int follow)
{
	if (random_chance(random, 25))
		return add_end(made, random);
	if (depth < MAX_DEPTH && random_chance(random, 70))
		return make_block(made, random, depth + 1, follow);
	return follow;
}

static int
make_branch(RandomGraph *made, Random *random, int depth, int follow)
{
	int n = 1 + random_below(random, 3);
	int ways[3];
	int otherwise = make_way(made, random, depth, follow);
	int index;

	for (int i = 0; i < n; i++)
		ways[i] = make_way(made, random, depth, follow);
	index = add_step(made, GRAPH_BRANCH, follow);
	if (index == GRAPH_NONE)
		return GRAPH_NONE;
	made->steps[index].otherwise = otherwise;
	for (int i = 0; i < n; i++)
		if (!campaign_graph_add_case(&made->graph, index, make_condition(made, random), ways[i]))
			return GRAPH_NONE;
	return index;
}

static int
make_split(RandomGraph *made, Random *random, int depth, int follow)
{
	int n = 2 + random_below(random, 2);
	int left = GRAPH_WHOLE;
	int ways[3];
	int index;

	for (int i = 0; i < n; i++)
		ways[i] = make_way(made, random, depth, follow);
	index = add_step(made, GRAPH_SPLIT, follow);
	if (index == GRAPH_NONE)
		return GRAPH_NONE;
	for (int i = 0; i < n; i++)
	{
		int share = i == n - 1 ? left : 1 + random_below(random, left - (n - 1 - i));

		if (!campaign_graph_add_share(&made->graph, index, share, ways[i]))
			return GRAPH_NONE;
		left -= share;
	}
	return index;
}

/* What it requires, and sometimes another way where that does not hold. */
static int
make_action(RandomGraph *made, Random *random, int depth, int follow)
{
	bool demanding = random_chance(random, 25);
	int otherwise =
		demanding && random_chance(random, 60) ? make_way(made, random, depth, follow) : GRAPH_NONE;
	int index = add_step(made, GRAPH_ACTION, follow);

	if (index == GRAPH_NONE || !demanding)
		return index;
	made->steps[index].requires = (GraphRequirement) random_below(random, 4);
	made->steps[index].otherwise = otherwise;
	return index;
}

/* A length of time, or something that the calendar says. */
static int
make_delay(RandomGraph *made, Random *random, int depth, int follow)
{
	int dice = random_below(random, 100);
	int otherwise =
		dice < 10 && random_chance(random, 50) ? make_way(made, random, depth, follow) : GRAPH_NONE;
	int index = add_step(made, GRAPH_DELAY, follow);
	GraphStep *step;

	if (index == GRAPH_NONE)
		return GRAPH_NONE;
	step = &made->steps[index];
	if (dice < 10)
	{
		step->delay_kind = GRAPH_DELAY_DATE;
		step->date = random_below(random, RANDOM_DATES);
		step->otherwise = otherwise;
	}
	else if (dice < 25)
	{
		step->delay_kind = GRAPH_DELAY_BUSINESS_DAYS;
		step->days = 1 + random_below(random, 6);
	}
	else if (dice < 35)
		step->delay_kind = GRAPH_DELAY_NEXT_DAY;
	else
		step->delay = random_duration(random);
	return index;
}

/* One that a person or an event lets go on; some are shut for who has not opted in, some disabled. */
static int
make_stage(RandomGraph *made, Random *random, int follow)
{
	int index = add_step(made, GRAPH_STAGE, follow);
	GraphStep *step;

	if (index == GRAPH_NONE)
		return GRAPH_NONE;
	step = &made->steps[index];
	step->disabled = random_chance(random, 15);
	step->gated = random_chance(random, 30);
	if (random_chance(random, 40))
	{
		step->condition.source = GRAPH_BY_EVENT;
		step->condition.mask = UINT64_C(1) << random_below(random, RANDOM_EVENTS);
	}
	return index;
}

/* The stage of those who were dropped, to which no walk leads. */
static void
add_dropped(RandomGraph *made)
{
	int index = add_step(made, GRAPH_STAGE, GRAPH_NONE);

	if (index == GRAPH_NONE)
		return;
	made->steps[index].aside = true;
	made->steps[index].end = END_REMOVED;
}

static int
make_step(RandomGraph *made, Random *random, int depth, int follow)
{
	int dice = random_below(random, 100);
	int otherwise;
	int index;

	if (dice < 30 && !made->events_only)
		return make_action(made, random, depth, follow);
	if (dice < 55)
		return make_delay(made, random, depth, follow);
	if (dice < 60)
	{
		index = add_step(made, GRAPH_ONLY_IF, follow);
		if (index != GRAPH_NONE)
			made->steps[index].condition = make_condition(made, random);
		return index;
	}
	if (dice < 85 || depth >= MAX_DEPTH)
	{
		otherwise = make_way(made, random, depth, follow);
		index = add_step(made, GRAPH_WAIT, follow);
		if (index == GRAPH_NONE)
			return GRAPH_NONE;
		made->steps[index].condition = make_condition(made, random);
		made->steps[index].after = random_chance(random, 40) ? random_duration(random) : 0;
		made->steps[index].within = made->steps[index].after + random_duration(random);
		made->steps[index].otherwise = otherwise;
		return index;
	}
	if (dice < 88 && !made->events_only)
		return make_stage(made, random, follow);
	if (dice < 93)
		return make_branch(made, random, depth, follow);
	if (dice < 97)
		return make_split(made, random, depth, follow);
	if (dice < 99)
		return add_step(made, dice < 98 || made->events_only ? GRAPH_GOTO : GRAPH_SET, follow);
	if (depth > 0)
		return add_step(made, GRAPH_ENROLL, follow);
	return add_step(made, made->events_only ? GRAPH_GOTO : GRAPH_SET, follow);
}

/* One to four steps before what follows; the first of them. */
static int
make_block(RandomGraph *made, Random *random, int depth, int follow)
{
	for (int n = 1 + random_below(random, 4); n > 0 && follow != GRAPH_NONE; n--)
		follow = make_step(made, random, depth, follow);
	return follow;
}

/* True if no walk takes the delay at once. */
static bool
takes_an_hour(const GraphStep *step)
{
	return step->kind == GRAPH_DELAY &&
		   (step->delay_kind == GRAPH_DELAY_BUSINESS_DAYS ||
			step->delay_kind == GRAPH_DELAY_NEXT_DAY || step->delay >= INSTANT_HOUR);
}

/* Lets some delays, and some deadlines, lead to any step at all. */
static void
make_loops(RandomGraph *made, Random *random)
{
	for (int i = 1; i < made->graph.n_steps; i++)
	{
		GraphStep *step = &made->steps[i];
		int target = random_below(random, made->graph.n_steps);

		if (!random_chance(random, 30))
			continue;
		if (takes_an_hour(step))
			step->next = target;
		if (step->kind == GRAPH_GOTO && takes_an_hour(&made->steps[step->next]))
			made->steps[step->next].next = target;
		if (step->kind == GRAPH_WAIT && step->within >= INSTANT_HOUR)
			step->otherwise = target;
	}
}

bool
random_graph_make(RandomGraph *made, Random *random)
{
	int first;

	campaign_graph_init(&made->graph, made->steps, RANDOM_MAX_STEPS, made->cases, RANDOM_MAX_STEPS);
	made->graph.exit_on_reply = random_chance(random, 70);
	if (random_chance(random, 10))
		made->graph.goal = make_condition(made, random);
	if (random_chance(random, 10))
		made->graph.exit_if = make_condition(made, random);

	/* A run begins at the step made first, so that one is made to lead to the one made last. */
	add_step(made, GRAPH_ONLY_IF, GRAPH_NONE);
	if (random_chance(random, 10))
		made->steps[0].condition = make_condition(made, random);
	first = add_end(made, random);
	for (int n = 1 + random_below(random, 3); n > 0 && first != GRAPH_NONE; n--)
		first = make_block(made, random, 0, first);
	made->steps[0].next = first;
	if (!made->events_only && random_chance(random, 50))
		add_dropped(made);
	if (made->loops)
		make_loops(made, random);
	return first != GRAPH_NONE && campaign_graph_seal(&made->graph);
}
