/*
 * fact.c
 *		What one reported row does to the runs of its person.
 */
#include "engine/fact.h"

#include "engine/sentiment.h"
#include "store/held_back.h"
#include "store/side_actions.h"

void
campaign_fact_open(Facts *facts, Ledger *ledger)
{
	memset(facts, 0, sizeof(*facts));
	facts->ledger = ledger;
	facts->max_suppressions = 16;
	facts->suppressions = palloc(facts->max_suppressions * sizeof(Suppression));
	campaign_fact_relations_open(&facts->relations, ledger->runs);
}

static void
suppress(Facts *facts, const char *kind, const char *value, const char *reason)
{
	Suppression *suppression;

	if (facts->n_suppressions == facts->max_suppressions)
	{
		facts->max_suppressions *= 2;
		facts->suppressions =
			repalloc(facts->suppressions, facts->max_suppressions * sizeof(Suppression));
	}
	suppression = &facts->suppressions[facts->n_suppressions++];
	suppression->kind = kind;
	suppression->value = value;
	suppression->reason = reason;
}

/* A mail that came back for now, or may get through yet: its address is good (B13). */
static bool
is_soft_bounce(const InboxRow *row)
{
	JsonbValue type;

	return strcmp(row->kind, "bounced") == 0 && row->detail != NULL &&
		   JB_ROOT_IS_OBJECT(row->detail) &&
		   getKeyJsonValueFromContainer(&row->detail->root, "type", strlen("type"), &type) !=
			   NULL &&
		   type.type == jbvString && type.val.string.len == strlen("soft") &&
		   memcmp(type.val.string.val, "soft", type.val.string.len) == 0;
}

/* Why a fact of this kind takes a person out, if it does. */
bool
campaign_fact_leaves(const char *kind, EndKind *end)
{
	if (strcmp(kind, "unsubscribed") == 0 || strcmp(kind, "complained") == 0)
		*end = END_REMOVED;
	else if (strcmp(kind, "bounced") == 0)
		*end = END_ERROR;
	else
		return false;
	return true;
}

static bool
leaves(const InboxRow *row, EndKind *end)
{
	return !is_soft_bounce(row) && campaign_fact_leaves(row->kind, end);
}

/* A fact that came after the deadline of the wait on which a run is halted: none for that wait. */
static bool
came_too_late(const Run *run, TimestampTz occurred_at)
{
	const GraphStep *step = &run->campaign->graph->steps[run->machine.step];

	return run->machine.halt == RUN_ON_CONDITION && occurred_at > run->machine.base + step->within;
}

/*
 * A run that does not move, because it or its campaign is paused or it is held, takes note of the fact;
 * only a reply, or what the campaign calls its goal or leaves by, takes it out at once. Its timers run on
 * (D8), so what is too late for its wait stays so.
 */
void
campaign_fact_note(Run *run, const InboxRow *row, uint64 bits, MachineEffects *effects)
{
	const Graph *graph = run->campaign->graph;

	if (strcmp(row->kind, "replied") == 0 && graph->exit_on_reply)
	{
		run->machine.events |= bits;
		campaign_machine_leave(&run->machine, END_SUCCESS, "replied", effects);
	}
	else if (campaign_machine_settle(graph, &run->machine, bits, row->occurred_at, effects))
		return;
	else if (!came_too_late(run, row->occurred_at))
		run->machine.events |= bits;
}

void
campaign_fact_tell(const InboxRow *row, Run *run, uint64 bits, TimestampTz now,
				   MachineEffects *effects)
{
	if (strcmp(row->kind, "replied") == 0)
		campaign_machine_reply(run->campaign->graph, &run->machine, bits, run->states,
							   row->occurred_at, now, effects);
	else
		campaign_machine_event(run->campaign->graph, &run->machine, bits, run->states,
							   row->occurred_at, now, effects);
}

/*
 * A run that is so far behind that there is no room for all that it missed is brought up to the fact in
 * several goes first. What the timers did is taken over.
 */
static MachineEffects *
tell_machine(Facts *facts, const InboxRow *row, Run *run, uint64 bits)
{
	TimestampTz now = Min(row->occurred_at, facts->ledger->runs->round->now);
	MachineEffects *effects = campaign_ledger_effects(&facts->effects);
	MachineRun before = run->machine;
	bool behind;

	campaign_fact_tell(row, run, bits, now, effects);
	if (!effects->overflow)
		return effects;
	run->machine = before;
	do
	{
		effects = campaign_ledger_effects(&facts->effects);
		behind = campaign_machine_catch_up(run->campaign->graph, &run->machine, run->states,
										   row->occurred_at, now, effects);
		if (!effects->overflow)
			campaign_ledger_apply(facts->ledger, run, effects);
	} while (behind && !effects->overflow);
	if (!effects->overflow)
	{
		effects = campaign_ledger_effects(&facts->effects);
		campaign_fact_tell(row, run, bits, now, effects);
	}
	return effects;
}

/*
 * Moves a run by a fact, up to when it occurred and no further: the next row of the person may have
 * occurred before a timer that is due by now. The round that moves what is due does the rest.
 */
static void
move_run(Facts *facts, const InboxRow *row, Run *run)
{
	uint64 bits = campaign_compiled_bits(run->campaign, row->kind);
	MachineEffects *effects = campaign_ledger_effects(&facts->effects);
	EndKind end;

	run->reported = true;
	if (!is_soft_bounce(row))
		campaign_ledger_count(facts->ledger, run, row->kind, 1);
	campaign_sentiment_count(facts->ledger, run, row);
	if (leaves(row, &end))
		campaign_machine_leave(&run->machine, end, pstrdup(row->kind), effects);
	else if (!campaign_runs_moves(run))
		campaign_fact_note(run, row, bits, effects);
	else
		effects = tell_machine(facts, row, run, bits);
	run->states &= ~(MachineStates) GRAPH_STATE_PATHS_KNOWN;
	campaign_ledger_apply(facts->ledger, run, effects);
}

/* The first reply in a run is told to the CRM, if its campaign says so, whether it leaves by it or not. */
static void
note_goal(Facts *facts, const InboxRow *row, const Run *run)
{
	const char *channel = run->campaign->definition->reply_goal;

	if (channel == NULL || strcmp(row->kind, "replied") != 0)
		return;
	if (facts->n_goals == facts->max_goals)
	{
		facts->max_goals = Max(2 * facts->max_goals, 16);
		facts->goals = facts->goals == NULL
						   ? palloc(facts->max_goals * sizeof(ReplyGoal))
						   : repalloc(facts->goals, facts->max_goals * sizeof(ReplyGoal));
	}
	facts->goals[facts->n_goals++] =
		(ReplyGoal){run->row->id, run->machine.step, channel, row->occurred_at};
}

static void
apply_fact(Facts *facts, const InboxRow *row, Run **runs, int n)
{
	bool logged = false;
	EndKind end;
	int i;

	campaign_fact_relations_note(&facts->relations, row, runs, n);
	if (leaves(row, &end) && end == END_REMOVED)
		suppress(facts, "person", row->person, row->kind);
	for (i = 0; i < n; i++)
	{
		Run *run = runs[i];

		/* what happened before the run began is not a fact of it */
		if (run->machine.halt == RUN_ENDED || row->occurred_at < run->row->started_at)
			continue;
		campaign_ledger_event(facts->ledger, run, row->kind, row->action, row->occurred_at,
							  row->actor, row->detail);
		note_goal(facts, row, run);
		move_run(facts, row, run);
		logged = true;
	}
	if (!logged)
		campaign_events_add(&facts->ledger->events, row->kind, 0, row->prospect, 0, row->action, -1,
							row->occurred_at, row->actor, row->detail);
}

static MachineOutcome
outcome_named(const char *name)
{
	if (strcmp(name, "complete") == 0)
		return MACHINE_COMPLETE;
	if (strcmp(name, "skipped") == 0)
		return MACHINE_SKIPPED;
	if (strcmp(name, "expired") == 0)
		return MACHINE_EXPIRED;
	return strcmp(name, "refused") == 0 ? MACHINE_REFUSED : MACHINE_FAILED;
}

/* As what a run leaves whose start was refused for another reason than a fault; END_NONE: by a fault. */
EndKind
campaign_fact_taken_out_as(const char *code)
{
	if (strcmp(code, "suppressed") == 0 || strcmp(code, "removed") == 0)
		return END_REMOVED;
	return campaign_machine_exit_end(code);
}

/* The outcome of a run's open action; one that the run no longer waits for was logged when it came. */
static void
apply_outcome(Facts *facts, const InboxRow *row, Run **runs, int n)
{
	Run *run = NULL;
	const ActionKind *kind;
	int i;

	for (i = 0; i < n; i++)
		if (runs[i]->row->id == row->enrollment)
			run = runs[i];
	if (run == NULL || run->machine.halt != RUN_ON_ACTION || run->row->action != row->action)
	{
		if (strcmp(row->outcome, "complete") == 0)
			campaign_fact_relations_stray(&facts->relations, row);
		facts->strays = lappend(facts->strays, unconstify(InboxRow *, row));
		return;
	}
	kind = run->campaign->definition->steps[run->machine.step].kind;
	if (strcmp(row->outcome, "complete") == 0 && kind->creates_relation)
		campaign_fact_relations_invited(&facts->relations, row, run, kind);
	if (run->row->held != NULL)
		campaign_ledger_release(facts->ledger, run);
	run->reported = true;
	campaign_ledger_effects(&facts->effects);
	if (strcmp(row->outcome, "refused") == 0 && campaign_fact_taken_out_as(row->code) != END_NONE)
		campaign_machine_leave(&run->machine, campaign_fact_taken_out_as(row->code), row->code,
							   &facts->effects);
	else
		campaign_machine_outcome(run->campaign->graph, &run->machine, outcome_named(row->outcome),
								 row->code, run->states, row->occurred_at, row->occurred_at,
								 &facts->effects);
	campaign_ledger_apply(facts->ledger, run, &facts->effects);
}

void
campaign_fact_apply(Facts *facts, const InboxRow *row, Run **runs, int n)
{
	if (row->outcome != NULL)
		apply_outcome(facts, row, runs, n);
	else
		apply_fact(facts, row, runs, n);
}

/* What was reported may end that the campaigns of these runs hold their actions back. */
static void
release_actions(Facts *facts)
{
	const Runs *runs = facts->ledger->runs;
	int64 *actions = palloc(Max(runs->n, 1) * sizeof(int64));
	int n = 0;
	int i;

	for (i = 0; i < runs->n; i++)
	{
		const Run *run = &runs->items[i];

		if (run->reported && run->machine.halt == RUN_ON_ACTION &&
			run->campaign->graph->hold_if.source != GRAPH_ALWAYS)
			actions[n++] = run->row->action;
	}
	campaign_held_back_release(runs->round->workspace, actions, n, runs->round->now);
}

/* Of what no run waits for, some was sent beside one: a payment may let it go on. */
static void
settle_strays(const Facts *facts)
{
	int64 *actions = palloc(Max(list_length(facts->strays), 1) * sizeof(int64));
	const char **outcomes = palloc(Max(list_length(facts->strays), 1) * sizeof(char *));
	ListCell *cell;
	int n = 0;

	foreach (cell, facts->strays)
	{
		const InboxRow *row = lfirst(cell);

		actions[n] = row->action;
		outcomes[n++] = row->outcome;
	}
	campaign_side_actions_settle(facts->ledger->runs->round->workspace, actions, outcomes, n);
}

void
campaign_fact_write(Facts *facts)
{
	const Round *round = facts->ledger->runs->round;

	release_actions(facts);
	campaign_fact_relations_write(&facts->relations);
	campaign_suppressions_add(round->workspace, facts->suppressions, facts->n_suppressions,
							  round->now);
	campaign_side_actions_tell_reply(round->workspace, facts->goals, facts->n_goals, round->now);
	settle_strays(facts);
}
