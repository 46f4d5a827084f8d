/*
 * rehearse_ledger.c
 *		What the moves of a rehearsal lead to.
 */
#include "engine/rehearse_ledger.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "engine/assign.h"
#include "engine/inside_steps.h"
#include "engine/overdue.h"
#include "engine/rehearse_approval.h"
#include "engine/rehearse_starts.h"
#include "engine/run_prospects.h"

void
campaign_rehearse_ledger_tell(const Rehearsal *rehearsal, const Figure *figure, int step,
							  const char *what, const char *code, Jsonb *content)
{
	const CompiledCampaign *campaign = figure->run->campaign;
	int at = step == GRAPH_NONE ? figure->run->machine.step : step;
	const ActionKind *kind = campaign->definition->steps[at].kind;
	RehearsedRow row = {.at = rehearsal->round.now,
						.prospect = figure->run->row->prospect,
						.step = campaign->graph->steps[at].name,
						.action = kind == NULL ? NULL : kind->name,
						.what = what,
						.code = code,
						.content = content};

	rehearsal->request->put(rehearsal->request->arg, &row);
}

void
campaign_rehearse_ledger_hold(Rehearsal *rehearsal, Figure *figure, const char *reason)
{
	Enrollment *row = figure->run->row;

	row->held = reason;
	row->due_at = DT_NOEND;
	campaign_rehearse_people_schedule(&rehearsal->people, figure, rehearsal->round.now);
	campaign_rehearse_ledger_tell(rehearsal, figure, GRAPH_NONE, "held", reason, NULL);
}

static void
append(Figure ***list, int *n, int *max, Figure *figure)
{
	if (*n == *max)
	{
		*max *= 2;
		*list = repalloc_huge(*list, *max * sizeof(Figure *));
	}
	(*list)[(*n)++] = figure;
}

static void
queue_action(Rehearsal *rehearsal, Figure *figure, int step)
{
	Run *run = figure->run;
	ImaginedAction *action = &figure->action;
	const StepContent *content = &run->campaign->definition->steps[step];

	if (!campaign_assign_possible(run, content->kind, content->channel))
	{
		if (run->machine.halt == RUN_ENDED)
			return;
		run->row->halt = RUN_AT_ENTRY;
		run->machine.halt = RUN_AT_ENTRY;
		campaign_rehearse_ledger_hold(rehearsal, figure, "no_account");
		return;
	}
	memset(action, 0, sizeof(*action));
	action->id = rehearsal->lanes.next_action++;
	action->step = step;
	action->lap = run->machine.lap;
	action->queued_at = rehearsal->round.now;
	action->not_before = run->campaign->open_at;
	action->lane = -1;
	action->awaits = campaign_rehearse_approval_needed(rehearsal, figure, step);
	action->put_up_at = rehearsal->round.now;
	append(&rehearsal->queued, &rehearsal->n_queued, &rehearsal->max_queued, figure);
}

static void
drop_action(Rehearsal *rehearsal, Figure *figure)
{
	if (figure->action.in_queue)
		campaign_rehearse_lanes_remove(&rehearsal->lanes, figure);
	figure->action.id = 0;
}

static Jsonb *
joined(Jsonb *left, Jsonb *right)
{
	if (left == NULL)
		return right;
	return DatumGetJsonbP(
		DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(left), JsonbPGetDatum(right)));
}

/* What a step sets is kept beside what is stored. */
static void
set_attributes(const Rehearsal *rehearsal, Figure *figure, int step)
{
	Run *run = figure->run;
	AttributeSource source = {.prospect = run->row->prospect, .enrollment = run->row->id};
	MemoryContext before;
	Jsonb *made;

	campaign_attributes_read(rehearsal->round.workspace, &source, 1);
	if (source.document == NULL && run->imagined == NULL)
		return;
	if (figure->attributes != NULL)
		source.document = joined(source.document, figure->attributes);
	made = campaign_inside_steps_render(run, step, &source);
	before = MemoryContextSwitchTo(rehearsal->life);
	made = joined(figure->attributes, made);
	figure->attributes = palloc(VARSIZE(made));
	memcpy(figure->attributes, made, VARSIZE(made));
	MemoryContextSwitchTo(before);
}

static void
apply_effect(Rehearsal *rehearsal, Figure *figure, const MachineEffect *effect)
{
	const MachineRun *machine = &figure->run->machine;

	switch (effect->kind)
	{
		case MACHINE_QUEUED:
			queue_action(rehearsal, figure, effect->step);
			break;
		case MACHINE_PASSED:
		case MACHINE_WITHDRAWN:
			drop_action(rehearsal, figure);
			break;
		case MACHINE_PREVENTED:
			if (figure->action.id == 0)
				campaign_rehearse_ledger_tell(rehearsal, figure, effect->step, "refused",
											  effect->code, NULL);
			drop_action(rehearsal, figure);
			break;
		case MACHINE_SET:
			set_attributes(rehearsal, figure, effect->step);
			break;
		case MACHINE_ENDED:
			drop_action(rehearsal, figure);
			campaign_rehearse_places_free(&rehearsal->places, figure);
			campaign_rehearse_ledger_tell(
				rehearsal, figure, effect->step, "ended",
				psprintf("%s %s", campaign_graph_end_name(machine->end), machine->code), NULL);
			break;
		case MACHINE_GATED:
			campaign_rehearse_ledger_hold(rehearsal, figure, "not_opted_in");
			break;
		case MACHINE_STAGE:
			/* he stands there: what people would do is not imagined */
		case MACHINE_JUMPED:
		case MACHINE_DELAYED:
		case MACHINE_WAITING:
		case MACHINE_TIMED_OUT:
		case MACHINE_OVERDUE:
		case MACHINE_ENROLL:
			break;
	}
}

MachineEffects *
campaign_rehearse_ledger_empty(Rehearsal *rehearsal)
{
	rehearsal->effects.n = 0;
	rehearsal->effects.overflow = false;
	return &rehearsal->effects;
}

static void
take_over(Rehearsal *rehearsal, Figure *figure)
{
	MachineEffects *effects = &rehearsal->effects;
	int i;

	if (effects->overflow)
	{
		campaign_rehearse_ledger_hold(rehearsal, figure, "internal_error");
		return;
	}
	campaign_runs_store(figure->run, rehearsal->round.now);
	for (i = 0; i < effects->n; i++)
		apply_effect(rehearsal, figure, &effects->items[i]);
	campaign_rehearse_people_schedule(&rehearsal->people, figure, rehearsal->round.now);
	append(&rehearsal->touched, &rehearsal->n_touched, &rehearsal->max_touched, figure);
}

/* True if the last that happened is that an action was queued, whose time lay in a skipped pause. */
static bool
queued_overdue(const Figure *figure, const MachineEffects *effects)
{
	return effects->n > 0 && effects->items[effects->n - 1].kind == MACHINE_QUEUED &&
		   figure->run->machine.halt == RUN_ON_ACTION && figure->action.id != 0 &&
		   campaign_overdue_is(figure->run->campaign, figure->run->machine.base);
}

void
campaign_rehearse_ledger_apply(Rehearsal *rehearsal, Figure *figure)
{
	Run *run = figure->run;

	take_over(rehearsal, figure);
	while (queued_overdue(figure, &rehearsal->effects))
	{
		TimestampTz at = campaign_overdue_skipped_at(run->campaign, run->machine.base);

		CHECK_FOR_INTERRUPTS();
		campaign_rehearse_ledger_tell(rehearsal, figure, GRAPH_NONE, "skipped", "skipped_overdue",
									  NULL);
		run->states &= ~(MachineStates) GRAPH_STATE_PATHS_KNOWN;
		campaign_machine_outcome(run->campaign->graph, &run->machine, MACHINE_SKIPPED, NULL,
								 run->states, at, at, campaign_rehearse_ledger_empty(rehearsal));
		take_over(rehearsal, figure);
	}
}

/* What the owner is to approve is shown to him as it would be sent. */
static void
put_up(Rehearsal *rehearsal, Figure **figures, int n)
{
	int i;

	campaign_rehearse_starts_show(rehearsal, figures, n);
	for (i = 0; i < n; i++)
		if (figures[i]->action.awaits)
			campaign_rehearse_approval_expect(rehearsal, figures[i]);
}

/* Gives what was queued in this round accounts, and so lanes. One that is not wanted any more has none. */
static void
assign(Rehearsal *rehearsal)
{
	LanesNow now = {&rehearsal->lanes, rehearsal->round.now};
	AssignSource source = {campaign_rehearse_lanes_left, &now};
	AssignNeed *needs;
	EnrollmentAccount *chosen;
	Figure **asked;
	int n_asked = 0;
	int n = 0;
	int i;

	if (rehearsal->n_queued == 0)
		return;
	campaign_rehearse_lanes_turn(&rehearsal->lanes, rehearsal->round.now);
	needs = palloc(rehearsal->n_queued * sizeof(AssignNeed));
	chosen = palloc(rehearsal->n_queued * sizeof(EnrollmentAccount));
	asked = palloc(rehearsal->n_queued * sizeof(Figure *));
	for (i = 0; i < rehearsal->n_queued; i++)
	{
		Figure *figure = rehearsal->queued[i];
		const StepContent *content;

		if (figure->action.id == 0 || figure->action.lane >= 0)
			continue;
		figure->action.lane = 0;
		rehearsal->queued[n] = figure;
		content = &figure->run->campaign->definition->steps[figure->action.step];
		needs[n].run = figure->run;
		needs[n].channel = content->channel;
		needs[n++].kind = content->kind;
	}
	campaign_assign_choose(&rehearsal->people.runs, needs, n, &source, chosen);
	for (i = 0; i < n; i++)
	{
		Figure *figure = rehearsal->queued[i];

		figure->action.lane =
			campaign_rehearse_lanes_find(&rehearsal->lanes, needs[i].account, needs[i].kind->name);
		campaign_run_prospects_renew(&rehearsal->people.runs, figure->run);
		if (!campaign_runs_moves(figure->run))
			continue;
		if (figure->action.awaits)
			asked[n_asked++] = figure;
		else
			campaign_rehearse_lanes_put(&rehearsal->lanes, figure);
	}
	rehearsal->n_queued = 0;
	put_up(rehearsal, asked, n_asked);
}

static int
compare_figures(const void *a, const void *b)
{
	const Figure *left = *(Figure *const *) a;
	const Figure *right = *(Figure *const *) b;

	return left < right ? -1 : left > right;
}

void
campaign_rehearse_ledger_order(Rehearsal *rehearsal)
{
	int i;

	qsort(rehearsal->touched, rehearsal->n_touched, sizeof(Figure *), compare_figures);
	for (i = 0; i < rehearsal->n_touched; i++)
		if (i == 0 || rehearsal->touched[i] != rehearsal->touched[i - 1])
			campaign_rehearse_people_schedule(&rehearsal->people, rehearsal->touched[i],
											  rehearsal->round.now);
}

void
campaign_rehearse_ledger_close(Rehearsal *rehearsal)
{
	rehearsal->n_touched = 0;
	assign(rehearsal);
	campaign_rehearse_places_fill(&rehearsal->places, &rehearsal->round, &rehearsal->people);
}
