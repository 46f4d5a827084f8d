/*
 * rehearse_moves.c
 *		What moves the runs of a rehearsal.
 */
#include "engine/rehearse_moves.h"

#include "miscadmin.h"

#include "engine/document.h"
#include "engine/fact.h"
#include "engine/rehearse_approval.h"
#include "engine/run_prospects.h"

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
								 rehearsal->round.now, campaign_rehearse_ledger_empty(rehearsal));
		campaign_rehearse_ledger_apply(rehearsal, due[i]);
	}
	campaign_rehearse_ledger_close(rehearsal);
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
	campaign_rehearse_ledger_empty(rehearsal);
	if (outcome == MACHINE_REFUSED && campaign_fact_taken_out_as(report->code) != END_NONE)
		campaign_machine_leave(&run->machine, campaign_fact_taken_out_as(report->code),
							   report->code, &rehearsal->effects);
	else
		campaign_machine_outcome(run->campaign->graph, &run->machine, outcome, report->code,
								 run->states, report->at, report->at, &rehearsal->effects);
	campaign_rehearse_ledger_apply(rehearsal, figure);
}

static void
move_by_fact(Rehearsal *rehearsal, Figure *figure, const InboxRow *row)
{
	Run *run = figure->run;
	uint64 bits = campaign_compiled_bits(run->campaign, row->kind);
	EndKind end;

	run->reported = true;
	run->states &= ~(MachineStates) GRAPH_STATE_PATHS_KNOWN;
	campaign_rehearse_ledger_empty(rehearsal);
	if (campaign_fact_leaves(row->kind, &end))
		campaign_machine_leave(&run->machine, end, row->kind, &rehearsal->effects);
	else if (!campaign_runs_moves(run))
		campaign_fact_note(run, row, bits, &rehearsal->effects);
	else
		campaign_fact_tell(row, run, bits, row->occurred_at, &rehearsal->effects);
	campaign_rehearse_ledger_apply(rehearsal, figure);
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
	for (i = first; i < last && campaign_fact_relations_named(report->kind, &state); i++)
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
			campaign_rehearse_ledger_tell(rehearsal, figure, GRAPH_NONE, "reported", report->kind,
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

/* What the owner does has its effect at once, and is counted; what people do is reported. */
static int
take_answers(Rehearsal *rehearsal)
{
	ImaginedAnswer answer;
	int decided = 0;

	while (campaign_rehearse_answers_take(&rehearsal->answers, rehearsal->round.now, &answer))
	{
		if (!campaign_rehearse_answers_by_owner(answer.kind))
		{
			add_report(rehearsal, answer.figure)->kind = answer.kind;
			continue;
		}
		campaign_rehearse_approval_decide(rehearsal, answer.figure, answer.kind);
		decided++;
	}
	return decided;
}

int
campaign_rehearse_moves_intake(Rehearsal *rehearsal)
{
	ImaginedReport *reports;
	int decided = take_answers(rehearsal);
	int n;
	int i;

	if (rehearsal->n_reports == 0)
	{
		if (decided > 0)
			campaign_rehearse_ledger_close(rehearsal);
		return decided;
	}
	reports = take_reports(rehearsal, &n);
	for (i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (reports[i].kind != NULL)
			apply_fact(rehearsal, &reports[i]);
		else
			apply_outcome(rehearsal, &reports[i]);
	}
	campaign_rehearse_ledger_order(rehearsal);
	campaign_rehearse_ledger_close(rehearsal);
	return decided + n;
}
