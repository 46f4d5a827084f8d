/*
 * ledger.c
 *		What a round is going to write.
 */
#include "engine/ledger.h"

#include <math.h>

#include "miscadmin.h"

#include "engine/bucket.h"
#include "engine/overdue.h"
#include "store/ids.h"
#include "store/lanes.h"
#include "store/leases.h"
#include "store/places.h"
#include "store/wake.h"

void
campaign_ledger_open(Ledger *ledger, Runs *runs)
{
	memset(ledger, 0, sizeof(*ledger));
	ledger->runs = runs;
	campaign_events_init(&ledger->events, runs->round->workspace, runs->round->actor);
	campaign_counters_init(&ledger->counters, runs->round->workspace);
	ledger->max_actions = Max(runs->n, 8);
	ledger->actions = palloc(ledger->max_actions * sizeof(LedgerAction));
	ledger->max_cancelled = Max(runs->n, 8);
	ledger->cancelled = palloc(ledger->max_cancelled * sizeof(int64));
}

MachineEffects *
campaign_ledger_effects(MachineEffects *effects)
{
	effects->n = 0;
	effects->max = MACHINE_MAX_MOVES;
	effects->overflow = false;
	if (effects->items == NULL)
		effects->items = palloc(MACHINE_MAX_MOVES * sizeof(MachineEffect));
	return effects;
}

void
campaign_ledger_event(Ledger *ledger, const Run *run, const char *kind, int64 action,
					  TimestampTz at, const char *actor, Jsonb *detail)
{
	campaign_events_add(&ledger->events, kind, run->row->campaign, run->row->prospect, run->row->id,
						action, run->machine.step, at, actor, detail);
}

static void
event_at_step(Ledger *ledger, const Run *run, const char *kind, int step, int64 action,
			  Jsonb *detail)
{
	campaign_events_add(&ledger->events, kind, run->row->campaign, run->row->prospect, run->row->id,
						action, step, ledger->runs->round->now, NULL, detail);
}

static void
count_at_step(Ledger *ledger, const Run *run, int step, const char *kind)
{
	campaign_counters_add(&ledger->counters, run->row->campaign, step, run->campaign->day, kind, 1);
}

void
campaign_ledger_count(Ledger *ledger, const Run *run, const char *kind)
{
	count_at_step(ledger, run, run->machine.step, kind);
}

void
campaign_ledger_hold(Ledger *ledger, Run *run, const char *reason, const char *detail)
{
	run->changed = true;
	run->row->held = reason;
	run->row->held_detail = detail;
	if (run->row->parked_due_at == DT_NOEND)
		run->row->parked_due_at = run->row->due_at;
	run->row->due_at = DT_NOEND;
	/* not the machine's step: of a walk that is given up nothing is written */
	event_at_step(
		ledger, run, "held", run->row->step, 0,
		campaign_events_detail((const char *[]){"reason", reason, "detail", detail, NULL}));
}

void
campaign_ledger_release(Ledger *ledger, Run *run)
{
	run->changed = true;
	run->row->held = NULL;
	run->row->held_detail = NULL;
	event_at_step(ledger, run, "released", run->row->step, 0, NULL);
}

static const ActionKind *
kind_of(const Run *run, int step)
{
	return run->campaign->definition->steps[step].kind;
}

/* No account serves the action of this step: unless the run leaves all the same, it waits for one. */
static void
hold_at_entry(Ledger *ledger, Run *run, int step)
{
	run->row->action = 0;
	if (run->machine.halt == RUN_ENDED)
		return;
	run->row->halt = RUN_AT_ENTRY;
	campaign_ledger_hold(ledger, run, "no_account", kind_of(run, step)->channel_class);
}

/* An action of this step, to start in the next slot; which account it goes by is found out when writing. */
static int64
queue_action(Ledger *ledger, Run *run, int step)
{
	const Round *round = ledger->runs->round;
	LedgerAction *action;

	if (ledger->n_actions == ledger->max_actions)
	{
		ledger->max_actions *= 2;
		ledger->actions = repalloc(ledger->actions, ledger->max_actions * sizeof(LedgerAction));
	}
	action = &ledger->actions[ledger->n_actions++];
	action->run = run;
	action->kind = kind_of(run, step);
	action->within = run->campaign->definition->steps[step].within;
	action->row.id = campaign_ids_next(campaign_ids_sequence("action_id_seq"));
	action->row.campaign = run->row->campaign;
	action->row.prospect = run->row->prospect;
	action->row.enrollment = run->row->id;
	action->row.lane = 0;
	action->row.step = step;
	action->row.occurrence = run->row->lap;
	action->row.kind = action->kind->name;
	action->row.state = campaign_runs_moves(run) ? "queued" : "withdrawn";
	action->row.queued_at = round->now;
	action->row.not_before = run->campaign->open_at;
	return action->row.id;
}

/* The run's open action is not wanted any more: if it is of this round, no lane is woken for it. */
static void
withdraw_action(Ledger *ledger, Run *run, int step)
{
	int64 id = run->row->action;
	int i;

	/* no account served it, so that it was never queued */
	if (id == 0)
		return;
	run->row->action = 0;
	event_at_step(ledger, run, "action_withdrawn", step, id, NULL);
	count_at_step(ledger, run, step, "withdrawn");
	for (i = ledger->n_actions - 1; i >= 0; i--)
		if (ledger->actions[i].row.id == id)
			ledger->actions[i].row.state = "withdrawn";
	if (ledger->n_cancelled == ledger->max_cancelled)
	{
		ledger->max_cancelled *= 2;
		ledger->cancelled = repalloc(ledger->cancelled, ledger->max_cancelled * sizeof(int64));
	}
	ledger->cancelled[ledger->n_cancelled++] = id;
}

/* Ways are numbered from 1, in the order in which the split names them. */
static void
note_way(Ledger *ledger, const Run *run, const MachineEffect *effect)
{
	char *way = psprintf("%d", effect->branch + 1);

	event_at_step(ledger, run, "split_drawn", effect->step, 0,
				  campaign_events_detail((const char *[]){"way", way, NULL}));
	count_at_step(ledger, run, effect->step, psprintf("way_%s", way));
}

/*
 * The action of this step is not begun. Where it had been queued, and was refused when it would have been
 * sent, that was counted there.
 */
static void
note_refusal(Ledger *ledger, Run *run, int step, const char *code)
{
	const char *counter;

	if (run->row->action != 0 || run->campaign->graph->steps[step].kind != GRAPH_ACTION)
		return;
	counter = campaign_bucket_refused(code, campaign_runs_invited(ledger->runs, run));
	if (counter != NULL)
		count_at_step(ledger, run, step, counter);
}

static void
apply_effect(Ledger *ledger, Run *run, const MachineEffect *effect)
{
	const char *end;

	switch (effect->kind)
	{
		case MACHINE_QUEUED:
			if (!campaign_assign_possible(run, kind_of(run, effect->step)))
			{
				hold_at_entry(ledger, run, effect->step);
				break;
			}
			run->row->action = queue_action(ledger, run, effect->step);
			event_at_step(ledger, run, "action_queued", effect->step, run->row->action, NULL);
			count_at_step(ledger, run, effect->step, "entered");
			count_at_step(ledger, run, effect->step, "queued");
			break;
		case MACHINE_DELAYED:
			event_at_step(ledger, run, "delay_started", effect->step, 0, NULL);
			count_at_step(ledger, run, effect->step, "entered");
			break;
		case MACHINE_WAITING:
			event_at_step(ledger, run, "wait_started", effect->step, 0, NULL);
			count_at_step(ledger, run, effect->step, "entered");
			break;
		case MACHINE_PASSED:
			run->row->action = 0;
			count_at_step(ledger, run, effect->step, "passed");
			if (run->campaign->graph->steps[effect->step].kind == GRAPH_SPLIT)
				note_way(ledger, run, effect);
			break;
		case MACHINE_PREVENTED:
			note_refusal(ledger, run, effect->step, effect->code);
			run->row->action = 0;
			event_at_step(ledger, run, "action_prevented", effect->step, 0,
						  campaign_events_detail((const char *[]){"code", effect->code, NULL}));
			count_at_step(ledger, run, effect->step, "prevented");
			break;
		case MACHINE_TIMED_OUT:
			event_at_step(ledger, run, "wait_timed_out", effect->step, 0, NULL);
			count_at_step(ledger, run, effect->step, "timed_out");
			break;
		case MACHINE_OVERDUE:
			event_at_step(ledger, run, "delay_overdue", effect->step, 0, NULL);
			count_at_step(ledger, run, effect->step, "overdue");
			break;
		case MACHINE_SET:
			campaign_inside_steps_set(&ledger->inside, run, effect->step);
			event_at_step(ledger, run, "attributes_set", effect->step, 0,
						  campaign_events_detail((const char *[]){
							  "keys", campaign_inside_steps_keys(run, effect->step), NULL}));
			break;
		case MACHINE_ENROLL:
			campaign_inside_steps_enroll(&ledger->inside, run, effect->step);
			break;
		case MACHINE_WITHDRAWN:
			withdraw_action(ledger, run, effect->step);
			break;
		case MACHINE_ENDED:
			if (run->machine.end == END_ERROR)
				note_refusal(ledger, run, effect->step, run->machine.code);
			end = campaign_graph_end_name(run->machine.end);
			event_at_step(ledger, run, "ended", effect->step, 0,
						  campaign_events_detail(
							  (const char *[]){"end", end, "code", run->machine.code, NULL}));
			count_at_step(ledger, run, effect->step, end);
			if (strcmp(run->row->status, "replied") == 0)
				count_at_step(ledger, run, effect->step, "left_replied");
			if (!run->row->was_blocked)
			{
				campaign_places_count(&ledger->counters, run->row->campaign, -1);
				run->campaign->freed++;
			}
			if (run->row->was_paused)
				campaign_counters_add(&ledger->counters, run->row->campaign, effect->step,
									  run->campaign->day, "paused", -1);
			break;
	}
}

/*
 * How long the run stood at the step that it leaves, in quarters of a doubling of a second: waited_0 is
 * less than one, waited_1 from 1 to 2^(1/4), and so on. The view step_funnel makes a median of them.
 */
static void
count_wait(Ledger *ledger, const Run *run, const MachineEffect *effect, TimestampTz since)
{
	double seconds = (double) (ledger->runs->round->now - since) / USECS_PER_SEC;
	char kind[24];

	if (effect->kind != MACHINE_PASSED && effect->kind != MACHINE_TIMED_OUT)
		return;
	snprintf(kind, sizeof(kind), "waited_%d", seconds < 1 ? 0 : 1 + (int) floor(4 * log2(seconds)));
	count_at_step(ledger, run, effect->step, kind);
}

static void
take_over(Ledger *ledger, Run *run, const MachineEffects *effects)
{
	TimestampTz since = run->row->step_at;
	bool stood = run->row->halt != RUN_AT_ENTRY;
	int i;

	if (effects->overflow)
	{
		campaign_ledger_hold(ledger, run, "internal_error",
							 "the steps go round without an end in sight");
		return;
	}
	/* the lap of an action is that of the row after the move */
	campaign_runs_store(run, ledger->runs->round->now);
	if (stood && effects->n > 0)
		count_wait(ledger, run, &effects->items[0], since);
	for (i = 0; i < effects->n; i++)
		apply_effect(ledger, run, &effects->items[i]);
}

/* True if the last that happened is that an action was queued, whose time lay in a skipped pause. */
static bool
queued_overdue(const Run *run, const MachineEffects *effects)
{
	return effects->n > 0 && effects->items[effects->n - 1].kind == MACHINE_QUEUED &&
		   run->machine.halt == RUN_ON_ACTION && run->row->action != 0 &&
		   campaign_overdue_is(run->campaign, run->machine.base);
}

static void
skip_action(Ledger *ledger, Run *run)
{
	int64 id = run->row->action;
	int i;

	for (i = ledger->n_actions - 1; i >= 0; i--)
		if (ledger->actions[i].row.id == id)
			ledger->actions[i].row.state = "withdrawn";
	if (ledger->n_skipped == ledger->max_skipped)
	{
		ledger->max_skipped = Max(2 * ledger->max_skipped, 8);
		ledger->skipped = ledger->skipped == NULL
							  ? palloc(ledger->max_skipped * sizeof(int64))
							  : repalloc(ledger->skipped, ledger->max_skipped * sizeof(int64));
	}
	ledger->skipped[ledger->n_skipped++] = id;
	event_at_step(ledger, run, "action_skipped", run->machine.step, id,
				  campaign_events_detail((const char *[]){"code", "skipped_overdue", NULL}));
	count_at_step(ledger, run, run->machine.step, "skipped");
}

/*
 * No further than the time of the action: what is due after it is for the next round, and so is what
 * paths say from there on.
 */
void
campaign_ledger_skip_overdue(Ledger *ledger, Run *run, TimestampTz due_at)
{
	MachineEffects *effects = campaign_ledger_effects(&ledger->overdue);

	do
	{
		TimestampTz at = campaign_overdue_skipped_at(run->campaign, due_at);

		CHECK_FOR_INTERRUPTS();
		skip_action(ledger, run);
		run->states &= ~(MachineStates) GRAPH_STATE_PATHS_KNOWN;
		campaign_machine_outcome(run->campaign->graph, &run->machine, MACHINE_SKIPPED, NULL,
								 run->states, at, at, campaign_ledger_effects(effects));
		take_over(ledger, run, effects);
		due_at = run->machine.base;
	} while (queued_overdue(run, effects));
}

void
campaign_ledger_apply(Ledger *ledger, Run *run, const MachineEffects *effects)
{
	take_over(ledger, run, effects);
	if (queued_overdue(run, effects))
		campaign_ledger_skip_overdue(ledger, run, run->machine.base);
}

static void
choose_accounts(Ledger *ledger)
{
	AssignNeed *needs = palloc(Max(ledger->n_actions, 1) * sizeof(AssignNeed));
	LaneKey *keys = palloc(Max(ledger->n_actions, 1) * sizeof(LaneKey));
	int64 *lanes = palloc(Max(ledger->n_actions, 1) * sizeof(int64));
	int i;

	for (i = 0; i < ledger->n_actions; i++)
	{
		needs[i].run = ledger->actions[i].run;
		needs[i].kind = ledger->actions[i].kind;
	}
	campaign_assign_accounts(ledger->runs, needs, ledger->n_actions);
	for (i = 0; i < ledger->n_actions; i++)
	{
		keys[i].account = needs[i].account;
		keys[i].kind = ledger->actions[i].kind->name;
	}
	campaign_lanes_find(ledger->runs->round->workspace, keys, ledger->n_actions, lanes);
	for (i = 0; i < ledger->n_actions; i++)
		ledger->actions[i].row.lane = lanes[i];
}

/* By lane, and in it by when they may start. */
static int
compare_queued(const void *a, const void *b)
{
	const NewAction *left = *(NewAction *const *) a;
	const NewAction *right = *(NewAction *const *) b;

	if (left->lane != right->lane)
		return left->lane < right->lane ? -1 : 1;
	return left->not_before < right->not_before ? -1 : left->not_before > right->not_before;
}

/* Only where a step says how long its action may take. */
static void
write_deadlines(const Ledger *ledger)
{
	int64 *ids = palloc(Max(ledger->n_actions, 1) * sizeof(int64));
	TimestampTz *deadlines = palloc(Max(ledger->n_actions, 1) * sizeof(TimestampTz));
	int n = 0;
	int i;

	for (i = 0; i < ledger->n_actions; i++)
	{
		const LedgerAction *action = &ledger->actions[i];

		if (action->within == 0)
			continue;
		ids[n] = action->row.id;
		deadlines[n++] = action->row.queued_at + action->within;
	}
	campaign_leases_limit(ledger->runs->round->workspace, ids, deadlines, n);
}

static void
write_actions(Ledger *ledger)
{
	const Round *round = ledger->runs->round;
	NewAction *rows = palloc(Max(ledger->n_actions, 1) * sizeof(NewAction));
	NewAction **queued = palloc(Max(ledger->n_actions, 1) * sizeof(NewAction *));
	int64 *lanes = palloc(Max(ledger->n_actions, 1) * sizeof(int64));
	TimestampTz *ready = palloc(Max(ledger->n_actions, 1) * sizeof(TimestampTz));
	int n = 0;
	int distinct = 0;
	int i;

	for (i = 0; i < ledger->n_actions; i++)
	{
		rows[i] = ledger->actions[i].row;
		if (strcmp(rows[i].state, "queued") == 0)
			queued[n++] = &rows[i];
	}
	campaign_queue_add(round->workspace, rows, ledger->n_actions);
	write_deadlines(ledger);
	campaign_queue_cancel(round->workspace, ledger->cancelled, ledger->n_cancelled, "withdrawn",
						  round->now);
	campaign_queue_skip(round->workspace, ledger->skipped, ledger->n_skipped, "skipped_overdue",
						round->now);
	qsort(queued, n, sizeof(NewAction *), compare_queued);
	for (i = 0; i < n; i++)
	{
		if (i > 0 && queued[i]->lane == queued[i - 1]->lane)
			continue;
		lanes[distinct] = queued[i]->lane;
		ready[distinct++] = queued[i]->not_before;
	}
	campaign_lanes_awaken(round->workspace, lanes, ready, distinct, false);
	if (distinct > 0)
		campaign_wake_request(WAKE_DISPATCHERS);
}

void
campaign_ledger_write(Ledger *ledger)
{
	Runs *runs = ledger->runs;
	Enrollment **changed = palloc(Max(runs->n, 1) * sizeof(Enrollment *));
	int n = 0;
	int i;

	if (ledger->n_actions > 0)
		choose_accounts(ledger);
	for (i = 0; i < runs->n; i++)
		if (runs->items[i].changed)
			changed[n++] = runs->items[i].row;
	campaign_enrollments_write(runs->round->workspace, changed, n);
	if (ledger->n_actions > 0 || ledger->n_cancelled > 0 || ledger->n_skipped > 0)
		write_actions(ledger);
	campaign_inside_steps_write(&ledger->inside, runs, &ledger->events);
	campaign_events_write(&ledger->events);
	campaign_counters_write(&ledger->counters);
	if (n > 0)
		campaign_wake_request(WAKE_SCHEDULER);
}
