/*
 * run_prospects.c
 *		What is known of the prospects of runs.
 */
#include "engine/run_prospects.h"

#include "engine/document.h"
#include "engine/overdue.h"
#include "engine/run_calendar.h"
#include "engine/source_rows.h"
#include "net/mail.h"
#include "store/enrollment_accounts.h"

#define ALL_FACTS (GRAPH_READS_RELATION | GRAPH_READS_EMAIL | GRAPH_READS_ACCOUNT)

static int
compare_relation(const ProspectRelation *relation, int64 prospect, int64 account)
{
	if (relation->prospect != prospect)
		return relation->prospect < prospect ? -1 : 1;
	if (relation->account != account)
		return relation->account < account ? -1 : 1;
	return 0;
}

/* The first relation that is not before (prospect, account). */
static int
first_relation(const Runs *runs, int64 prospect, int64 account)
{
	int low = 0;
	int high = runs->n_relations;

	while (low < high)
	{
		int middle = (low + high) / 2;

		if (compare_relation(&runs->relations[middle], prospect, account) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

RelationState
campaign_run_prospects_relation(const Runs *runs, int64 prospect, int64 account)
{
	int i = first_relation(runs, prospect, account);

	if (i < runs->n_relations && compare_relation(&runs->relations[i], prospect, account) == 0)
		return runs->relations[i].state;
	return RELATION_NONE;
}

int64
campaign_run_prospects_origin(const Runs *runs, int64 prospect, int64 account)
{
	int i = first_relation(runs, prospect, account);

	if (i < runs->n_relations && compare_relation(&runs->relations[i], prospect, account) == 0)
		return runs->relations[i].origin;
	return 0;
}

int64
campaign_run_prospects_account(const Run *run, const char *channel_class)
{
	int i;

	for (i = 0; i < run->n_accounts; i++)
		if (strcmp(run->accounts[i].channel_class, channel_class) == 0)
			return run->accounts[i].account;
	return 0;
}

static MachineStates
relation_states(RelationState state)
{
	switch (state)
	{
		case RELATION_CONNECTED:
			return GRAPH_STATE_CONNECTED;
		case RELATION_PENDING:
			return GRAPH_STATE_PENDING;
		case RELATION_NONE:
			break;
	}
	return GRAPH_STATE_NOT_CONNECTED;
}

void
campaign_run_prospects_renew(const Runs *runs, Run *run)
{
	const CompiledCampaign *campaign = run->campaign;
	RelationState best = RELATION_NONE;
	int i;

	run->relation_account = campaign->relation_class == NULL
								? 0
								: campaign_run_prospects_account(run, campaign->relation_class);
	if (run->relation_account != 0)
		best = campaign_run_prospects_relation(runs, run->row->prospect, run->relation_account);
	else
		for (i = 0; i < campaign->n_accounts; i++)
		{
			RelationState state = campaign_run_prospects_relation(runs, run->row->prospect,
																  campaign->accounts[i].account);

			best = Max(best, state);
		}
	run->states &=
		~(MachineStates) (GRAPH_STATE_CONNECTED | GRAPH_STATE_PENDING | GRAPH_STATE_NOT_CONNECTED);
	run->states |= relation_states(best);
}

bool
campaign_run_prospects_invited(const Runs *runs, const Run *run)
{
	const CompiledCampaign *campaign = run->campaign;
	int i;

	if (run->relation_account != 0)
		return campaign_run_prospects_origin(runs, run->row->prospect, run->relation_account) != 0;
	for (i = 0; i < campaign->n_accounts; i++)
		if (campaign_run_prospects_origin(runs, run->row->prospect,
										  campaign->accounts[i].account) != 0)
			return true;
	return false;
}

void
campaign_run_prospects_relate(Runs *runs, int64 prospect, int64 account, RelationState state,
							  int64 origin)
{
	int i = first_relation(runs, prospect, account);

	if (i == runs->n_relations || compare_relation(&runs->relations[i], prospect, account) != 0)
	{
		runs->relations =
			repalloc(runs->relations, (runs->n_relations + 1) * sizeof(ProspectRelation));
		memmove(&runs->relations[i + 1], &runs->relations[i],
				(runs->n_relations - i) * sizeof(ProspectRelation));
		runs->n_relations++;
		runs->relations[i].prospect = prospect;
		runs->relations[i].account = account;
		runs->relations[i].origin = 0;
	}
	runs->relations[i].state = state;
	if (origin != 0 || state == RELATION_NONE)
		runs->relations[i].origin = origin;
	for (i = 0; i < runs->n; i++)
		if (runs->items[i].row->prospect == prospect)
			campaign_run_prospects_renew(runs, &runs->items[i]);
}

void
campaign_run_prospects_use(Run *run, const char *channel_class, int64 account)
{
	if (run->n_accounts == RUN_MAX_CLASSES)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("a run cannot use more than %d channel classes", RUN_MAX_CLASSES)));
	run->accounts[run->n_accounts].channel_class = channel_class;
	run->accounts[run->n_accounts++].account = account;
}

static int
compare_account(const void *key, const void *row)
{
	int64 left = *(const int64 *) key;
	int64 right = ((const EnrollmentAccount *) row)->enrollment;

	return left < right ? -1 : left > right;
}

static int
compare_state(const void *key, const void *state)
{
	int64 left = *(const int64 *) key;
	int64 right = ((const ProspectState *) state)->prospect;

	return left < right ? -1 : left > right;
}

/* The accounts that runs have chosen; both lists are walked in order of enrollments. */
static void
read_accounts(Runs *runs, const int64 *enrollments, int n)
{
	EnrollmentAccount *rows;
	int found = campaign_enrollment_accounts_read(runs->round->workspace, enrollments, n, &rows);
	int i;

	for (i = 0; i < runs->n && found > 0; i++)
	{
		Run *run = &runs->items[i];
		EnrollmentAccount *row =
			bsearch(&run->row->id, rows, found, sizeof(EnrollmentAccount), compare_account);

		if (row == NULL)
			continue;
		while (row > rows && row[-1].enrollment == run->row->id)
			row--;
		for (; row < rows + found && row->enrollment == run->row->id; row++)
			campaign_run_prospects_use(run, row->channel_class, row->account);
	}
}

static RelationState
relation_in(MachineStates states)
{
	if (states & GRAPH_STATE_CONNECTED)
		return RELATION_CONNECTED;
	return (states & GRAPH_STATE_PENDING) ? RELATION_PENDING : RELATION_NONE;
}

DocumentKey
campaign_run_prospects_document(const Run *run)
{
	DocumentKey key = {.campaign = run->row->campaign,
					   .prospect = run->row->prospect,
					   .enrollment = run->row->id,
					   .account = run->relation_account,
					   .relation = relation_in(run->states),
					   .facts = "[]",
					   .row = run->source_row,
					   .imagined = run->imagined == NULL ? NULL : run->imagined->document,
					   .step = run->campaign->graph->steps[run->machine.step].name};

	if (key.account == 0 && run->n_accounts > 0)
		key.account = run->accounts[0].account;
	return key;
}

void
campaign_run_prospects_rows(Runs *runs)
{
	const CampaignRow **campaigns = palloc0(Max(runs->n, 1) * sizeof(CampaignRow *));
	int64 *prospects = palloc(Max(runs->n, 1) * sizeof(int64));
	SourceRow *rows;
	bool any = false;
	int i;

	for (i = 0; i < runs->n; i++)
	{
		const Run *run = &runs->items[i];

		prospects[i] = run->row->prospect;
		if (!run->campaign->definition->reads_row || run->row->due_at > runs->round->now)
			continue;
		campaigns[i] = run->campaign->row;
		any |= campaigns[i]->audience != 0;
	}
	if (!any)
		return;
	rows = campaign_source_rows_read(runs->round, campaigns, prospects, runs->n);
	for (i = 0; i < runs->n; i++)
	{
		runs->items[i].source_row = rows[i].row;
		runs->items[i].row_missing = rows[i].fault != NULL;
	}
}

/*
 * What the paths say that the runs may come to ask now. One that is not due does not move by them: what
 * is reported of it comes first.
 */
static void
ask_paths(Runs *runs)
{
	Documents documents;
	int i;

	campaign_document_open(&documents, runs->round, runs->n);
	for (i = 0; i < runs->n; i++)
	{
		Run *run = &runs->items[i];
		const Graph *graph = run->campaign->graph;
		DocumentKey key = campaign_run_prospects_document(run);

		if (run->row->due_at > runs->round->now || run->row_missing)
			continue;
		campaign_document_add(&documents, run->campaign, &key, run->states, run->machine.events,
							  campaign_machine_paths(graph, &run->machine), &run->states);
	}
	campaign_document_ask(&documents);
}

static bool
is_address(const char *text)
{
	return text != NULL && campaign_mail_address_fault(text) == NULL;
}

/* Nobody who is suppressed is imagined. */
static MachineStates
states_of(const ImaginedProspect *prospect)
{
	MachineStates states = prospect->opted_in ? GRAPH_STATE_OPTED_IN : 0;

	if (is_address(prospect->professional_email) || is_address(prospect->email))
		states |= GRAPH_STATE_HAS_EMAIL;
	return states;
}

void
campaign_run_prospects_read(Runs *runs, RunsFacts facts)
{
	int64 *enrollments = palloc(Max(runs->n, 1) * sizeof(int64));
	int64 *prospects = palloc(Max(runs->n, 1) * sizeof(int64));
	unsigned *reads_of = palloc0(Max(runs->n, 1) * sizeof(unsigned));
	unsigned wanted = 0;
	int n = 0;
	ProspectState *states = NULL;
	int n_states = 0;
	int i;

	for (i = 0; i < runs->n; i++)
	{
		Run *run = &runs->items[i];

		run->imagined = campaign_imagined_find(runs->round->imagined, run->row->prospect);
		if (run->imagined != NULL)
			run->states |= states_of(run->imagined);
	}
	for (i = 0; i < runs->n; i++)
	{
		Run *run = &runs->items[i];
		unsigned reads = campaign_machine_reads(run->campaign->graph, &run->machine);

		/* what is skipped leads further at once than to the next action */
		if (facts == RUNS_FACTS_ALL || campaign_overdue_reaches(run->campaign, run->machine.base))
			reads |= ALL_FACTS;
		reads_of[i] = reads;
		if (reads == 0)
			continue;
		wanted |= reads;
		enrollments[n] = run->row->id;
		prospects[n++] = run->row->prospect;
	}
	if (wanted & (GRAPH_READS_RELATION | GRAPH_READS_ACCOUNT))
	{
		read_accounts(runs, enrollments, n);
		runs->n_relations =
			campaign_relations_read(runs->round->workspace, prospects, n, &runs->relations);
	}
	if (wanted & (GRAPH_READS_EMAIL | GRAPH_READS_OPT_IN))
		n_states = campaign_relations_states(runs->round->workspace, prospects, n, &states);
	for (i = 0; i < runs->n; i++)
	{
		Run *run = &runs->items[i];
		ProspectState *state = n_states == 0 ? NULL
											 : bsearch(&run->row->prospect, states, n_states,
													   sizeof(ProspectState), compare_state);

		if (state != NULL && (is_address(state->professional_email) || is_address(state->email)))
			run->states |= GRAPH_STATE_HAS_EMAIL;
		if (state != NULL && state->suppressed)
			run->states |= GRAPH_STATE_SUPPRESSED;
		if (state != NULL && state->opted_in)
			run->states |= GRAPH_STATE_OPTED_IN;
		campaign_run_prospects_renew(runs, run);
	}
	if (wanted & (GRAPH_READS_PATHS | GRAPH_READS_DATES))
		campaign_run_prospects_rows(runs);
	if (wanted & GRAPH_READS_PATHS)
		ask_paths(runs);
	campaign_run_calendar_read(runs, reads_of);
}
