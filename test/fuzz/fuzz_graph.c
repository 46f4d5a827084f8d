/*
 * fuzz_graph.c
 *		Any graph at all: what does not seal is refused, what does is checked as a slow walk says, and a run
 *		through one without a loop that takes no time is sound whatever is reported of it.
 */
#include "fuzz.h"

#include "core/graph_check.h"
#include "core/machine.h"

#define STEPS 24
#define CASES 32
#define DATES 3
#define MOVES 40
#define START (INT64_C(9600) * INSTANT_DAY)

typedef struct Case
{
	Graph graph;
	GraphStep steps[STEPS];
	GraphCase cases[CASES];
	Instant dates[DATES];
	WeeklySlot slot;
	MachineCalendar calendar;
	MachineEffect items[MACHINE_MAX_MOVES];
} Case;

static int32_t
no_offset(void *arg, Instant instant)
{
	(void) arg;
	(void) instant;
	return 3600;
}

static GraphCondition
make_condition(Choices *choices)
{
	GraphCondition condition = {.source =
									(GraphConditionSource) choose(choices, GRAPH_BY_PATH + 1)};

	condition.negated = choose(choices, 2);
	condition.mask = UINT64_C(1) << choose(choices, 8);
	if (condition.source == GRAPH_BY_PATH)
		condition.mask = UINT64_C(1) << (GRAPH_FIRST_PATH + choose(choices, GRAPH_MAX_PATHS));
	if (choose(choices, 4) == 1)
		condition.mask |= GRAPH_STATE_PENDING;
	return condition;
}

static Instant
make_length(Choices *choices)
{
	static const Instant some[] = {
		0, 1, INSTANT_HOUR, INSTANT_DAY, 400 * INSTANT_DAY, 40000 * INSTANT_DAY, -1};

	return some[choose(choices, 7)];
}

/* Mostly to a step, a few nowhere. */
static int
make_target(Choices *choices)
{
	return choose(choices, STEPS + 2) - 1;
}

static void
make_step(Choices *choices, Graph *graph)
{
	static const char *const names[] = {"a", "b", "", NULL};
	GraphStepKind kind = (GraphStepKind) choose(choices, GRAPH_END + 1);
	int index = campaign_graph_add_step(graph, kind, names[choose(choices, 4)],
										choose(choices, 2) ? "$" : NULL);
	GraphStep *step = &graph->steps[index];

	step->next = make_target(choices);
	step->otherwise = make_target(choices);
	step->condition = make_condition(choices);
	step->delay_kind = (GraphDelayKind) choose(choices, GRAPH_DELAY_DATE + 1);
	step->delay = make_length(choices);
	step->days = choose(choices, 30);
	step->date = choose(choices, DATES);
	step->after = make_length(choices);
	step->within = make_length(choices);
	step->requires = (GraphRequirement) choose(choices, GRAPH_REQUIRES_EMAIL + 1);
	step->creates_relation = choose(choices, 2);
	step->finds_email = choose(choices, 2);
	step->disabled = choose(choices, 4) == 1;
	step->gated = choose(choices, 4) == 1;
	if (kind == GRAPH_END || (kind == GRAPH_STAGE && choose(choices, 4) == 1))
		step->end = (EndKind) choose(choices, END_ARCHIVED + 1);
	if (kind == GRAPH_STAGE && step->end != END_NONE)
		step->aside = choose(choices, 2) && index > 0;
	for (int n = choose(choices, 4); n > 0 && kind == GRAPH_BRANCH; n--)
		campaign_graph_add_case(graph, index, make_condition(choices), make_target(choices));
	for (int n = choose(choices, 4); n > 0 && kind == GRAPH_SPLIT; n--)
		campaign_graph_add_share(
			graph, index,
			n == 1 ? GRAPH_WHOLE - (step->n_cases ? graph->cases[graph->n_cases - 1].upto : 0)
				   : 1000 * choose(choices, 256),
			make_target(choices));
}

static bool
make_graph(Choices *choices, Case *one)
{
	int n = 1 + choose(choices, STEPS);

	campaign_graph_init(&one->graph, one->steps, STEPS, one->cases, CASES);
	one->graph.exit_on_reply = choose(choices, 2);
	if (choose(choices, 4) == 1)
		one->graph.goal = make_condition(choices);
	if (choose(choices, 4) == 1)
		one->graph.exit_if = make_condition(choices);
	for (int i = 0; i < n; i++)
		make_step(choices, &one->graph);
	/* most links that lead nowhere are bent to lead somewhere, else hardly any graph would seal */
	for (int i = 0; i < n && choose(choices, 16) != 1; i++)
	{
		GraphStep *step = &one->steps[i];

		step->next = step->next < 0 ? 0 : step->next % n;
		if (step->otherwise >= n || step->kind == GRAPH_WAIT || step->kind == GRAPH_BRANCH)
			step->otherwise = step->otherwise < 0 ? 0 : step->otherwise % n;
		step->delay = step->delay < 0 ? 0 : step->delay;
		step->after = step->after < 0 ? 0 : step->after;
		step->within = step->within < 0 ? 0 : step->within;
		step->days += 1;
		if (step->kind == GRAPH_END && step->end == END_NONE)
			step->end = END_SUCCESS;
		if (step->kind == GRAPH_SPLIT && step->n_cases == 0)
			step->kind = GRAPH_GOTO;
		if (step->kind == GRAPH_STAGE && step->end != END_NONE)
		{
			step->disabled = false;
			step->condition.source = GRAPH_ALWAYS;
		}
		for (int c = 0; c < step->n_cases; c++)
		{
			GraphCase *way = &one->cases[step->first_case + c];

			way->target = way->target < 0 ? 0 : way->target % n;
		}
	}
	return campaign_graph_seal(&one->graph);
}

/* Where a walk comes by links of any kind, one after the other until there are no more. */
static void
reach(const Graph *graph, bool *reached)
{
	bool more = true;

	memset(reached, 0, STEPS * sizeof(bool));
	reached[0] = true;
	while (more)
	{
		more = false;
		for (int i = 0; i < graph->n_steps; i++)
		{
			const GraphStep *step = &graph->steps[i];
			bool cases = step->kind == GRAPH_BRANCH || step->kind == GRAPH_SPLIT;
			bool leaves = step->kind == GRAPH_END || step->kind == GRAPH_ENROLL || step->aside ||
						  (step->kind == GRAPH_STAGE && step->end != END_NONE);
			bool other = step->kind == GRAPH_WAIT || step->kind == GRAPH_BRANCH ||
						 ((step->kind == GRAPH_ACTION || step->kind == GRAPH_DELAY) &&
						  step->otherwise != GRAPH_NONE);

			if (!reached[i] || leaves)
				continue;
			for (int c = 0; cases && c < step->n_cases; c++)
			{
				more = more || !reached[graph->cases[step->first_case + c].target];
				reached[graph->cases[step->first_case + c].target] = true;
			}
			if (!cases)
			{
				more = more || !reached[step->next];
				reached[step->next] = true;
			}
			if (other)
			{
				more = more || !reached[step->otherwise];
				reached[step->otherwise] = true;
			}
		}
	}
}

/* False if there is a fault for which the definition of a campaign is refused, and no run goes through it. */
static bool
check_faults(const Graph *graph)
{
	GraphFault faults[8 * STEPS];
	bool reached[STEPS];
	bool told[STEPS] = {false};
	bool walkable = true;
	int n = campaign_graph_check(graph, faults, 8 * STEPS);

	reach(graph, reached);
	hold(n >= 0 && n <= 5 * graph->n_steps);
	for (int i = 0; i < n; i++)
	{
		hold(faults[i].step >= 0 && faults[i].step < graph->n_steps);
		hold(i == 0 || faults[i - 1].step <= faults[i].step);
		told[faults[i].step] = told[faults[i].step] || faults[i].code == GRAPH_FAULT_UNREACHABLE;
		walkable = walkable && faults[i].code != GRAPH_FAULT_LOOP_WITHOUT_DELAY &&
				   faults[i].code != GRAPH_FAULT_NEVER_HOLDS;
	}
	for (int i = 0; i < graph->n_steps; i++)
		hold(told[i] == (!reached[i] && graph->steps[i].path != NULL && !graph->steps[i].aside));
	return walkable;
}

static void
move_run(Choices *choices, Case *one, MachineRun *run, MachineStates states, Instant now,
		 MachineEffects *effects)
{
	Instant earlier = now - choose(choices, 3) * INSTANT_HOUR;
	uint64_t bits = UINT64_C(1) << choose(choices, 8);
	int kind = choose(choices, 10);

	if (kind == 0)
		campaign_machine_event(&one->graph, run, bits, states, earlier, now, effects);
	else if (kind == 1)
		campaign_machine_reply(&one->graph, run, bits, states, earlier, now, effects);
	else if (kind == 2)
		campaign_machine_promote(&one->graph, run, run->halt == RUN_ON_STAGE ? GRAPH_NONE : 0, now,
								 effects);
	else if (kind == 3 && choose(choices, 8) == 1)
		campaign_machine_drop(&one->graph, run, "dropped", now, effects);
	else if (kind == 4)
		campaign_machine_rearm(&one->graph, run, now);
	else if (kind == 5)
		campaign_machine_settle(&one->graph, run, bits, earlier, effects);
	else if (kind <= 7 && run->halt == RUN_ON_ACTION)
		campaign_machine_outcome(&one->graph, run,
								 (MachineOutcome) choose(choices, MACHINE_EXPIRED + 1), NULL,
								 states, earlier, now, effects);
	else
	{
		campaign_machine_advance(&one->graph, run, states, now, effects);
		hold(!effects->overflow);
	}
}

static void
live(Choices *choices, Case *one)
{
	MachineEffects effects = {.items = one->items, .max = MACHINE_MAX_MOVES};
	MachineRun run;
	Instant now = START;

	memset(&run, 0, sizeof(run));
	one->slot = (WeeklySlot){1 + choose(choices, 7), 8 * INSTANT_HOUR, 9 * INSTANT_HOUR};
	for (int i = 0; i < DATES; i++)
		one->dates[i] = choose(choices, 3) == 1 ? INSTANT_NEVER
												: START + (choose(choices, 256) - 50) * INSTANT_DAY;
	one->calendar = (MachineCalendar){.zone = {.offset_at = no_offset},
									  .slots = &one->slot,
									  .n_slots = choose(choices, 2),
									  .dates = one->dates};
	run.calendar = &one->calendar;
	run.seed = choose_byte(choices);
	campaign_machine_start(&one->graph, &run, now);
	for (int i = 0; i < MOVES && run.halt != RUN_ENDED; i++)
	{
		MachineStates states = GRAPH_STATE_PATHS_KNOWN | UINT64_C(1) << choose(choices, 3) |
							   (uint64_t) choose_byte(choices) << 3 |
							   (uint64_t) choose_byte(choices) << GRAPH_FIRST_PATH;
		MachineRun before = run;
		int lap = run.lap;

		effects.n = 0;
		effects.overflow = false;
		move_run(choices, one, &run, states & ~(uint64_t) (1 << 6), now, &effects);
		if (effects.overflow)
		{
			run = before;
			break;
		}
		hold(effects.n >= 0 && effects.n <= effects.max);
		hold(run.step >= 0 && run.step < one->graph.n_steps && run.lap >= lap);
		hold(campaign_machine_sound(&one->graph, &run));
		(void) campaign_machine_reads(&one->graph, &run);
		(void) campaign_machine_paths(&one->graph, &run);
		(void) campaign_machine_watches(&one->graph, &run);
		now = campaign_instant_plus(now, make_length(choices) + 1);
	}
}

int
LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
	Choices choices = {bytes, len};
	Case *one = malloc(sizeof(Case));

	hold(one != NULL);
	if (make_graph(&choices, one) && check_faults(&one->graph))
		live(&choices, one);
	free(one);
	return 0;
}
