/*
 * advance.c
 *		The round that moves enrollments on: every transition by time goes through here.
 */
#include "engine/round.h"

#include "miscadmin.h"

#include "engine/ledger.h"
#include "store/fault.h"

/* Its campaign is not live: it keeps its timer outside the index of what is due. */
static void
park(Run *run)
{
	run->row->parked_due_at = run->row->due_at;
	run->row->due_at = DT_NOEND;
	run->changed = true;
}

static int
advance_rows(const Round *round, Enrollment *rows, int n)
{
	MachineEffects effects = {0};
	Runs runs;
	Ledger ledger;
	int moved = 0;
	int i;

	if (n == 0)
		return 0;
	CAMPAIGN_FAULT("advance.claimed");
	campaign_runs_open(&runs, round, rows, n, RUNS_FACTS_DUE, true);
	campaign_ledger_open(&ledger, &runs);
	for (i = 0; i < runs.n; i++)
	{
		Run *run = &runs.items[i];

		CHECK_FOR_INTERRUPTS();
		moved++;
		if (!run->campaign->row->live)
		{
			park(run);
			continue;
		}
		campaign_machine_advance(run->campaign->graph, &run->machine, run->states, round->now,
								 campaign_ledger_effects(&effects));
		campaign_ledger_apply(&ledger, run, &effects);
	}
	CAMPAIGN_FAULT("advance.write");
	campaign_ledger_write(&ledger);
	CAMPAIGN_FAULT("advance.written");
	return moved;
}

int
campaign_advance_due(const Round *round)
{
	Enrollment *rows;
	int n = campaign_enrollments_claim_due(round->workspace, round->now, round->limit, &rows);

	return advance_rows(round, rows, n);
}

/*
 * Only what ends at once is written. What would queue an action stays due for the scheduler: queueing
 * locks the lane, and the caller's transaction may stay open for as long as its user likes.
 */
int
campaign_advance_named(const Round *round, const int64 *enrollments, int n)
{
	MachineEffects effects = {0};
	Enrollment *rows;
	Runs runs;
	Ledger ledger;
	int ended = 0;
	int i;

	n = campaign_enrollments_lock(round->workspace, enrollments, n, &rows);
	campaign_runs_open(&runs, round, rows, n, RUNS_FACTS_ALL, true);
	campaign_ledger_open(&ledger, &runs);
	for (i = 0; i < runs.n; i++)
	{
		Run *run = &runs.items[i];

		if (!run->campaign->row->live || run->row->held != NULL || run->machine.due_at > round->now)
			continue;
		campaign_machine_advance(run->campaign->graph, &run->machine, run->states, round->now,
								 campaign_ledger_effects(&effects));
		if (run->machine.halt != RUN_ENDED || effects.overflow)
			continue;
		campaign_ledger_apply(&ledger, run, &effects);
		ended++;
	}
	campaign_ledger_write(&ledger);
	return ended;
}

static EndKind
end_named(const char *name)
{
	static const EndKind all[] = {END_SUCCESS, END_FAILURE, END_END,
								  END_ERROR,   END_REMOVED, END_ARCHIVED};
	int i;

	for (i = 0; i < (int) lengthof(all); i++)
		if (strcmp(campaign_graph_end_name(all[i]), name) == 0)
			return all[i];
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("unknown end of a run"),
					errdetail("It is \"%s\".", name)));
}

int
campaign_advance_leave(const Round *round, const int64 *enrollments, int n, const char *end_kind,
					   const char *code)
{
	EndKind end = end_named(end_kind);
	MachineEffects effects = {0};
	Enrollment *rows;
	Runs runs;
	Ledger ledger;
	int i;

	n = campaign_enrollments_lock(round->workspace, enrollments, n, &rows);
	campaign_runs_open(&runs, round, rows, n, RUNS_FACTS_NONE, false);
	campaign_ledger_open(&ledger, &runs);
	for (i = 0; i < runs.n; i++)
	{
		Run *run = &runs.items[i];

		campaign_machine_leave(&run->machine, end, code, campaign_ledger_effects(&effects));
		campaign_ledger_apply(&ledger, run, &effects);
	}
	campaign_ledger_write(&ledger);
	return runs.n;
}
