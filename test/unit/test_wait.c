/*
 * test_wait.c
 *		The state machine at a wait: its deadline, its "after", and late looks at either.
 */
#include "life.h"

/* S2.19 */
static void
test_deadline(void)
{
	Life life;
	Instant t;

	t = until_invited(&life);
	connect_at(&life, t + 14 * INSTANT_DAY + 23 * INSTANT_HOUR + 59 * INSTANT_MINUTE);
	OK(at(&life, "message", RUN_ON_ACTION), "S2.19: accepted at 14 d 23 h 59 m goes on");
	IS(life.run.base, t + 14 * INSTANT_DAY + 23 * INSTANT_HOUR + 59 * INSTANT_MINUTE,
	   "and counts from the acceptance");

	t = until_invited(&life);
	connect_at(&life, t + 15 * INSTANT_DAY + INSTANT_SECOND);
	OK(ended(&life, END_FAILURE, "not_accepted"),
	   "S2.19: accepted at 15 d + 1 s has left, though no timer was run off before");
	IS(life.run.base, t + 15 * INSTANT_DAY, "as of the deadline");

	t = until_invited(&life);
	connect_at(&life, t + 15 * INSTANT_DAY);
	OK(at(&life, "message", RUN_ON_ACTION), "a fact at exactly the deadline counts");

	t = until_invited(&life);
	life.states = GRAPH_STATE_CONNECTED;
	event(&life, 0, t + 14 * INSTANT_DAY, t + 18 * INSTANT_DAY);
	OK(at(&life, "message", RUN_ON_ACTION),
	   "what occurred in time counts, though applied too late");

	t = until_invited(&life);
	life.states = GRAPH_STATE_CONNECTED;
	advance(&life, t + 15 * INSTANT_DAY);
	OK(at(&life, "message", RUN_ON_ACTION), "a state that is seen at the deadline counts");

	t = until_invited(&life);
	life.states = GRAPH_STATE_CONNECTED;
	advance(&life, t + 15 * INSTANT_DAY + INSTANT_SECOND);
	OK(ended(&life, END_FAILURE, "not_accepted"),
	   "a state that is seen after the deadline does not");

	t = until_invited(&life);
	life.states = GRAPH_STATE_CONNECTED;
	advance(&life, t + 5 * INSTANT_DAY);
	OK(at(&life, "message", RUN_ON_ACTION), "a wait for a state may be looked at before it is due");
	IS(life.run.base, t + 5 * INSTANT_DAY, "and then counts from the look");
}

/* A wait until this condition, after 15 days and within 20, entered at T0. */
static void
start_combined(Life *life, GraphCondition until, MachineStates states)
{
	begin(life);
	add_wait(life, until, 15 * INSTANT_DAY, 20 * INSTANT_DAY, 2);
	add(life, GRAPH_ACTION, "withdraw");
	add_end(life, END_FAILURE, "too_late");
	life->states = states;
	start(life);
}

/* S2.21 */
static void
test_delay_with_condition(void)
{
	GraphCondition not_connected = not_by_state(GRAPH_STATE_CONNECTED);
	Life life;

	start_combined(&life, not_connected, GRAPH_STATE_PENDING);
	IS(life.items[0].until, T0 + 20 * INSTANT_DAY, "a wait tells its deadline");
	IS(life.run.due_at, T0 + 15 * INSTANT_DAY, "and is due when \"after\" has passed");
	advance(&life, T0 + 15 * INSTANT_DAY - 1);
	OK(at(&life, "wait", RUN_ON_CONDITION), "S2.21: not elapsed, true: waits");
	life.states = GRAPH_STATE_CONNECTED;
	advance(&life, T0 + 15 * INSTANT_DAY - 1);
	OK(at(&life, "wait", RUN_ON_CONDITION), "S2.21: not elapsed, false: waits");

	start_combined(&life, not_connected, GRAPH_STATE_PENDING);
	advance(&life, T0 + 15 * INSTANT_DAY + INSTANT_HOUR);
	OK(at(&life, "withdraw", RUN_ON_ACTION), "S2.21: elapsed, true: goes on");
	IS(life.run.base, T0 + 15 * INSTANT_DAY, "as of when it had elapsed, however late the look");

	start_combined(&life, not_connected, GRAPH_STATE_CONNECTED);
	advance(&life, T0 + 15 * INSTANT_DAY);
	OK(at(&life, "wait", RUN_ON_CONDITION), "S2.21: elapsed, false: waits");
	IS(life.run.due_at, T0 + 20 * INSTANT_DAY, "until within");
	advance(&life, T0 + 20 * INSTANT_DAY);
	OK(ended(&life, END_FAILURE, "too_late"), "S2.21: and then takes else");

	start_combined(&life, not_connected, GRAPH_STATE_CONNECTED);
	advance(&life, T0 + 15 * INSTANT_DAY);
	life.states = GRAPH_STATE_NOT_CONNECTED;
	advance(&life, T0 + 17 * INSTANT_DAY);
	OK(at(&life, "withdraw", RUN_ON_ACTION), "elapsed, and true in the end: goes on");
	IS(life.run.base, T0 + 17 * INSTANT_DAY, "as of the look");

	start_combined(&life, not_connected, GRAPH_STATE_PENDING);
	advance(&life, T0 + 30 * INSTANT_DAY);
	OK(at(&life, "withdraw", RUN_ON_ACTION),
	   "S2.32: whose condition is true after a pause over all of the wait goes on");

	begin(&life);
	add_delay(&life, INSTANT_DAY);
	add_wait(&life, not_connected, 15 * INSTANT_DAY, 20 * INSTANT_DAY, 3);
	add(&life, GRAPH_ACTION, "withdraw");
	add_end(&life, END_FAILURE, "too_late");
	start(&life);
	advance(&life, T0 + 40 * INSTANT_DAY);
	OK(at(&life, "withdraw", RUN_ON_ACTION),
	   "S2.32: also after a pause that began before the wait");
	IS(life.run.base, T0 + 16 * INSTANT_DAY, "as of when it would have gone on");

	start_combined(&life, by_event(EVENT_CLICKED), 0);
	event(&life, EVENT_CLICKED, T0 + INSTANT_DAY, T0 + INSTANT_DAY);
	OK(at(&life, "wait", RUN_ON_CONDITION), "an event before \"after\" is noted and moves nothing");
	advance(&life, T0 + 40 * INSTANT_DAY);
	OK(at(&life, "withdraw", RUN_ON_ACTION), "it holds when \"after\" has passed");
	IS(life.run.base, T0 + 15 * INSTANT_DAY, "as of then");

	start_combined(&life, by_event(EVENT_CLICKED), 0);
	event(&life, EVENT_CLICKED, T0 + 17 * INSTANT_DAY, T0 + 19 * INSTANT_DAY);
	IS(life.run.base, T0 + 17 * INSTANT_DAY, "an event after \"after\" counts from its occurrence");

	start_combined(&life, by_event(EVENT_CLICKED), 0);
	advance(&life, T0 + 16 * INSTANT_DAY);
	event(&life, EVENT_CLICKED, T0 + 90 * INSTANT_DAY, T0 + 17 * INSTANT_DAY);
	OK(at(&life, "withdraw", RUN_ON_ACTION), "an event of the future occurs now");
	IS(life.run.base, T0 + 17 * INSTANT_DAY, "and does not carry the run there");

	begin(&life);
	add_delay(&life, 3 * INSTANT_DAY);
	add(&life, GRAPH_ACTION, "follow_up");
	add_end(&life, END_SUCCESS, "success");
	start(&life);
	OK(at(&life, "delay", RUN_ON_DELAY), "S2.21: a delay of its own waits for time");
	event(&life, EVENT_CLICKED, T0 + INSTANT_DAY, T0 + INSTANT_DAY);
	OK(at(&life, "delay", RUN_ON_DELAY), "whatever happens");
	advance(&life, T0 + 3 * INSTANT_DAY);
	OK(at(&life, "follow_up", RUN_ON_ACTION), "S2.21: and goes on as soon as it has passed");
}

int
main(void)
{
	test_deadline();
	test_delay_with_condition();
	return unit_done();
}
