/*
 * runs.c
 *		The enrollments of a round in memory.
 */
#include "engine/runs.h"

#include "core/scatter.h"
#include "engine/document.h"
#include "engine/overdue.h"
#include "engine/run_calendar.h"
#include "store/enrollment_accounts.h"
#include "store/events.h"
#include "store/settings.h"

static EndKind
end_of(const Enrollment *row)
{
	return row->end_kind == NULL ? END_NONE : END_END;
}

uint64
campaign_runs_seed(int64 campaign, int64 prospect)
{
	return campaign_scatter(campaign_scatter((uint64) campaign) ^ (uint64) prospect);
}

/*
 * The machine's view of a row: its timer is parked where the run does not move, and also where it is to
 * be looked at before that. A run that is halted on an action has none: due_at asks there for a look, and
 * for the action to be queued again (engine/requeue).
 */
static void
read_machine(Run *run)
{
	const Enrollment *row = run->row;
	TimestampTz due_at = row->parked_due_at != DT_NOEND ? row->parked_due_at : row->due_at;

	if (row->halt == RUN_ON_ACTION)
		due_at = DT_NOEND;
	run->machine.step = row->step;
	run->machine.halt = (RunHalt) row->halt;
	run->machine.base = row->base_at;
	run->machine.due_at = due_at;
	run->machine.events = row->facts;
	run->machine.lap = row->lap;
	run->machine.seed = campaign_runs_seed(row->campaign, row->prospect);
	run->machine.end = end_of(row);
	run->machine.code = NULL;
}

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
campaign_runs_relation(const Runs *runs, int64 prospect, int64 account)
{
	int i = first_relation(runs, prospect, account);

	if (i < runs->n_relations && compare_relation(&runs->relations[i], prospect, account) == 0)
		return runs->relations[i].state;
	return RELATION_NONE;
}

int64
campaign_runs_origin(const Runs *runs, int64 prospect, int64 account)
{
	int i = first_relation(runs, prospect, account);

	if (i < runs->n_relations && compare_relation(&runs->relations[i], prospect, account) == 0)
		return runs->relations[i].origin;
	return 0;
}

int64
campaign_runs_account(const Run *run, const char *channel_class)
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

/*
 * Which account's relation counts: the one that the run uses; while it uses none yet, the best that
 * any of the campaign's accounts has, since it would be chosen.
 */
static void
read_relation(const Runs *runs, Run *run)
{
	const CompiledCampaign *campaign = run->campaign;
	RelationState best = RELATION_NONE;
	int i;

	run->relation_account =
		campaign->relation_class == NULL ? 0 : campaign_runs_account(run, campaign->relation_class);
	if (run->relation_account != 0)
		best = campaign_runs_relation(runs, run->row->prospect, run->relation_account);
	else
		for (i = 0; i < campaign->n_accounts; i++)
		{
			RelationState state =
				campaign_runs_relation(runs, run->row->prospect, campaign->accounts[i].account);

			best = Max(best, state);
		}
	run->states &=
		~(MachineStates) (GRAPH_STATE_CONNECTED | GRAPH_STATE_PENDING | GRAPH_STATE_NOT_CONNECTED);
	run->states |= relation_states(best);
}

bool
campaign_runs_invited(const Runs *runs, const Run *run)
{
	const CompiledCampaign *campaign = run->campaign;
	int i;

	if (run->relation_account != 0)
		return campaign_runs_origin(runs, run->row->prospect, run->relation_account) != 0;
	for (i = 0; i < campaign->n_accounts; i++)
		if (campaign_runs_origin(runs, run->row->prospect, campaign->accounts[i].account) != 0)
			return true;
	return false;
}

void
campaign_runs_relate(Runs *runs, int64 prospect, int64 account, RelationState state, int64 origin)
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
			read_relation(runs, &runs->items[i]);
}

void
campaign_runs_use(Run *run, const char *channel_class, int64 account)
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
			campaign_runs_use(run, row->channel_class, row->account);
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
campaign_runs_document(const Run *run)
{
	DocumentKey key = {.campaign = run->row->campaign,
					   .prospect = run->row->prospect,
					   .enrollment = run->row->id,
					   .account = run->relation_account,
					   .relation = relation_in(run->states),
					   .facts = "[]",
					   .step = run->campaign->graph->steps[run->machine.step].name};

	if (key.account == 0 && run->n_accounts > 0)
		key.account = run->accounts[0].account;
	return key;
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
		DocumentKey key = campaign_runs_document(run);

		if (run->row->due_at > runs->round->now)
			continue;
		campaign_document_add(&documents, run->campaign, &key, run->states, run->machine.events,
							  campaign_machine_paths(graph, &run->machine), &run->states);
	}
	campaign_document_ask(&documents);
}

/* Chosen accounts, relations, addresses, for the runs that may ask. */
static void
read_facts(Runs *runs, RunsFacts facts)
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
	if (wanted & GRAPH_READS_EMAIL)
		n_states = campaign_relations_states(runs->round->workspace, prospects, n, &states);
	for (i = 0; i < runs->n; i++)
	{
		Run *run = &runs->items[i];
		ProspectState *state = n_states == 0 ? NULL
											 : bsearch(&run->row->prospect, states, n_states,
													   sizeof(ProspectState), compare_state);

		if (state != NULL && state->has_email)
			run->states |= GRAPH_STATE_HAS_EMAIL;
		if (state != NULL && state->suppressed)
			run->states |= GRAPH_STATE_SUPPRESSED;
		read_relation(runs, run);
	}
	if (wanted & GRAPH_READS_PATHS)
		ask_paths(runs);
	campaign_run_calendar_read(runs, reads_of);
}

void
campaign_runs_open(Runs *runs, const Round *round, Enrollment *rows, int n, RunsFacts facts,
				   bool hold_campaigns)
{
	int64 *ids = palloc(Max(n, 1) * sizeof(int64));
	int i;

	memset(runs, 0, sizeof(*runs));
	runs->round = round;
	for (i = 0; i < n; i++)
		ids[i] = rows[i].campaign;
	runs->campaigns = campaign_compiled_load(round->workspace, ids, n, round->now, hold_campaigns);
	campaign_compiled_load_accounts(runs->campaigns);
	runs->items = palloc0(Max(n, 1) * sizeof(Run));
	runs->relations = palloc(sizeof(ProspectRelation));
	for (i = 0; i < n; i++)
	{
		Run *run = &runs->items[runs->n];

		run->campaign = campaign_compiled_find(runs->campaigns, rows[i].campaign);
		if (run->campaign == NULL)
			continue;
		run->row = &rows[i];
		run->states = GRAPH_STATE_NOT_CONNECTED;
		read_machine(run);
		runs->n++;
	}
	if (facts != RUNS_FACTS_NONE)
		read_facts(runs, facts);
}

static bool
waits_for_path(const Run *run)
{
	const Graph *graph = run->campaign->graph;

	return run->machine.halt == RUN_ON_CONDITION &&
		   graph->steps[run->machine.step].condition.source == GRAPH_BY_PATH &&
		   campaign_machine_watches(graph, &run->machine);
}

/* Something was reported, after which paths that can move the run have not been asked. */
static bool
asks_anew(const Run *run)
{
	return run->reported && (run->campaign->graph->paths != 0 || waits_for_path(run));
}

/*
 * When a run is to be looked at again: at its timer, or sooner where what it waits for comes about
 * without being reported; and at once where a path has to be asked anew, since something was reported.
 */
static TimestampTz
next_look(const Run *run, TimestampTz now)
{
	const Graph *graph = run->campaign->graph;
	const MachineRun *machine = &run->machine;

	if (asks_anew(run))
		return now;
	if (campaign_machine_watches(graph, machine))
		return Min(machine->due_at, now + campaign_settings.recheck * USECS_PER_SEC);
	return machine->due_at;
}

bool
campaign_runs_moves(const Run *run)
{
	return run->campaign->row->live && run->row->held == NULL &&
		   strcmp(run->row->status, "in_progress") == 0;
}

/* Its timer, and when to look at it, which is no later. */
static void
store_timer(Run *run, TimestampTz now)
{
	Enrollment *row = run->row;

	row->due_at = DT_NOEND;
	row->parked_due_at = DT_NOEND;
	if (run->machine.halt == RUN_ENDED)
		return;
	if (!campaign_runs_moves(run))
	{
		row->parked_due_at = run->machine.due_at;
		return;
	}
	row->due_at = next_look(run, now);
	if (row->due_at < run->machine.due_at)
		row->parked_due_at = run->machine.due_at;
}

void
campaign_runs_store(Run *run, TimestampTz now)
{
	Enrollment *row = run->row;
	const MachineRun *machine = &run->machine;
	bool on_same_action = row->halt == RUN_ON_ACTION && machine->halt == RUN_ON_ACTION;

	run->changed = true;
	if (machine->step != row->step || machine->halt != (RunHalt) row->halt)
		row->step_at = now;
	row->lap = machine->lap;
	row->step = machine->step;
	row->halt = machine->halt;
	row->base_at = machine->base;
	row->facts = machine->events;
	if (!on_same_action || asks_anew(run))
		store_timer(run, now);
	if (machine->halt != RUN_ENDED)
		return;
	row->ended_at = now;
	row->end_kind = campaign_graph_end_name(machine->end);
	row->code = machine->code;
	row->status = strcmp(machine->code, "replied") == 0 ? "replied" : "finished";
	row->held = NULL;
	row->held_detail = NULL;
}

/* Written at once: a ledger that was begun for these rows has been undone. */
void
campaign_runs_hold(const Round *round, const Enrollment *rows, int n, const char *reason)
{
	int64 *ids = palloc(Max(n, 1) * sizeof(int64));
	EventLog events;
	int i;

	campaign_events_init(&events, round->workspace, round->actor);
	for (i = 0; i < n; i++)
	{
		ids[i] = rows[i].id;
		campaign_events_add(&events, "held", rows[i].campaign, rows[i].prospect, rows[i].id, 0,
							rows[i].step, round->now, NULL,
							campaign_events_detail((const char *[]){"reason", "internal_error",
																	"detail", reason, NULL}));
	}
	campaign_enrollments_hold(round->workspace, ids, n, "internal_error", reason);
	campaign_events_write(&events);
}
