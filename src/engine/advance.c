/*
 * advance.c
 *		The round that moves enrollments on: every transition by time goes through here.
 */
#include "engine/round.h"

#include "miscadmin.h"

#include "engine/admit.h"
#include "engine/cohort.h"
#include "engine/isolation.h"
#include "engine/last_look.h"
#include "engine/ledger.h"
#include "engine/requeue.h"
#include "store/fault.h"

/* It does not move at present: it keeps its timer outside the index of what is due. */
static void
park(Run *run)
{
	if (run->row->parked_due_at == DT_NOEND)
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
	Requeue requeue;
	bool *waits;
	int moved = 0;
	int i;

	if (n == 0)
		return 0;
	CAMPAIGN_FAULT("advance.claimed");
	campaign_runs_open(&runs, round, rows, n, RUNS_FACTS_DUE, true);
	campaign_ledger_open(&ledger, &runs);
	campaign_requeue_open(&requeue, &ledger);
	campaign_admit_newcomers(&ledger);
	waits = campaign_last_look(round, &runs);
	for (i = 0; i < runs.n; i++)
	{
		Run *run = &runs.items[i];

		CHECK_FOR_INTERRUPTS();
		moved++;
		if (waits[i])
			continue;
		if (!campaign_runs_moves(run))
		{
			park(run);
			continue;
		}
		campaign_machine_advance(run->campaign->graph, &run->machine, run->states, round->now,
								 campaign_ledger_effects(&effects));
		if (run->row->halt == RUN_ON_ACTION && run->machine.halt == RUN_ON_ACTION)
		{
			campaign_requeue_add(&requeue, run);
			continue;
		}
		campaign_ledger_apply(&ledger, run, &effects);
	}
	campaign_requeue_lapse(&requeue);
	campaign_requeue_skip(&requeue);
	CAMPAIGN_FAULT("advance.write");
	campaign_requeue_write(&requeue);
	campaign_ledger_write(&ledger);
	campaign_requeue_show(&requeue);
	campaign_admit_freed(&runs);
	CAMPAIGN_FAULT("advance.written");
	return moved;
}

/* Rows that are claimed, to be moved on apart from each other. */
typedef struct Due
{
	const Round *round;
	const Enrollment *rows;
	int moved;
} Due;

/* Beside other schedulers none whom something unread is about: another may just be reading it. */
static int
claim(const Round *round, Enrollment **rows)
{
	return campaign_enrollments_claim_due(round->workspace, round->now, round->limit,
										  round->parts > 1, round->fronts, rows);
}

static void
advance_whole(void *arg)
{
	Due *due = arg;
	const Round *round = due->round;
	Enrollment *rows;
	int n = claim(round, &rows);

	due->moved = advance_rows(round, rows, n);
}

static int
advance_part(void *arg, int first, int n)
{
	const Due *due = arg;
	Enrollment *rows = palloc(n * sizeof(Enrollment));

	memcpy(rows, &due->rows[first], n * sizeof(Enrollment));
	return advance_rows(due->round, rows, n);
}

static void
hold_one(void *arg, int which, const char *reason)
{
	const Due *due = arg;

	campaign_runs_hold(due->round, &due->rows[which], 1, reason);
}

int
campaign_advance_due(const Round *round)
{
	Due due = {.round = round};
	IsolatedWork work = {advance_part, hold_one, &due};
	bool slots_due = false;
	int admitted = campaign_round_is_owner(round) ? campaign_admit_requested(round, &slots_due) : 0;
	Enrollment *rows;
	int n;

	/* what begins is committed before those it lets in are moved: many slots begin at one minute */
	if (slots_due && (n = campaign_cohort_round(round)) > 0)
		return admitted + n;
	/* rows locked in one and changed in another subtransaction cost more: only if they must be */
	if (campaign_isolation_try(advance_whole, &due) == NULL)
		return admitted + due.moved;
	n = claim(round, &rows);
	due.rows = rows;
	return admitted + campaign_isolation_bisect(&work, n);
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

		if (!campaign_runs_moves(run) || run->machine.due_at > round->now)
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

int
campaign_advance_rearm(const Round *round, const int64 *enrollments, int n)
{
	Enrollment *rows;
	Runs runs;
	Ledger ledger;
	int rearmed = 0;
	int i;

	n = campaign_enrollments_lock(round->workspace, enrollments, n, &rows);
	campaign_runs_open(&runs, round, rows, n, RUNS_FACTS_ALL, true);
	campaign_ledger_open(&ledger, &runs);
	for (i = 0; i < runs.n; i++)
	{
		Run *run = &runs.items[i];

		if (!campaign_machine_rearm(run->campaign->graph, &run->machine, round->now))
			continue;
		campaign_runs_store(run, round->now);
		rearmed++;
	}
	campaign_ledger_write(&ledger);
	return rearmed;
}

/*
 * What they stand for is not found by the audience any more: that is how a goal is reached that takes them
 * out of it, too. Whose row cannot be read stays.
 */
int
campaign_advance_unmatched(const Round *round, const int64 *enrollments, int n)
{
	MachineEffects effects = {0};
	Enrollment *rows;
	Runs runs;
	Ledger ledger;
	int left = 0;
	int i;

	n = campaign_enrollments_lock(round->workspace, enrollments, n, &rows);
	/* their paths are asked as of runs that are due */
	for (i = 0; i < n; i++)
		rows[i].due_at = round->now;
	campaign_runs_open(&runs, round, rows, n, RUNS_FACTS_ALL, true);
	campaign_ledger_open(&ledger, &runs);
	for (i = 0; i < runs.n; i++)
	{
		Run *run = &runs.items[i];
		const char *code =
			campaign_machine_exit(run->campaign->graph, run->states, run->machine.events);
		EndKind end = code == NULL ? END_END : campaign_machine_exit_end(code);

		if (run->row_missing)
			continue;
		campaign_machine_leave(&run->machine, end, code == NULL ? "unmatched" : code,
							   campaign_ledger_effects(&effects));
		campaign_ledger_apply(&ledger, run, &effects);
		left++;
	}
	campaign_ledger_write(&ledger);
	campaign_admit_later(&runs);
	return left;
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
	campaign_admit_later(&runs);
	return runs.n;
}
