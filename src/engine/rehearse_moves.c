/*
 * rehearse_moves.c
 *		What moves the runs of a rehearsal.
 */
#include "engine/rehearse_moves.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "engine/assign.h"
#include "engine/document.h"
#include "engine/fact.h"
#include "engine/inside_steps.h"
#include "engine/overdue.h"
#include "engine/run_prospects.h"

void
campaign_rehearse_moves_tell(const Rehearsal *rehearsal, const Figure *figure, int step,
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

static ImaginedReport *
add_report(Rehearsal *rehearsal, Figure *figure)
{
	ImaginedReport *report;

	if (rehearsal->n_reports == rehearsal->max_reports)
	{
		rehearsal->max_reports *= 2;
		rehearsal->reports =
			repalloc_huge(rehearsal->reports, rehearsal->max_reports * sizeof(ImaginedReport));
	}
	report = &rehearsal->reports[rehearsal->n_reports++];
	memset(report, 0, sizeof(*report));
	report->figure = figure;
	report->stamp = rehearsal->stamps++;
	report->at = rehearsal->round.now;
	return report;
}

void
campaign_rehearse_moves_report(Rehearsal *rehearsal, Figure *figure, const char *outcome,
							   const char *code)
{
	ImaginedReport *report = add_report(rehearsal, figure);

	report->outcome = outcome;
	report->code = code;
}

void
campaign_rehearse_moves_hold(Rehearsal *rehearsal, Figure *figure, const char *reason)
{
	Enrollment *row = figure->run->row;

	row->held = reason;
	row->due_at = DT_NOEND;
	campaign_rehearse_people_schedule(&rehearsal->people, figure, rehearsal->round.now);
	campaign_rehearse_moves_tell(rehearsal, figure, GRAPH_NONE, "held", reason, NULL);
}

/* ---- in place of the ledger ------------------------------------------------------- */

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
		campaign_rehearse_moves_hold(rehearsal, figure, "no_account");
		return;
	}
	memset(action, 0, sizeof(*action));
	action->id = rehearsal->lanes.next_action++;
	action->step = step;
	action->lap = run->machine.lap;
	action->queued_at = rehearsal->round.now;
	action->not_before = run->campaign->open_at;
	action->lane = -1;
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
	if (source.document == NULL)
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
				campaign_rehearse_moves_tell(rehearsal, figure, effect->step, "refused",
											 effect->code, NULL);
			drop_action(rehearsal, figure);
			break;
		case MACHINE_SET:
			set_attributes(rehearsal, figure, effect->step);
			break;
		case MACHINE_ENDED:
			drop_action(rehearsal, figure);
			campaign_rehearse_places_free(&rehearsal->places, figure);
			campaign_rehearse_moves_tell(
				rehearsal, figure, effect->step, "ended",
				psprintf("%s %s", campaign_graph_end_name(machine->end), machine->code), NULL);
			break;
		case MACHINE_GATED:
			campaign_rehearse_moves_hold(rehearsal, figure, "not_opted_in");
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

static MachineEffects *
emptied(Rehearsal *rehearsal)
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
		campaign_rehearse_moves_hold(rehearsal, figure, "internal_error");
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

static void
apply(Rehearsal *rehearsal, Figure *figure)
{
	Run *run = figure->run;

	take_over(rehearsal, figure);
	while (queued_overdue(figure, &rehearsal->effects))
	{
		TimestampTz at = campaign_overdue_skipped_at(run->campaign, run->machine.base);

		CHECK_FOR_INTERRUPTS();
		campaign_rehearse_moves_tell(rehearsal, figure, GRAPH_NONE, "skipped", "skipped_overdue",
									 NULL);
		run->states &= ~(MachineStates) GRAPH_STATE_PATHS_KNOWN;
		campaign_machine_outcome(run->campaign->graph, &run->machine, MACHINE_SKIPPED, NULL,
								 run->states, at, at, emptied(rehearsal));
		take_over(rehearsal, figure);
	}
}

/* Gives what was queued in this round accounts, and so lanes. One that is not wanted any more has none. */
static void
assign(Rehearsal *rehearsal)
{
	LanesNow now = {&rehearsal->lanes, rehearsal->round.now};
	AssignSource source = {campaign_rehearse_lanes_left, &now};
	AssignNeed *needs;
	EnrollmentAccount *chosen;
	int n = 0;
	int i;

	if (rehearsal->n_queued == 0)
		return;
	campaign_rehearse_lanes_turn(&rehearsal->lanes, rehearsal->round.now);
	needs = palloc(rehearsal->n_queued * sizeof(AssignNeed));
	chosen = palloc(rehearsal->n_queued * sizeof(EnrollmentAccount));
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
		if (campaign_runs_moves(figure->run))
			campaign_rehearse_lanes_put(&rehearsal->lanes, figure);
	}
	rehearsal->n_queued = 0;
}

static int
compare_figures(const void *a, const void *b)
{
	const Figure *left = *(Figure *const *) a;
	const Figure *right = *(Figure *const *) b;

	return left < right ? -1 : left > right;
}

/*
 * What was reported is applied in the order of persons, and written in that of runs, which is so the
 * order in which they come when they are due at one time.
 */
static void
put_in_order(Rehearsal *rehearsal)
{
	int i;

	qsort(rehearsal->touched, rehearsal->n_touched, sizeof(Figure *), compare_figures);
	for (i = 0; i < rehearsal->n_touched; i++)
		if (i == 0 || rehearsal->touched[i] != rehearsal->touched[i - 1])
			campaign_rehearse_people_schedule(&rehearsal->people, rehearsal->touched[i],
											  rehearsal->round.now);
}

static void
close_round(Rehearsal *rehearsal)
{
	rehearsal->n_touched = 0;
	assign(rehearsal);
	campaign_rehearse_places_fill(&rehearsal->places, &rehearsal->round, &rehearsal->people);
}

/* ---- time ------------------------------------------------------------------------- */

/* What the paths say that the runs may come to ask now; one that asks none may go on. */
static void
ask_paths(Rehearsal *rehearsal, Figure **figures, int n)
{
	Documents documents;
	int i;

	campaign_document_open(&documents, &rehearsal->round, n);
	for (i = 0; i < n; i++)
	{
		Run *run = figures[i]->run;
		uint64 paths = campaign_machine_paths(run->campaign->graph, &run->machine);
		DocumentKey key = campaign_run_prospects_document(run);

		run->states &= (UINT64CONST(1) << GRAPH_FIRST_PATH) - 1;
		run->states &= ~(MachineStates) GRAPH_STATE_PATHS_KNOWN;
		if (run->calendar.dates != NULL)
			run->states |= GRAPH_STATE_PATHS_KNOWN;
		key.imagined = figures[i]->attributes;
		campaign_document_add(&documents, run->campaign, &key, run->states, run->machine.events,
							  paths, &run->states);
	}
	campaign_document_ask(&documents);
}

int
campaign_rehearse_moves_advance(Rehearsal *rehearsal)
{
	Figure **due = palloc(rehearsal->round.limit * sizeof(Figure *));
	int n = campaign_rehearse_people_due(&rehearsal->people, rehearsal->round.now,
										 rehearsal->round.limit, due);
	int i;

	if (n == 0)
		return 0;
	ask_paths(rehearsal, due, n);
	for (i = 0; i < n; i++)
	{
		Run *run = due[i]->run;

		CHECK_FOR_INTERRUPTS();
		if (!campaign_runs_moves(run) || run->machine.halt == RUN_ON_ACTION)
			continue;
		run->reported = false;
		campaign_machine_advance(run->campaign->graph, &run->machine, run->states,
								 rehearsal->round.now, emptied(rehearsal));
		apply(rehearsal, due[i]);
	}
	close_round(rehearsal);
	return n;
}

/* ---- what is reported ---------------------------------------------------------------- */

/* What was sent has led to a relation, or what is reported says that there is one. */
static void
relate(Rehearsal *rehearsal, const Run *run, int64 account, RelationState state, int64 origin)
{
	Runs *runs = &rehearsal->people.runs;
	int64 prospect = run->row->prospect;

	if (state == RELATION_PENDING &&
		campaign_run_prospects_relation(runs, prospect, account) == RELATION_CONNECTED)
		return;
	campaign_run_prospects_relate(runs, prospect, account, state, origin);
}

static void
apply_outcome(Rehearsal *rehearsal, const ImaginedReport *report)
{
	Figure *figure = report->figure;
	Run *run = figure->run;
	const ActionKind *kind = run->campaign->definition->steps[run->machine.step].kind;
	MachineOutcome outcome = MACHINE_REFUSED;

	if (run->machine.halt != RUN_ON_ACTION)
		return;
	if (strcmp(report->outcome, "complete") == 0)
		outcome = MACHINE_COMPLETE;
	else if (strcmp(report->outcome, "skipped") == 0)
		outcome = MACHINE_SKIPPED;
	if (outcome == MACHINE_COMPLETE && kind->creates_relation)
		relate(rehearsal, run, campaign_run_prospects_account(run, kind->channel_class),
			   RELATION_PENDING, figure->action.id);
	run->reported = true;
	run->states &= ~(MachineStates) GRAPH_STATE_PATHS_KNOWN;
	emptied(rehearsal);
	if (outcome == MACHINE_REFUSED && campaign_fact_taken_out_as(report->code) != END_NONE)
		campaign_machine_leave(&run->machine, campaign_fact_taken_out_as(report->code),
							   report->code, &rehearsal->effects);
	else
		campaign_machine_outcome(run->campaign->graph, &run->machine, outcome, report->code,
								 run->states, report->at, report->at, &rehearsal->effects);
	apply(rehearsal, figure);
}

static void
move_by_fact(Rehearsal *rehearsal, Figure *figure, const InboxRow *row)
{
	Run *run = figure->run;
	uint64 bits = campaign_compiled_bits(run->campaign, row->kind);
	EndKind end;

	run->reported = true;
	run->states &= ~(MachineStates) GRAPH_STATE_PATHS_KNOWN;
	emptied(rehearsal);
	if (campaign_fact_leaves(row->kind, &end))
		campaign_machine_leave(&run->machine, end, row->kind, &rehearsal->effects);
	else if (!campaign_runs_moves(run))
		campaign_fact_note(run, row, bits, &rehearsal->effects);
	else
		campaign_fact_tell(row, run, bits, row->occurred_at, &rehearsal->effects);
	apply(rehearsal, figure);
	/* what hold_if held back may have been let go */
	if (figure->action.held_back && figure->action.in_queue)
	{
		figure->action.held_back = false;
		campaign_rehearse_lanes_put_off(&rehearsal->lanes, figure, rehearsal->round.now);
	}
}

/* Of whichever prospect it was reported, it is about all runs of the person. */
static void
apply_fact(Rehearsal *rehearsal, const ImaginedReport *report)
{
	const char *person = report->figure->run->row->person;
	int64 prospect = report->figure->run->row->prospect;
	InboxRow row = {.kind = report->kind, .occurred_at = report->at};
	People *people = &rehearsal->people;
	int first = campaign_rehearse_people_person(people, person);
	RelationState state;
	int last;
	int i;

	for (last = first;
		 last < people->n && strcmp(people->by_person[last]->run->row->person, person) == 0; last++)
		;
	for (i = first; i < last && campaign_fact_relation(report->kind, &state); i++)
	{
		const Run *run = people->by_person[i]->run;

		if (run->row->prospect == prospect && run->machine.halt != RUN_ENDED &&
			run->relation_account != 0)
			relate(rehearsal, run, run->relation_account, state, 0);
	}
	for (i = first; i < last; i++)
	{
		Figure *figure = people->by_person[i];

		if (figure->run->machine.halt == RUN_ENDED || report->at < figure->run->row->started_at)
			continue;
		if (figure == report->figure)
			campaign_rehearse_moves_tell(rehearsal, figure, GRAPH_NONE, "reported", report->kind,
										 NULL);
		move_by_fact(rehearsal, figure, &row);
	}
}

static int
compare_reports(const void *a, const void *b)
{
	const ImaginedReport *left = a;
	const ImaginedReport *right = b;
	int order = strcmp(left->figure->run->row->person, right->figure->run->row->person);

	if (order != 0)
		return order;
	if (left->at != right->at)
		return left->at < right->at ? -1 : 1;
	return left->stamp < right->stamp ? -1 : 1;
}

/* The first ones, as a round takes them: in order of persons. The others stay. */
static ImaginedReport *
take_reports(Rehearsal *rehearsal, int *n)
{
	ImaginedReport *taken;

	*n = Min(rehearsal->n_reports, rehearsal->round.limit);
	taken = palloc(Max(*n, 1) * sizeof(ImaginedReport));
	memcpy(taken, rehearsal->reports, *n * sizeof(ImaginedReport));
	rehearsal->n_reports -= *n;
	memmove(rehearsal->reports, rehearsal->reports + *n,
			rehearsal->n_reports * sizeof(ImaginedReport));
	qsort(taken, *n, sizeof(ImaginedReport), compare_reports);
	return taken;
}

int
campaign_rehearse_moves_intake(Rehearsal *rehearsal)
{
	ImaginedReport *reports;
	ImaginedAnswer answer;
	int n;
	int i;

	while (campaign_rehearse_answers_take(&rehearsal->answers, rehearsal->round.now, &answer))
		add_report(rehearsal, answer.figure)->kind = answer.kind;
	if (rehearsal->n_reports == 0)
		return 0;
	reports = take_reports(rehearsal, &n);
	for (i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (reports[i].kind != NULL)
			apply_fact(rehearsal, &reports[i]);
		else
			apply_outcome(rehearsal, &reports[i]);
	}
	put_in_order(rehearsal);
	close_round(rehearsal);
	return n;
}
