/*
 * test_machine.c
 *		The state machine, one path at a time.
 */
#include "core/machine.h"
#include "unit.h"

#define EVENT_REPLIED (UINT64_C(1) << 0)
#define EVENT_CLICKED (UINT64_C(1) << 1)

/* A Monday at nine; any instant would do. */
#define T0 (INT64_C(9600) * INSTANT_DAY + 9 * INSTANT_HOUR)

#define MAX_STEPS 16

/* One run under a virtual clock, with all that it yielded. */
typedef struct Life
{
	GraphStep steps[MAX_STEPS];
	GraphCase cases[MAX_STEPS];
	Graph graph;
	MachineRun run;
	MachineStates states;
	MachineEffect items[MACHINE_MAX_MOVES];
	MachineEffects effects; /* of the last call */
	int n_queued;           /* over all calls */
	int n_withdrawn;
} Life;

static GraphCondition
by_state(uint64_t mask)
{
	return (GraphCondition){.source = GRAPH_BY_STATE, .mask = mask};
}

static GraphCondition
not_by_state(uint64_t mask)
{
	return (GraphCondition){.source = GRAPH_BY_STATE, .negated = true, .mask = mask};
}

static GraphCondition
by_event(uint64_t mask)
{
	return (GraphCondition){.source = GRAPH_BY_EVENT, .mask = mask};
}

static void
begin(Life *life)
{
	memset(life, 0, sizeof(*life));
	campaign_graph_init(&life->graph, life->steps, MAX_STEPS, life->cases, MAX_STEPS);
	life->graph.exit_on_reply = true;
	life->states = GRAPH_STATE_NOT_CONNECTED;
	life->effects.max = MACHINE_MAX_MOVES;
	life->effects.items = life->items;
}

/* Appends a step that leads to the one after it. */
static GraphStep *
add(Life *life, GraphStepKind kind, const char *name)
{
	int index = campaign_graph_add_step(&life->graph, kind, name, name);

	life->steps[index].next = index + 1;
	return &life->steps[index];
}

static void
add_end(Life *life, EndKind end, const char *code)
{
	GraphStep *step = add(life, GRAPH_END, code);

	step->end = end;
	step->code = code;
}

static void
add_delay(Life *life, Instant delay)
{
	add(life, GRAPH_DELAY, "delay")->delay = delay;
}

static GraphStep *
add_wait(Life *life, GraphCondition until, Instant after, Instant within, int otherwise)
{
	GraphStep *step = add(life, GRAPH_WAIT, "wait");

	step->condition = until;
	step->after = after;
	step->within = within;
	step->otherwise = otherwise;
	return step;
}

static void
count(Life *life)
{
	for (int i = 0; i < life->effects.n; i++)
	{
		life->n_queued += life->items[i].kind == MACHINE_QUEUED;
		life->n_withdrawn += life->items[i].kind == MACHINE_WITHDRAWN;
	}
}

static void
advance(Life *life, Instant now)
{
	life->effects.n = 0;
	campaign_machine_advance(&life->graph, &life->run, life->states, now, &life->effects);
	count(life);
}

static void
event(Life *life, uint64_t bits, Instant occurred_at, Instant now)
{
	life->effects.n = 0;
	campaign_machine_event(&life->graph, &life->run, bits, life->states, occurred_at, now,
						   &life->effects);
	count(life);
}

static void
reply(Life *life, Instant occurred_at, Instant now)
{
	life->effects.n = 0;
	campaign_machine_reply(&life->graph, &life->run, EVENT_REPLIED, life->states, occurred_at, now,
						   &life->effects);
	count(life);
}

static void
outcome(Life *life, MachineOutcome how, Instant at, Instant now)
{
	life->effects.n = 0;
	campaign_machine_outcome(&life->graph, &life->run, how, NULL, life->states, at, now,
							 &life->effects);
	count(life);
}

/* The connection comes about, and is applied at once. */
static void
connect_at(Life *life, Instant at)
{
	life->states = GRAPH_STATE_CONNECTED;
	event(life, 0, at, at);
}

static void
start(Life *life)
{
	if (!campaign_graph_seal(&life->graph))
		printf("# the graph of the test is incomplete\n");
	campaign_machine_start(&life->graph, &life->run, T0);
	advance(life, T0);
}

static bool
at(const Life *life, const char *step, RunHalt halt)
{
	return life->run.halt == halt && strcmp(life->steps[life->run.step].name, step) == 0;
}

static bool
ended(const Life *life, EndKind end, const char *code)
{
	return life->run.halt == RUN_ENDED && life->run.end == end &&
		   strcmp(life->run.code, code) == 0 && campaign_machine_sound(&life->graph, &life->run);
}

/* The reference walk of S2.27, started with these states. */
static void
start_visit_invitation_message(Life *life, MachineStates states)
{
	GraphStep *invite;

	begin(life);
	add(life, GRAPH_ONLY_IF, "only_if")->condition = by_state(GRAPH_STATE_NOT_CONNECTED);
	add(life, GRAPH_ACTION, "visit");
	add_delay(life, 2 * INSTANT_DAY);
	invite = add(life, GRAPH_ACTION, "invite");
	invite->requires = GRAPH_REQUIRES_NOT_CONNECTED;
	invite->creates_relation = true;
	add_wait(life, by_state(GRAPH_STATE_CONNECTED), 0, 15 * INSTANT_DAY, 9);
	add(life, GRAPH_ACTION, "message")->requires = GRAPH_REQUIRES_CONNECTED;
	add_wait(life, by_event(EVENT_REPLIED), 0, 7 * INSTANT_DAY, 8);
	add_end(life, END_SUCCESS, "success");
	add_end(life, END_FAILURE, "no_reply");
	add_end(life, END_FAILURE, "not_accepted");
	life->states = states;
	start(life);
}

/* As far as the invitation that was executed at this instant. */
static Instant
until_invited(Life *life)
{
	Instant invited = T0 + 2 * INSTANT_DAY + INSTANT_HOUR;

	start_visit_invitation_message(life, GRAPH_STATE_NOT_CONNECTED);
	outcome(life, MACHINE_COMPLETE, T0, T0);
	advance(life, T0 + 2 * INSTANT_DAY);
	life->states = GRAPH_STATE_PENDING;
	outcome(life, MACHINE_COMPLETE, invited, invited);
	return invited;
}

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

	start_combined(&life, by_event(EVENT_CLICKED), 0);
	event(&life, EVENT_CLICKED, T0 + INSTANT_DAY, T0 + INSTANT_DAY);
	OK(at(&life, "wait", RUN_ON_CONDITION), "an event before \"after\" is noted and moves nothing");
	advance(&life, T0 + 40 * INSTANT_DAY);
	OK(at(&life, "withdraw", RUN_ON_ACTION), "it holds when \"after\" has passed");
	IS(life.run.base, T0 + 15 * INSTANT_DAY, "as of then");

	start_combined(&life, by_event(EVENT_CLICKED), 0);
	event(&life, EVENT_CLICKED, T0 + 17 * INSTANT_DAY, T0 + 19 * INSTANT_DAY);
	IS(life.run.base, T0 + 17 * INSTANT_DAY, "an event after \"after\" counts from its occurrence");

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
	test_deadline();
	test_delay_with_condition();
	test_counting();
	test_actions();
	test_branches();
	test_replies();
	test_room();
	return unit_done();
}
