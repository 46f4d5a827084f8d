/*
 * runs.c
 *		The enrollments of a round in memory.
 */
#include "engine/runs.h"

#include "core/scatter.h"
#include "engine/run_prospects.h"
#include "engine/source_rows.h"
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
 * be looked at before that. A run that is halted on an action, or at a stage, has none: due_at asks there
 * for a look, and for the action to be queued again (engine/requeue).
 */
static void
read_machine(Run *run)
{
	const Enrollment *row = run->row;
	TimestampTz due_at = row->parked_due_at != DT_NOEND ? row->parked_due_at : row->due_at;

	if (row->halt == RUN_ON_ACTION || row->halt == RUN_ON_STAGE)
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
		campaign_run_prospects_read(runs, facts);
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

	if (run->row_missing && machine->due_at <= now)
		return campaign_source_rows_retry(now);
	if (run->row_missing)
		return Min(machine->due_at, campaign_source_rows_retry(now));
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
	if (row->due_at < run->machine.due_at || run->row_missing)
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
