/*
 * ledger.c
 *		What a round is going to write.
 */
#include "engine/ledger.h"

#include <math.h>

#include "miscadmin.h"

#include "engine/assign.h"
#include "engine/bucket.h"
#include "engine/overdue.h"
#include "engine/run_prospects.h"
#include "store/places.h"
#include "store/wake.h"

void
campaign_ledger_open(Ledger *ledger, Runs *runs)
{
	memset(ledger, 0, sizeof(*ledger));
	ledger->runs = runs;
	campaign_events_init(&ledger->events, runs->round->workspace, runs->round->actor);
	campaign_counters_init(&ledger->counters, runs->round->workspace);
	campaign_ledger_actions_open(&ledger->actions, runs);
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
campaign_ledger_count(Ledger *ledger, const Run *run, const char *kind, int64 n)
{
	campaign_counters_add(&ledger->counters, run->row->campaign, run->machine.step,
						  run->campaign->day, kind, n);
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

/* No account serves the action of this step: unless the run leaves all the same, it waits for one. */
static void
hold_at_entry(Ledger *ledger, Run *run, int step)
{
	const StepContent *content = &run->campaign->definition->steps[step];

	run->row->action = 0;
	if (run->machine.halt == RUN_ENDED)
		return;
	run->row->halt = RUN_AT_ENTRY;
	campaign_ledger_hold(
		ledger, run, "no_account",
		content->channel != NULL
			? psprintf("%s (channel \"%s\")", content->kind->channel_class, content->channel)
			: content->kind->channel_class);
}

/* The run's open action is not wanted any more. */
static void
withdraw_action(Ledger *ledger, Run *run, int step)
{
	int64 id = run->row->action;

	/* no account served it, so that it was never queued */
	if (id == 0)
		return;
	run->row->action = 0;
	event_at_step(ledger, run, "action_withdrawn", step, id, NULL);
	count_at_step(ledger, run, step, "withdrawn");
	campaign_ledger_actions_withdraw(&ledger->actions, id);
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
	counter = campaign_bucket_refused(code, campaign_run_prospects_invited(ledger->runs, run));
	if (counter != NULL)
		count_at_step(ledger, run, step, counter);
}

/* The run entered a stage, perhaps one by which it ends. */
static void
note_stage(Ledger *ledger, Run *run, int step)
{
	run->row->action = 0;
	event_at_step(ledger, run, "stage_entered", step, 0, NULL);
	count_at_step(ledger, run, step, "entered");
	campaign_stage_entries_enter(&ledger->stages, run, step);
}

static void
note_end(Ledger *ledger, Run *run, int step)
{
	const char *end = campaign_graph_end_name(run->machine.end);

	if (run->machine.end == END_ERROR)
		note_refusal(ledger, run, step, run->machine.code);
	event_at_step(
		ledger, run, "ended", step, 0,
		campaign_events_detail((const char *[]){"end", end, "code", run->machine.code, NULL}));
	count_at_step(ledger, run, step, end);
	if (strcmp(run->row->status, "replied") == 0)
		count_at_step(ledger, run, step, "left_replied");
	/* whoever found it out: the slot that was to let him in, or the start of the contact (D16) */
	if (strcmp(run->machine.code, "duplicate") == 0)
		count_at_step(ledger, run, step, "duplicate");
	if (!run->row->was_blocked)
	{
		campaign_places_count(&ledger->counters, run->row->campaign, -1);
		run->campaign->freed++;
	}
	campaign_stage_entries_end(&ledger->stages, run);
	if (run->row->was_paused)
		campaign_counters_add(&ledger->counters, run->row->campaign, step, run->campaign->day,
							  "paused", -1);
}

static void
queue_action(Ledger *ledger, Run *run, int step)
{
	const StepContent *content = &run->campaign->definition->steps[step];

	if (!campaign_assign_possible(run, content->kind, content->channel))
	{
		hold_at_entry(ledger, run, step);
		return;
	}
	run->row->action = campaign_ledger_actions_queue(&ledger->actions, run, step);
	event_at_step(ledger, run, "action_queued", step, run->row->action,
				  campaign_ledger_actions_asked(&ledger->actions, run->row->action)
					  ? campaign_events_detail((const char *[]){"approval", "asked", NULL})
					  : NULL);
	count_at_step(ledger, run, step, "entered");
	count_at_step(ledger, run, step, "queued");
}

static void
apply_effect(Ledger *ledger, Run *run, const MachineEffect *effect)
{
	switch (effect->kind)
	{
		case MACHINE_QUEUED:
			queue_action(ledger, run, effect->step);
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
		case MACHINE_STAGE:
			note_stage(ledger, run, effect->step);
			break;
		case MACHINE_JUMPED:
			count_at_step(ledger, run, effect->step, "passed");
			break;
		case MACHINE_GATED:
			campaign_ledger_hold(ledger, run, "not_opted_in",
								 run->campaign->graph->steps[effect->step].name);
			break;
		case MACHINE_WITHDRAWN:
			withdraw_action(ledger, run, effect->step);
			break;
		case MACHINE_ENDED:
			note_end(ledger, run, effect->step);
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

	if (effect->kind != MACHINE_PASSED && effect->kind != MACHINE_TIMED_OUT &&
		effect->kind != MACHINE_JUMPED)
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

	campaign_ledger_actions_skip(&ledger->actions, id);
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

void
campaign_ledger_write(Ledger *ledger)
{
	Runs *runs = ledger->runs;
	Enrollment **changed = palloc(Max(runs->n, 1) * sizeof(Enrollment *));
	int n = 0;
	int i;

	campaign_ledger_actions_assign(&ledger->actions);
	for (i = 0; i < runs->n; i++)
		if (runs->items[i].changed)
			changed[n++] = runs->items[i].row;
	campaign_enrollments_write(runs->round->workspace, changed, n);
	campaign_ledger_actions_write(&ledger->actions);
	campaign_inside_steps_write(&ledger->inside, runs, &ledger->events);
	campaign_events_write(&ledger->events);
	campaign_counters_write(&ledger->counters);
	campaign_ledger_actions_show(&ledger->actions);
	/* last: who has done all that a stage asks for goes on at once, in a round of his own */
	campaign_stage_entries_write(&ledger->stages, runs->round->workspace);
	if (n > 0)
		campaign_wake_request(WAKE_SCHEDULER);
}
