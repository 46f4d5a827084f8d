/*
 * test_machine.c
 *		The state machine: the reference walk, actions, branches, replies, and what time counts from.
 */
#include "life.h"

/* S2.27: seven prospects, one for each path. */
static void
test_reference_walk(void)
{
	Life life;
	Instant t;

	start_visit_invitation_message(&life, GRAPH_STATE_CONNECTED);
	OK(ended(&life, END_END, "entry_condition") && life.n_queued == 0,
	   "S2.27 1: who is connected already leaves as end, nothing queued");

	start_visit_invitation_message(&life, GRAPH_STATE_PENDING);
	OK(ended(&life, END_END, "entry_condition") && life.n_queued == 0,
	   "S2.27 2: who is pending already leaves as end, nothing queued");

	start_visit_invitation_message(&life, GRAPH_STATE_NOT_CONNECTED);
	OK(at(&life, "visit", RUN_ON_ACTION), "the visit is queued at once");
	outcome(&life, MACHINE_COMPLETE, T0, T0);
	OK(at(&life, "delay", RUN_ON_DELAY), "after the visit the delay of the user runs");
	connect_at(&life, T0 + INSTANT_DAY);
	OK(at(&life, "delay", RUN_ON_DELAY), "a connection during the delay moves nothing yet");
	advance(&life, T0 + 2 * INSTANT_DAY);
	OK(ended(&life, END_ERROR, "already_connected") && life.n_queued == 1,
	   "S2.27 3, D6: connected during the delay leaves as error before the invitation");

	t = until_invited(&life);
	advance(&life, t + 15 * INSTANT_DAY);
	OK(ended(&life, END_FAILURE, "not_accepted") && life.n_queued == 2,
	   "S2.27 4: not accepted within 15 days leaves as failure");

	t = until_invited(&life);
	advance(&life, t + 15 * INSTANT_DAY);
	connect_at(&life, t + 20 * INSTANT_DAY);
	OK(ended(&life, END_FAILURE, "not_accepted") && life.n_queued == 2 && life.effects.n == 0,
	   "S2.27 5: accepting at day 20 brings no message");

	t = until_invited(&life);
	connect_at(&life, t + 3 * INSTANT_DAY);
	OK(at(&life, "message", RUN_ON_ACTION), "accepted in time queues the message");
	outcome(&life, MACHINE_COMPLETE, t + 4 * INSTANT_DAY, t + 4 * INSTANT_DAY);
	reply(&life, t + 6 * INSTANT_DAY, t + 6 * INSTANT_DAY);
	OK(ended(&life, END_SUCCESS, "replied") && life.n_queued == 3,
	   "S2.27 6: a reply within 7 days leaves as success, code replied");

	t = until_invited(&life);
	connect_at(&life, t + 3 * INSTANT_DAY);
	outcome(&life, MACHINE_COMPLETE, t + 4 * INSTANT_DAY, t + 4 * INSTANT_DAY);
	advance(&life, t + 11 * INSTANT_DAY - 1);
	OK(at(&life, "wait", RUN_ON_CONDITION), "one microsecond before the 7 days nothing has ended");
	advance(&life, t + 11 * INSTANT_DAY);
	OK(ended(&life, END_FAILURE, "no_reply") && life.n_queued == 3,
	   "S2.27 7: no reply within 7 days leaves as failure");
}

/* S2.26 */
static void
test_counting(void)
{
	Life life;
	Instant executed = T0 + 5 * INSTANT_DAY;

	begin(&life);
	add(&life, GRAPH_ACTION, "first");
	add_delay(&life, 3 * INSTANT_DAY);
	add(&life, GRAPH_ACTION, "second");
	add_delay(&life, 2 * INSTANT_DAY);
	add_delay(&life, 2 * INSTANT_DAY);
	add_end(&life, END_SUCCESS, "success");
	start(&life);
	OK(at(&life, "first", RUN_ON_ACTION) && life.run.due_at == INSTANT_NEVER,
	   "a queued action has no timer");

	advance(&life, executed - 1);
	OK(at(&life, "first", RUN_ON_ACTION), "an action waits for its quota as long as it takes");
	outcome(&life, MACHINE_COMPLETE, executed, executed + INSTANT_HOUR);
	IS(life.run.due_at, executed + 3 * INSTANT_DAY,
	   "S2.26: the delay counts from the execution, not the queueing and not the report");

	advance(&life, executed + 3 * INSTANT_DAY + 7 * INSTANT_SECOND);
	OK(at(&life, "second", RUN_ON_ACTION), "the second is queued when the delay has passed");
	IS(life.items[1].until, executed + 3 * INSTANT_DAY,
	   "S2.26: it counts as queued exactly a delay after the execution of the first");

	executed += 10 * INSTANT_DAY;
	outcome(&life, MACHINE_SKIPPED, executed, executed);
	IS(life.run.due_at, executed + 2 * INSTANT_DAY,
	   "a skipped action is done when it was found out");
	advance(&life, executed + 2 * INSTANT_DAY + INSTANT_HOUR);
	IS(life.run.due_at, executed + 4 * INSTANT_DAY, "lateness does not accumulate over two delays");
	advance(&life, executed + 30 * INSTANT_DAY);
	OK(ended(&life, END_SUCCESS, "success"), "the end of the sequence is success (S2.22)");
	IS(life.run.base, executed + 4 * INSTANT_DAY, "as of when the last step was done");
}

static void
test_actions(void)
{
	Life life;

	begin(&life);
	add(&life, GRAPH_ACTION, "visit");
	add_delay(&life, INSTANT_DAY);
	add_end(&life, END_SUCCESS, "success");
	start(&life);
	outcome(&life, MACHINE_COMPLETE, T0 - INSTANT_HOUR, T0 + INSTANT_HOUR);
	IS(life.run.due_at, T0 + INSTANT_DAY,
	   "an action is not done before its turn, whatever a clock says");

	begin(&life);
	add(&life, GRAPH_ACTION, "invite")->requires = GRAPH_REQUIRES_NOT_CONNECTED;
	add_end(&life, END_SUCCESS, "success");

	start(&life);
	outcome(&life, MACHINE_FAILED, T0, T0);
	OK(ended(&life, END_ERROR, "delivery_failed"), "S2.23: a failed delivery leaves as error");
	start(&life);
	outcome(&life, MACHINE_EXPIRED, T0, T0);
	OK(ended(&life, END_ERROR, "expired"), "S2.23: an expired action leaves as error");
	start(&life);
	life.effects.n = 0;
	campaign_machine_outcome(&life.graph, &life.run, MACHINE_FAILED, "bounced", 0, T0, T0,
							 &life.effects);
	OK(ended(&life, END_ERROR, "bounced"), "S2.23: with the code that the failure has");
	start(&life);
	life.states = GRAPH_STATE_PENDING;
	outcome(&life, MACHINE_REFUSED, T0, T0);
	OK(ended(&life, END_ERROR, "already_invited"), "D6: refused when sending tells the relation");
	OK(life.n_withdrawn == 0, "an action that came to an outcome is not withdrawn");

	life.states = GRAPH_STATE_NOT_CONNECTED;
	start(&life);
	campaign_machine_leave(&life.run, END_REMOVED, "removed", &life.effects);
	OK(ended(&life, END_REMOVED, "removed"), "a removal leaves at once");
	IS(life.items[1].kind, MACHINE_WITHDRAWN, "and withdraws the open action");
	IS(life.items[2].kind, MACHINE_ENDED, "before it ends");
	outcome(&life, MACHINE_COMPLETE, T0, T0);
	OK(ended(&life, END_REMOVED, "removed") && life.effects.n == 0, "a late outcome does nothing");
	campaign_machine_leave(&life.run, END_ARCHIVED, "archived", &life.effects);
	OK(ended(&life, END_REMOVED, "removed") && life.effects.n == 0, "an end is final");

	IS_TEXT(campaign_machine_refusal(GRAPH_REQUIRES_CONNECTED, GRAPH_STATE_PENDING),
			"not_connected", "S2.5: a message needs a connection");
	IS_TEXT(campaign_machine_refusal(GRAPH_REQUIRES_EMAIL, 0), "no_email",
			"S2.12: an email needs an address");
	IS_TEXT(campaign_machine_refusal(GRAPH_REQUIRES_EMAIL, GRAPH_STATE_HAS_EMAIL), NULL,
			"and is not refused with one");
}

/* S2.25: conditions before an action. */
static void
test_branches(void)
{
	const char *names[] = {"message", "invite", "other"};
	Life life;

	for (int i = 0; i < 3; i++)
	{
		begin(&life);
		add(&life, GRAPH_BRANCH, "branch")->otherwise = 3;
		campaign_graph_add_case(&life.graph, 0, by_state(GRAPH_STATE_CONNECTED), 1);
		campaign_graph_add_case(&life.graph, 0, by_state(GRAPH_STATE_NOT_CONNECTED), 2);
		add(&life, GRAPH_ACTION, "message");
		add(&life, GRAPH_ACTION, "invite");
		add(&life, GRAPH_ACTION, "other");
		add_end(&life, END_SUCCESS, "success");
		life.states = i == 0   ? GRAPH_STATE_CONNECTED
					  : i == 1 ? GRAPH_STATE_NOT_CONNECTED
							   : GRAPH_STATE_PENDING;
		start(&life);
		OK(at(&life, names[i], RUN_ON_ACTION) && life.n_queued == 1,
		   "S2.18, S2.25: one branch of three, by the relation");
		IS(life.items[0].branch, i < 2 ? i : -1, "and tells which");
	}

	begin(&life);
	add(&life, GRAPH_ACTION, "visit");
	add(&life, GRAPH_ONLY_IF, "only_if")->condition = by_event(EVENT_CLICKED);
	add_end(&life, END_SUCCESS, "success");
	start(&life);
	outcome(&life, MACHINE_COMPLETE, T0, T0);
	OK(ended(&life, END_END, "condition_false"),
	   "S2.22: an only_if that does not hold on the way leaves as end, and not by the entry");
	start(&life);
	event(&life, EVENT_CLICKED, T0, T0);
	outcome(&life, MACHINE_COMPLETE, T0, T0);
	OK(ended(&life, END_SUCCESS, "success"), "an event during the action counts for it");

	begin(&life);
	add_delay(&life, INSTANT_DAY);
	add(&life, GRAPH_ONLY_IF, "only_if")->condition = by_event(EVENT_CLICKED);
	add_end(&life, END_SUCCESS, NULL);
	start(&life);
	campaign_machine_start(&life.graph, &life.run, T0);
	advance(&life, T0 + 2 * INSTANT_DAY);
	OK(ended(&life, END_END, "condition_false"), "also where a delay was over at once");
	campaign_machine_start(&life.graph, &life.run, T0);
	event(&life, EVENT_CLICKED, T0 + INSTANT_HOUR, T0 + 2 * INSTANT_DAY);
	OK(ended(&life, END_SUCCESS, "success"), "an end without a code has its name for one");
}

static void
test_replies(void)
{
	Life life;
	Instant t;

	until_invited(&life);
	start_visit_invitation_message(&life, GRAPH_STATE_NOT_CONNECTED);
	reply(&life, T0 + 1, T0 + 1);
	OK(ended(&life, END_SUCCESS, "replied"),
	   "S2.28: a reply while an action is open leaves at once");
	IS(life.items[0].kind, MACHINE_WITHDRAWN, "S2.28: the open action is withdrawn first");

	t = until_invited(&life);
	connect_at(&life, t);
	outcome(&life, MACHINE_COMPLETE, t, t);
	reply(&life, t + 7 * INSTANT_DAY + 1, t + 8 * INSTANT_DAY);
	OK(ended(&life, END_FAILURE, "no_reply"), "a reply after the deadline does not change the end");

	t = until_invited(&life);
	connect_at(&life, t);
	outcome(&life, MACHINE_COMPLETE, t, t);
	reply(&life, t + 7 * INSTANT_DAY, t + 9 * INSTANT_DAY);
	OK(ended(&life, END_SUCCESS, "replied"), "a reply at the deadline does, even if applied late");
	IS(life.run.base, t + 7 * INSTANT_DAY, "as of the reply");

	begin(&life);
	life.graph.exit_on_reply = false;
	add_wait(&life, by_event(EVENT_REPLIED), 0, INSTANT_DAY, 1);
	add(&life, GRAPH_ACTION, "crm_sync");
	add_end(&life, END_SUCCESS, "success");
	start(&life);
	reply(&life, T0 + INSTANT_HOUR, T0 + INSTANT_HOUR);
	OK(at(&life, "crm_sync", RUN_ON_ACTION), "without exit_on_reply a reply is an event as others");

	begin(&life);
	add_delay(&life, INSTANT_DAY);
	add(&life, GRAPH_ACTION, "follow_up");
	add_end(&life, END_SUCCESS, "success");
	start(&life);
	reply(&life, T0 + INSTANT_DAY + 1, T0 + 2 * INSTANT_DAY);
	OK(ended(&life, END_SUCCESS, "replied") && life.n_queued == 1 && life.n_withdrawn == 1,
	   "an action that was due before the reply, but late, is withdrawn with it");
}

/* Looks every hour whether a click has come. */
static void
start_polling(Life *life)
{
	begin(life);
	add_wait(life, by_event(EVENT_CLICKED), 0, INSTANT_HOUR, 0);
	add_end(life, END_SUCCESS, "success");
	start(life);
}

static void
test_room(void)
{
	Life life;
	int rounds = 0;

	start_polling(&life);
	do
	{
		advance(&life, T0 + 100 * INSTANT_DAY);
		rounds++;
	} while (life.run.due_at <= T0 + 100 * INSTANT_DAY && !life.effects.overflow && rounds < 100);
	OK(!life.effects.overflow && rounds > 1,
	   "a run that is far behind catches up in several calls");
	IS(life.run.due_at, T0 + 100 * INSTANT_DAY + INSTANT_HOUR, "and not an hour is lost");

	start_polling(&life);
	event(&life, EVENT_CLICKED, T0 + 100 * INSTANT_DAY, T0 + 100 * INSTANT_DAY);
	OK(life.effects.overflow && life.run.events == 0,
	   "an event is not noted before the timers that it must not overtake");

	begin(&life);
	add(&life, GRAPH_BRANCH, "branch")->otherwise = 0;
	start(&life);
	OK(life.effects.overflow, "a loop without delay is stopped and told");

	begin(&life);
	add(&life, GRAPH_DELAY, "delay")->next = 0;
	start(&life);
	OK(life.effects.overflow, "also one through a delay of no time");

	start_visit_invitation_message(&life, GRAPH_STATE_NOT_CONNECTED);
	IS(campaign_machine_reads(&life.graph, &life.run), GRAPH_READS_RELATION | GRAPH_READS_ACCOUNT,
	   "what an outcome leads to is read beyond the delay");
	life.run.halt = RUN_ON_DELAY;
	OK(!campaign_machine_sound(&life.graph, &life.run), "a delay without an end is not sound");
	life.run.halt = RUN_ON_ACTION;
	OK(campaign_machine_sound(&life.graph, &life.run), "an open action is");
	life.run.due_at = T0;
	OK(!campaign_machine_sound(&life.graph, &life.run), "an action with a timer is not");
}

int
main(void)
{
	test_reference_walk();
	test_counting();
	test_actions();
	test_branches();
	test_replies();
	test_room();
	return unit_done();
}
