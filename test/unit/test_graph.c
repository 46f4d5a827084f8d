/*
 * test_graph.c
 *		Building graphs, and the faults that are found in them.
 */
#include "core/graph_check.h"
#include "unit.h"

#define MAX_STEPS 32
#define MAX_FAULTS 32

static GraphStep steps[MAX_STEPS];
static GraphCase cases[MAX_STEPS];

static GraphCondition
by_state(uint64_t mask, bool negated)
{
	return (GraphCondition){.source = GRAPH_BY_STATE, .negated = negated, .mask = mask};
}

static Graph
empty_graph(void)
{
	Graph graph;

	campaign_graph_init(&graph, steps, MAX_STEPS, cases, MAX_STEPS);
	return graph;
}

/* Appends a step that leads to the one after it. */
static GraphStep *
add(Graph *graph, GraphStepKind kind)
{
	int index = campaign_graph_add_step(graph, kind, "step", "$");

	steps[index].next = index + 1;
	steps[index].end = END_SUCCESS;
	return &steps[index];
}

static GraphStep *
add_message(Graph *graph)
{
	GraphStep *step = add(graph, GRAPH_ACTION);

	step->requires = GRAPH_REQUIRES_CONNECTED;
	return step;
}

static GraphStep *
add_wait(Graph *graph, GraphCondition until, int otherwise)
{
	GraphStep *step = add(graph, GRAPH_WAIT);

	step->condition = until;
	step->within = INSTANT_DAY;
	step->otherwise = otherwise;
	return step;
}

/* The faults of a graph as text, as "2:loop 3:unreachable". */
static const char *
faults_of(Graph *graph)
{
	static const char *names[] = {"unreachable", "loop", "unconnected", "unaddressed", "never"};
	static char text[512];
	GraphFault faults[MAX_FAULTS];
	int n;
	size_t length = 0;

	if (!campaign_graph_seal(graph))
		return "not sealed";
	n = campaign_graph_check(graph, faults, MAX_FAULTS);
	text[0] = '\0';
	for (int i = 0; i < n; i++)
		length += (size_t) snprintf(text + length, sizeof(text) - length, "%s%d:%s",
									i > 0 ? " " : "", faults[i].step, names[faults[i].code]);
	return text;
}

static void
test_building(void)
{
	GraphStep two[2];
	GraphCase one[1];
	Graph graph;

	campaign_graph_init(&graph, two, 2, one, 1);
	IS(campaign_graph_add_step(&graph, GRAPH_BRANCH, "a", "$[0]"), 0, "the first step has index 0");
	IS(campaign_graph_add_step(&graph, GRAPH_END, "b", "$[1]"), 1, "steps are numbered in order");
	IS(campaign_graph_add_step(&graph, GRAPH_END, "c", "$[2]"), GRAPH_NONE,
	   "a full array refuses a step");
	OK(campaign_graph_add_case(&graph, 0, by_state(1, false), 1), "a case is appended");
	OK(!campaign_graph_add_case(&graph, 0, by_state(1, false), 1), "a full array refuses a case");
	OK(!campaign_graph_seal(&graph), "a branch without else is not sealed");
	two[0].otherwise = 1;
	OK(!campaign_graph_seal(&graph), "an end of no kind is not sealed");
	two[1].end = END_SUCCESS;
	OK(campaign_graph_seal(&graph), "a complete graph is sealed");
	one[0].target = 2;
	OK(!campaign_graph_seal(&graph), "a case that leads nowhere is not sealed");

	graph = empty_graph();
	OK(!campaign_graph_seal(&graph), "a graph without steps is not sealed");
	add(&graph, GRAPH_DELAY)->delay = -1;
	add(&graph, GRAPH_END);
	OK(!campaign_graph_seal(&graph), "a negative delay is not sealed");
	steps[0].delay = 1;
	OK(campaign_graph_seal(&graph), "a delay is");
	steps[0].next = GRAPH_NONE;
	OK(!campaign_graph_seal(&graph), "a step that leads nowhere is not sealed");

	graph = empty_graph();
	add(&graph, GRAPH_STAGE)->end = END_SUCCESS;
	OK(campaign_graph_seal(&graph), "a stage at which runs end is sealed");
	steps[0].disabled = true;
	OK(!campaign_graph_seal(&graph), "one that is passed over is not: nothing follows it");
	steps[0].disabled = false;
	steps[0].condition = (GraphCondition){.source = GRAPH_BY_EVENT, .mask = 1};
	OK(!campaign_graph_seal(&graph), "nor one that an event leaves");

	graph = empty_graph();
	add(&graph, GRAPH_BRANCH);
	add(&graph, GRAPH_BRANCH);
	OK(campaign_graph_add_case(&graph, 0, by_state(1, false), 1) &&
		   campaign_graph_add_case(&graph, 1, by_state(1, false), 1) &&
		   !campaign_graph_add_case(&graph, 0, by_state(1, false), 1),
	   "the cases of one branch stand together");

	IS_TEXT(campaign_graph_end_name(END_REMOVED), "removed", "an end has a name (S2.23)");
	IS_TEXT(campaign_graph_end_name(END_NONE), NULL, "no end has none");
}

static void
test_conditions(void)
{
	GraphCondition always = {.source = GRAPH_ALWAYS};
	GraphCondition event = {.source = GRAPH_BY_EVENT, .mask = 6};

	OK(campaign_graph_holds(always, 0, 0), "no condition always holds");
	OK(campaign_graph_holds(by_state(3, false), 2, 0), "any bit of the mask is enough");
	OK(!campaign_graph_holds(by_state(3, false), 4, 3), "events are not states");
	OK(campaign_graph_holds(by_state(3, true), 4, 3), "a negated condition holds if none is set");
	OK(campaign_graph_holds(event, 0, 4) && !campaign_graph_holds(event, 6, 1),
	   "states are not events");
	event.mask = UINT64_C(1) << 63;
	OK(campaign_graph_holds(event, 0, UINT64_C(1) << 63), "the last of 64 facts is one");
}

static void
test_reads(void)
{
	Graph graph = empty_graph();

	add(&graph, GRAPH_DELAY)->delay = 1;
	add(&graph, GRAPH_ONLY_IF)->condition = by_state(GRAPH_STATE_HAS_EMAIL, false);
	add(&graph, GRAPH_ACTION);
	add_wait(&graph, by_state(GRAPH_STATE_PENDING, false), 4);
	add(&graph, GRAPH_END);
	campaign_graph_seal(&graph);
	IS(steps[4].reads, 0, "an end has to know nothing");
	IS(steps[3].reads, GRAPH_READS_RELATION, "a wait for a relation reads it");
	IS(steps[2].reads, GRAPH_READS_ACCOUNT, "an action is where a walk halts");
	IS(steps[1].reads, GRAPH_READS_EMAIL | GRAPH_READS_ACCOUNT, "a condition and what follows");
	IS(steps[0].reads, steps[1].reads, "a delay is passed over");

	graph = empty_graph();
	add(&graph, GRAPH_DELAY)->delay = 1;
	add(&graph, GRAPH_BRANCH)->otherwise = 0;
	campaign_graph_add_case(&graph, 1, by_state(GRAPH_STATE_SUPPRESSED, false), 2);
	add_message(&graph);
	add(&graph, GRAPH_END);
	campaign_graph_seal(&graph);
	IS(steps[0].reads, GRAPH_READS_ACCOUNT | GRAPH_READS_RELATION, "loops are followed");
	IS(steps[1].reads, steps[0].reads, "from every step of them");
}

/* B12 */
static void
test_reach_and_loops(void)
{
	Graph graph = empty_graph();

	add(&graph, GRAPH_ACTION);
	add(&graph, GRAPH_END);
	add(&graph, GRAPH_ACTION);
	add(&graph, GRAPH_END);
	IS_TEXT(faults_of(&graph), "2:unreachable 3:unreachable",
			"B12: what follows an end is unreachable");
	steps[3].path = NULL;
	IS_TEXT(faults_of(&graph), "2:unreachable", "what the builder added is not blamed");

	graph = empty_graph();
	add(&graph, GRAPH_DELAY);
	add(&graph, GRAPH_ACTION);
	add(&graph, GRAPH_ACTION)->next = 0;
	IS_TEXT(faults_of(&graph), "0:loop",
			"B12: a loop of actions alone is told once, at its first step");
	steps[0].delay = 1;
	IS_TEXT(faults_of(&graph), "", "B12: a delay in the loop mends it");

	graph = empty_graph();
	add(&graph, GRAPH_ACTION);
	add_wait(&graph, by_state(GRAPH_STATE_HAS_EMAIL, false), 0);
	add(&graph, GRAPH_END);
	IS_TEXT(faults_of(&graph), "", "going back by the deadline of a wait takes time");
	steps[1].next = 0;
	steps[1].otherwise = 2;
	IS_TEXT(faults_of(&graph), "0:loop", "going back as soon as the condition holds does not");
	steps[1].after = 1;
	IS_TEXT(faults_of(&graph), "", "unless not before a time has passed");
	steps[1].after = INSTANT_DAY;
	IS_TEXT(faults_of(&graph), "1:never", "a wait that is over before it may go on never holds");

	graph = empty_graph();
	add(&graph, GRAPH_BRANCH)->otherwise = 0;
	campaign_graph_add_case(&graph, 0, by_state(1, false), 1);
	add(&graph, GRAPH_BRANCH)->otherwise = 1;
	campaign_graph_add_case(&graph, 1, by_state(1, false), 2);
	add(&graph, GRAPH_END);
	IS_TEXT(faults_of(&graph), "0:loop 1:loop", "two loops are two faults");
}

/* S2.5, S2.7, B12 */
static void
test_connections(void)
{
	Graph graph = empty_graph();
	GraphCondition connected = by_state(GRAPH_STATE_CONNECTED, false);
	GraphCondition pending = by_state(GRAPH_STATE_PENDING, false);
	GraphCondition not_connected = by_state(GRAPH_STATE_NOT_CONNECTED, false);

	add(&graph, GRAPH_ACTION);
	add_message(&graph);
	add_message(&graph);
	add(&graph, GRAPH_END);
	IS_TEXT(faults_of(&graph), "1:unconnected",
			"S2.5: the first message that is reachable without a connection is told");
	steps[0].creates_relation = true;
	IS_TEXT(faults_of(&graph), "", "S2.7: an invitation before it mends that");

	graph = empty_graph();
	add(&graph, GRAPH_ONLY_IF)->condition = connected;
	add_message(&graph);
	add(&graph, GRAPH_END);
	IS_TEXT(faults_of(&graph), "", "so does the entry condition connected");
	steps[0].condition = pending;
	IS_TEXT(faults_of(&graph), "1:unconnected", "but not pending");
	steps[0].condition = by_state(GRAPH_STATE_CONNECTED | GRAPH_STATE_HAS_EMAIL, false);
	IS_TEXT(faults_of(&graph), "1:unconnected", "nor connected or something else");
	steps[0].condition = by_state(GRAPH_STATE_PENDING | GRAPH_STATE_NOT_CONNECTED, true);
	IS_TEXT(faults_of(&graph), "", "neither pending nor not connected is connected");

	graph = empty_graph();
	add(&graph, GRAPH_ACTION);
	add_wait(&graph, connected, 3);
	add_message(&graph);
	add(&graph, GRAPH_END);
	IS_TEXT(faults_of(&graph), "", "so does a wait until connected (S2.8)");
	steps[1].otherwise = 2;
	IS_TEXT(faults_of(&graph), "2:unconnected", "but not its else");

	graph = empty_graph();
	add(&graph, GRAPH_BRANCH)->otherwise = 1;
	campaign_graph_add_case(&graph, 0, not_connected, 2);
	campaign_graph_add_case(&graph, 0, pending, 2);
	add_message(&graph);
	add(&graph, GRAPH_END);
	IS_TEXT(faults_of(&graph), "", "S2.18: the third of three branches is known by the other two");
	cases[1].when = by_state(GRAPH_STATE_HAS_EMAIL, false);
	IS_TEXT(faults_of(&graph), "1:unconnected", "but not by one of them");
}

static void
test_large(void)
{
	static GraphStep many[GRAPH_MAX_STEPS + 1];
	GraphFault fault;
	Graph graph;
	int last = GRAPH_NONE;

	campaign_graph_init(&graph, many, GRAPH_MAX_STEPS + 1, NULL, 0);
	for (int i = 0; i < GRAPH_MAX_STEPS; i++)
	{
		last = campaign_graph_add_step(&graph, GRAPH_ACTION, "step", "$");
		many[last].next = last + 1;
	}
	IS(campaign_graph_add_step(&graph, GRAPH_END, "end", "$"), GRAPH_NONE,
	   "a graph has a largest size, whatever the array");
	many[last].next = 0;
	OK(campaign_graph_seal(&graph), "a graph of that size is sealed");
	IS(campaign_graph_check(&graph, &fault, 1), 1, "and checked");
	OK(fault.step == 0 && fault.code == GRAPH_FAULT_LOOP_WITHOUT_DELAY, "over all its steps");
	many[0].next = many[1].next = 1;
	IS(campaign_graph_check(&graph, &fault, 1), GRAPH_MAX_STEPS - 1,
	   "more faults than there is room for are counted");
}

int
main(void)
{
	test_building();
	test_conditions();
	test_reads();
	test_reach_and_loops();
	test_connections();
	test_large();
	return unit_done();
}
