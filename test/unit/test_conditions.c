/*
 * test_conditions.c
 *		Conditions that are paths, and those of a whole campaign: what is asked, when, and what follows.
 */
#include "life.h"

#define PATH(n) (UINT64_C(1) << (GRAPH_FIRST_PATH + (n)))
#define KNOWN ((MachineStates) GRAPH_STATE_PATHS_KNOWN)

static GraphCondition
by_path(int number)
{
	return (GraphCondition){.source = GRAPH_BY_PATH, .mask = PATH(number)};
}

/* What a walk may have to ask is known beforehand, and nothing where there is nothing to ask. */
static void
test_asked(void)
{
	Life life;

	start_visit_invitation_message(&life, GRAPH_STATE_NOT_CONNECTED);
	for (int s = 0; s < life.graph.n_steps; s++)
		OK(life.steps[s].paths == 0 && (life.steps[s].reads & GRAPH_READS_PATHS) == 0,
		   "without paths no step asks one");
	OK(campaign_machine_paths(&life.graph, &life.run) == 0 &&
		   campaign_graph_paths_sending(&life.graph, 1) == 0,
	   "nor does a walk, nor a start");

	begin(&life);
	add_delay(&life, INSTANT_DAY);
	add(&life, GRAPH_ONLY_IF, "only_if")->condition = by_path(0);
	add(&life, GRAPH_ACTION, "visit")->condition = by_path(1);
	add_wait(&life, by_path(2), 0, INSTANT_DAY, 4);
	add_end(&life, END_SUCCESS, "success");
	life.graph.hold_if = by_path(3);
	start(&life);
	OK(campaign_machine_paths(&life.graph, &life.run) == PATH(0),
	   "a walk asks as far as the next action");
	OK(campaign_machine_reads(&life.graph, &life.run) & GRAPH_READS_PATHS, "and says so");
	OK(campaign_graph_paths_sending(&life.graph, 2) == (PATH(1) | PATH(3)),
	   "a start asks the action's own, and what holds it back");
	life.graph.goal = by_path(4);
	life.graph.exit_if = by_path(5);
	campaign_graph_seal(&life.graph);
	OK(campaign_machine_paths(&life.graph, &life.run) == (PATH(0) | PATH(4) | PATH(5)) &&
		   campaign_graph_paths_sending(&life.graph, 2) == (PATH(1) | PATH(3) | PATH(4) | PATH(5)),
	   "those of the campaign are asked by both");
	life.run.step = 2;
	life.run.halt = RUN_ON_ACTION;
	OK(campaign_machine_paths(&life.graph, &life.run) == (PATH(4) | PATH(5)),
	   "an open action does not go on before it was reported, and then all is asked anew");
}

/* What was just reported may change what a path says: it is not asked before it is known again. */
static void
test_unknown(void)
{
	Life life;

	begin(&life);
	add_wait(&life, by_event(EVENT_CLICKED), 0, INSTANT_DAY, 3);
	add(&life, GRAPH_ONLY_IF, "only_if")->condition = by_path(0);
	add_end(&life, END_SUCCESS, "success");
	add_end(&life, END_FAILURE, "failure");
	life.states |= KNOWN;
	start(&life);
	event(&life, EVENT_CLICKED, T0 + INSTANT_HOUR, T0 + INSTANT_HOUR);
	OK(at(&life, "only_if", RUN_AT_ENTRY) && life.run.due_at == T0 + INSTANT_HOUR,
	   "an event leads up to the path, which is then due");
	life.states |= PATH(0);
	advance(&life, T0 + 2 * INSTANT_HOUR);
	OK(ended(&life, END_SUCCESS, "success"), "and is asked when it is known");

	begin(&life);
	add(&life, GRAPH_ACTION, "visit");
	add_wait(&life, by_path(0), 0, INSTANT_DAY, 3);
	add_end(&life, END_SUCCESS, "success");
	add_end(&life, END_FAILURE, "failure");
	life.states |= KNOWN | PATH(0);
	start(&life);
	outcome(&life, MACHINE_COMPLETE, T0 + INSTANT_HOUR, T0 + INSTANT_HOUR);
	OK(at(&life, "wait", RUN_ON_CONDITION), "nor does an outcome lead past one");
	advance(&life, T0 + 2 * INSTANT_HOUR);
	OK(ended(&life, END_SUCCESS, "success") && life.run.base == T0 + 2 * INSTANT_HOUR,
	   "a path counts from the look that found it");

	start(&life);
	life.states &= ~PATH(0);
	outcome(&life, MACHINE_COMPLETE, T0, T0);
	life.states |= PATH(0);
	advance(&life, T0 + INSTANT_DAY + 1);
	OK(ended(&life, END_FAILURE, "failure"), "and no more once the deadline has passed");
}

/* The same run at each halt: a delay, an action, a wait. */
static void
start_with_goal(Life *life, GraphStepKind kind, GraphCondition goal, GraphCondition exit_if)
{
	begin(life);
	if (kind == GRAPH_DELAY)
		add_delay(life, INSTANT_DAY);
	else if (kind == GRAPH_ACTION)
		add(life, GRAPH_ACTION, "visit");
	else
		add_wait(life, by_event(EVENT_REPLIED), 0, INSTANT_DAY, 1);
	add_end(life, END_SUCCESS, "success");
	life->graph.goal = goal;
	life->graph.exit_if = exit_if;
	start(life);
}

static void
test_goal(void)
{
	static const GraphStepKind kinds[] = {GRAPH_DELAY, GRAPH_ACTION, GRAPH_WAIT};
	GraphCondition none = {.source = GRAPH_ALWAYS};
	Life life;

	for (int i = 0; i < 3; i++)
	{
		start_with_goal(&life, kinds[i], by_event(EVENT_CLICKED), none);
		event(&life, EVENT_CLICKED, T0 + INSTANT_HOUR, T0 + INSTANT_HOUR);
		OK(ended(&life, END_SUCCESS, "goal") && life.run.base == T0 + INSTANT_HOUR,
		   "an event that is the goal leaves at once");
		IS(life.n_withdrawn, kinds[i] == GRAPH_ACTION, "and takes an open action with it");

		start_with_goal(&life, kinds[i], none, by_state(GRAPH_STATE_CONNECTED));
		life.states = GRAPH_STATE_CONNECTED;
		advance(&life, T0 + INSTANT_HOUR);
		OK(ended(&life, END_END, "exit_if"), "a state is found at the next look");

		start_with_goal(&life, kinds[i], by_path(0), by_path(1));
		life.states |= PATH(0) | PATH(1);
		advance(&life, T0 + INSTANT_HOUR);
		OK(life.run.halt != RUN_ENDED, "a path that is not known takes nobody out");
		life.states |= KNOWN;
		advance(&life, T0 + INSTANT_HOUR);
		OK(ended(&life, END_SUCCESS, "goal"), "one that is known does, the goal before exit_if");
	}

	start_with_goal(&life, GRAPH_DELAY, none, by_event(EVENT_CLICKED));
	event(&life, EVENT_CLICKED, T0 + INSTANT_DAY + 1, T0 + 2 * INSTANT_DAY);
	OK(ended(&life, END_SUCCESS, "success"), "who had left before the event left by that");
	start_with_goal(&life, GRAPH_DELAY, none, by_event(EVENT_REPLIED));
	reply(&life, T0 + INSTANT_HOUR, T0 + INSTANT_HOUR);
	OK(ended(&life, END_SUCCESS, "replied"), "exit_on_reply comes first");
	start_with_goal(&life, GRAPH_DELAY, by_state(GRAPH_STATE_NOT_CONNECTED), none);
	OK(ended(&life, END_SUCCESS, "goal") && life.effects.n == 1, "at entry nothing is begun");
}

/* A run that does not move leaves by an event alone. */
static void
test_not_moving(void)
{
	GraphCondition clicked = by_event(EVENT_CLICKED);
	MachineEffects effects;
	Life life;

	start_with_goal(&life, GRAPH_ACTION, by_path(0), clicked);
	effects = life.effects;
	effects.n = 0;
	OK(!campaign_machine_settle(&life.graph, &life.run, EVENT_REPLIED, T0 + 1, &effects) &&
		   life.run.events == 0 && effects.n == 0,
	   "another event does nothing to it");
	OK(campaign_machine_settle(&life.graph, &life.run, EVENT_CLICKED, T0 + 1, &effects) &&
		   ended(&life, END_END, "exit_if") && effects.n == 2,
	   "what exit_if asks about takes it out, and its action");
}

/* Where nobody reports what a run may leave by, it is looked at now and then. */
static void
test_watched(void)
{
	GraphCondition none = {.source = GRAPH_ALWAYS};
	Life life;

	start_with_goal(&life, GRAPH_DELAY, none, none);
	OK(!campaign_machine_watches(&life.graph, &life.run),
	   "a delay is not looked at before its end");
	start_with_goal(&life, GRAPH_DELAY, by_event(EVENT_CLICKED), by_state(GRAPH_STATE_CONNECTED));
	OK(!campaign_machine_watches(&life.graph, &life.run), "nor for what is reported");
	start_with_goal(&life, GRAPH_DELAY, none, by_state(GRAPH_STATE_HAS_EMAIL));
	OK(campaign_machine_watches(&life.graph, &life.run), "for an address it is");
	start_with_goal(&life, GRAPH_DELAY, by_path(0), none);
	OK(campaign_machine_watches(&life.graph, &life.run), "and for a path");
	start_with_goal(&life, GRAPH_ACTION, by_path(0), none);
	OK(!campaign_machine_watches(&life.graph, &life.run),
	   "an action is asked about when it starts");
}

int
main(void)
{
	test_asked();
	test_unknown();
	test_goal();
	test_not_moving();
	test_watched();
	return unit_done();
}
