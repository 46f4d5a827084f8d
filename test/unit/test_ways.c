/*
 * test_ways.c
 *		The state machine where several ways lead on: splits, gotos, and what an action requires.
 */
#include "core/graph_check.h"
#include "life.h"

/* How many of so many seeds take each of the two ways of a split of this name. */
static void
draw(const char *name, int share, int n, int *taken)
{
	Life life;

	begin(&life);
	add(&life, GRAPH_SPLIT, name);
	campaign_graph_add_share(&life.graph, 0, share, 1);
	campaign_graph_add_share(&life.graph, 0, GRAPH_WHOLE - share, 2);
	add_end(&life, END_SUCCESS, "first");
	add_end(&life, END_FAILURE, "second");
	taken[0] = taken[1] = 0;
	for (int seed = 0; seed < n; seed++)
	{
		life.run.seed = (uint64_t) seed;
		start(&life);
		taken[life.run.end == END_SUCCESS ? 0 : 1]++;
	}
}

/* B14 */
static void
test_split(void)
{
	Life life;
	int taken[2];
	int first[64];
	int moved = 0;

	draw("test", GRAPH_WHOLE / 2, 10000, taken);
	OK(taken[0] > 4800 && taken[0] < 5200, "B14: of 10,000 prospects half go each way");
	draw("test", GRAPH_WHOLE / 10, 10000, taken);
	OK(taken[0] > 880 && taken[0] < 1120, "B14: or a tenth and nine tenths");
	draw("test", GRAPH_WHOLE - 1, 10000, taken);
	OK(taken[1] <= 2, "B14: a share of a millionth is not lost, and not more");

	begin(&life);
	add(&life, GRAPH_SPLIT, "test");
	campaign_graph_add_share(&life.graph, 0, GRAPH_WHOLE / 2, 2);
	campaign_graph_add_share(&life.graph, 0, GRAPH_WHOLE / 2, 3);
	add(&life, GRAPH_SPLIT, "other");
	campaign_graph_add_share(&life.graph, 1, GRAPH_WHOLE / 2, 2);
	campaign_graph_add_share(&life.graph, 1, GRAPH_WHOLE / 2, 3);
	add_end(&life, END_SUCCESS, "first");
	add_end(&life, END_FAILURE, "second");
	OK(campaign_graph_seal(&life.graph), "shares that add up make a graph");
	for (int seed = 0; seed < 64; seed++)
	{
		first[seed] = campaign_machine_draw(&life.graph, &life.steps[0], (uint64_t) seed);
		moved += campaign_machine_draw(&life.graph, &life.steps[1], (uint64_t) seed) != first[seed];
	}
	OK(moved > 16 && moved < 48, "B14: the lots of two splits have nothing to do with each other");

	life.cases[1].upto = GRAPH_WHOLE - 1;
	OK(!campaign_graph_seal(&life.graph), "shares that do not add up make none");

	begin(&life);
	add_delay(&life, INSTANT_DAY);
	add(&life, GRAPH_SPLIT, "test");
	campaign_graph_add_share(&life.graph, 1, GRAPH_WHOLE / 2, 2);
	campaign_graph_add_share(&life.graph, 1, GRAPH_WHOLE / 2, 3);
	add_end(&life, END_SUCCESS, "first");
	add_end(&life, END_FAILURE, "second");
	moved = 0;
	for (int seed = 0; seed < 64; seed++)
	{
		life.run.seed = (uint64_t) seed;
		start(&life);
		advance(&life, T0 + INSTANT_DAY);
		moved += (life.run.end == END_SUCCESS ? 0 : 1) != first[seed];
	}
	IS(moved, 0, "B14: what is put before a split changes nobody's way");
}

static void
test_goto(void)
{
	Life life;
	GraphFault faults[8];

	begin(&life);
	add(&life, GRAPH_ACTION, "message");
	add_delay(&life, INSTANT_DAY);
	add(&life, GRAPH_GOTO, "again")->next = 0;
	OK(campaign_graph_seal(&life.graph) && campaign_graph_check(&life.graph, faults, 8) == 0,
	   "B12: a loop with a delay has no fault");
	start(&life);
	IS(life.run.lap, 1, "a run begins in lap 1");
	outcome(&life, MACHINE_COMPLETE, T0, T0);
	advance(&life, T0 + INSTANT_DAY);
	OK(at(&life, "message", RUN_ON_ACTION) && life.n_queued == 2, "a goto leads back at once");
	IS(life.run.lap, 2, "and begins another lap");
	outcome(&life, MACHINE_COMPLETE, T0 + INSTANT_DAY, T0 + 3 * INSTANT_DAY);
	OK(at(&life, "message", RUN_ON_ACTION) && life.run.lap == 3,
	   "a lap is counted where the run is late, and stands at the same step as before");

	life.steps[1].delay = 0;
	OK(campaign_graph_seal(&life.graph) && campaign_graph_check(&life.graph, faults, 8) == 1 &&
		   faults[0].code == GRAPH_FAULT_LOOP_WITHOUT_DELAY && faults[0].step == 0,
	   "B12: a loop without a delay is a fault, by a goto too");
	life.steps[1].delay = INSTANT_DAY;
	life.steps[2].next = 2;
	OK(campaign_graph_seal(&life.graph) && campaign_graph_check(&life.graph, faults, 8) == 1 &&
		   faults[0].code == GRAPH_FAULT_LOOP_WITHOUT_DELAY && faults[0].step == 2,
	   "and so is a goto to itself");
}

/* An invitation that names another way for those who are connected or invited. */
static void
begin_invitation(Life *life, MachineStates states)
{
	GraphStep *invite;

	begin(life);
	add_delay(life, INSTANT_DAY);
	invite = add(life, GRAPH_ACTION, "invite");
	invite->requires = GRAPH_REQUIRES_NOT_CONNECTED;
	invite->otherwise = 3;
	add_end(life, END_SUCCESS, "invited");
	add(life, GRAPH_ACTION, "visit");
	add_end(life, END_SUCCESS, "visited");
	life->states = states;
	start(life);
}

/* D6: a step may name another way. */
static void
test_precondition(void)
{
	Life life;

	begin_invitation(&life, GRAPH_STATE_NOT_CONNECTED);
	connect_at(&life, T0 + INSTANT_HOUR);
	advance(&life, T0 + INSTANT_DAY);
	OK(at(&life, "visit", RUN_ON_ACTION) && life.n_queued == 1,
	   "D6: connected during the delay goes the way that the step names");
	OK(life.items[1].kind == MACHINE_PREVENTED && life.items[1].step == 1 &&
		   strcmp(life.items[1].code, "already_connected") == 0,
	   "D6: and says why");

	begin_invitation(&life, GRAPH_STATE_PENDING);
	advance(&life, T0 + INSTANT_DAY);
	OK(at(&life, "visit", RUN_ON_ACTION) && strcmp(life.items[1].code, "already_invited") == 0,
	   "D6: so does who was invited already");

	begin_invitation(&life, GRAPH_STATE_NOT_CONNECTED);
	advance(&life, T0 + INSTANT_DAY);
	OK(at(&life, "invite", RUN_ON_ACTION), "who is neither is invited");
	life.states = GRAPH_STATE_CONNECTED;
	outcome(&life, MACHINE_REFUSED, T0 + 2 * INSTANT_DAY, T0 + 2 * INSTANT_DAY);
	OK(at(&life, "visit", RUN_ON_ACTION) && life.n_queued == 2,
	   "D6: found when sending, it leads the same way");

	life.graph.steps[1].otherwise = GRAPH_NONE;
	start(&life);
	life.states = GRAPH_STATE_CONNECTED;
	advance(&life, T0 + INSTANT_DAY);
	OK(ended(&life, END_ERROR, "already_connected"), "D6: without another way it is an error");
}

/* S2.18: connected, not connected, pending; each state goes one way, and one way only. */
static void
test_three_ways(void)
{
	static const MachineStates states[] = {GRAPH_STATE_CONNECTED, GRAPH_STATE_NOT_CONNECTED,
										   GRAPH_STATE_PENDING};
	static const char *const names[] = {"connected", "not_connected", "pending"};
	Life life;

	for (int i = 0; i < 3; i++)
	{
		begin(&life);
		add(&life, GRAPH_BRANCH, "branch")->otherwise = 4;
		for (int way = 0; way < 3; way++)
			campaign_graph_add_case(&life.graph, 0, by_state(states[way]), way + 1);
		for (int way = 0; way < 3; way++)
			add(&life, GRAPH_ACTION, names[way])->next = 4;
		add_end(&life, END_FAILURE, "none");
		life.states = states[i];
		start(&life);
		OK(at(&life, names[i], RUN_ON_ACTION) && life.n_queued == 1,
		   "S2.18: the three-way branch is total and exclusive");
	}
}

int
main(void)
{
	test_split();
	test_goto();
	test_precondition();
	test_three_ways();
	return unit_done();
}
