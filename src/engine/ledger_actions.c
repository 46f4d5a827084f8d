/*
 * ledger_actions.c
 *		The actions that a round is going to write.
 */
#include "engine/ledger_actions.h"

#include "engine/assign.h"
#include "store/approvals.h"
#include "store/ids.h"
#include "store/lanes.h"
#include "store/leases.h"
#include "store/wake.h"

void
campaign_ledger_actions_open(LedgerActions *actions, Runs *runs)
{
	memset(actions, 0, sizeof(*actions));
	actions->runs = runs;
	campaign_validation_open(&actions->validation, runs);
	actions->max = Max(runs->n, 8);
	actions->items = palloc(actions->max * sizeof(LedgerAction));
	actions->max_cancelled = Max(runs->n, 8);
	actions->cancelled = palloc(actions->max_cancelled * sizeof(int64));
}

/* Room for one more, with all that does not depend on the step. */
static LedgerAction *
append(LedgerActions *actions, Run *run, int64 id, const ActionKind *kind)
{
	LedgerAction *action;

	if (actions->n == actions->max)
	{
		actions->max *= 2;
		actions->items = repalloc(actions->items, actions->max * sizeof(LedgerAction));
	}
	action = &actions->items[actions->n++];
	action->run = run;
	action->kind = kind;
	action->channel = NULL;
	action->within = 0;
	action->asked = false;
	action->row.id = id;
	action->row.campaign = run->row->campaign;
	action->row.prospect = run->row->prospect;
	action->row.enrollment = run->row->id;
	action->row.lane = 0;
	action->row.kind = kind->name;
	action->row.state = "queued";
	action->row.queued_at = actions->runs->round->now;
	action->row.not_before = run->campaign->open_at;
	return action;
}

int64
campaign_ledger_actions_queue(LedgerActions *actions, Run *run, int step)
{
	const StepContent *content = &run->campaign->definition->steps[step];
	LedgerAction *action = append(
		actions, run, campaign_ids_next(campaign_ids_sequence("action_id_seq")), content->kind);

	action->channel = content->channel;
	action->within = content->within;
	action->row.step = step;
	action->row.occurrence = run->row->lap;
	action->asked = campaign_validation_needed(&actions->validation, run, step);
	action->row.state = !campaign_runs_moves(run) ? "withdrawn"
						: action->asked           ? "awaiting_approval"
												  : "queued";
	if (action->asked)
	{
		actions->n_asked++;
		/* due while halted on an action: it is looked at, see engine/requeue */
		run->row->due_at = campaign_validation_lapses_at(run->campaign, actions->runs->round->now);
	}
	return action->row.id;
}

bool
campaign_ledger_actions_asked(const LedgerActions *actions, int64 id)
{
	int i;

	for (i = actions->n - 1; actions->n_asked > 0 && i >= 0; i--)
		if (actions->items[i].row.id == id)
			return actions->items[i].asked;
	return false;
}

/* Laps are above zero, so that its key is that of no action of a step. */
void
campaign_ledger_actions_queue_beside(LedgerActions *actions, Run *run, const SideAction *wanted,
									 const ActionKind *kind)
{
	LedgerAction *action = append(actions, run, wanted->id, kind);

	action->channel = wanted->channel;
	action->row.step = wanted->step;
	action->row.occurrence = -(int) (wanted->id & INT64CONST(0x7fffffff));
	if (wanted->at_once)
		action->row.not_before = actions->runs->round->now;
}

/* If it is of this round, it is written as not queued, and no lane is woken for it. */
static void
unqueue(LedgerActions *actions, int64 id)
{
	int i;

	for (i = actions->n - 1; i >= 0; i--)
		if (actions->items[i].row.id == id)
			actions->items[i].row.state = "withdrawn";
}

void
campaign_ledger_actions_withdraw(LedgerActions *actions, int64 id)
{
	unqueue(actions, id);
	if (actions->n_cancelled == actions->max_cancelled)
	{
		actions->max_cancelled *= 2;
		actions->cancelled = repalloc(actions->cancelled, actions->max_cancelled * sizeof(int64));
	}
	actions->cancelled[actions->n_cancelled++] = id;
}

void
campaign_ledger_actions_skip(LedgerActions *actions, int64 id)
{
	unqueue(actions, id);
	if (actions->n_skipped == actions->max_skipped)
	{
		actions->max_skipped = Max(2 * actions->max_skipped, 8);
		actions->skipped = actions->skipped == NULL
							   ? palloc(actions->max_skipped * sizeof(int64))
							   : repalloc(actions->skipped, actions->max_skipped * sizeof(int64));
	}
	actions->skipped[actions->n_skipped++] = id;
}

void
campaign_ledger_actions_assign(LedgerActions *actions)
{
	AssignNeed *needs;
	LaneKey *keys;
	int64 *lanes;
	int i;

	if (actions->n == 0)
		return;
	needs = palloc(actions->n * sizeof(AssignNeed));
	keys = palloc(actions->n * sizeof(LaneKey));
	lanes = palloc(actions->n * sizeof(int64));
	for (i = 0; i < actions->n; i++)
	{
		needs[i].run = actions->items[i].run;
		needs[i].kind = actions->items[i].kind;
		needs[i].channel = actions->items[i].channel;
	}
	campaign_assign_accounts(actions->runs, needs, actions->n);
	for (i = 0; i < actions->n; i++)
	{
		keys[i].account = needs[i].account;
		keys[i].kind = actions->items[i].kind->name;
	}
	campaign_lanes_find(actions->runs->round->workspace, keys, actions->n, lanes);
	for (i = 0; i < actions->n; i++)
		actions->items[i].row.lane = lanes[i];
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
write_deadlines(const LedgerActions *actions)
{
	int64 *ids = palloc(Max(actions->n, 1) * sizeof(int64));
	TimestampTz *deadlines = palloc(Max(actions->n, 1) * sizeof(TimestampTz));
	int n = 0;
	int i;

	for (i = 0; i < actions->n; i++)
	{
		const LedgerAction *action = &actions->items[i];

		if (action->within == 0)
			continue;
		ids[n] = action->row.id;
		deadlines[n++] = action->row.queued_at + action->within;
	}
	campaign_leases_limit(actions->runs->round->workspace, ids, deadlines, n);
}

/* Those that are to be approved; how many. */
static int
asked_ids(const LedgerActions *actions, int64 **ids)
{
	int n = 0;
	int i;

	*ids = palloc(Max(actions->n_asked, 1) * sizeof(int64));
	for (i = 0; actions->n_asked > 0 && i < actions->n; i++)
		if (actions->items[i].asked)
			(*ids)[n++] = actions->items[i].row.id;
	return n;
}

void
campaign_ledger_actions_show(const LedgerActions *actions)
{
	int64 *ids;
	int n = asked_ids(actions, &ids);

	campaign_validation_show(actions->runs->round, actions->runs->campaigns, ids, n);
}

void
campaign_ledger_actions_write(LedgerActions *actions)
{
	const Round *round = actions->runs->round;
	NewAction *rows;
	NewAction **queued;
	int64 *lanes;
	int64 *asked;
	TimestampTz *ready;
	int n = 0;
	int n_asked;
	int distinct = 0;
	int i;

	if (actions->n == 0 && actions->n_cancelled == 0 && actions->n_skipped == 0)
		return;
	rows = palloc(Max(actions->n, 1) * sizeof(NewAction));
	queued = palloc(Max(actions->n, 1) * sizeof(NewAction *));
	lanes = palloc(Max(actions->n, 1) * sizeof(int64));
	ready = palloc(Max(actions->n, 1) * sizeof(TimestampTz));
	for (i = 0; i < actions->n; i++)
	{
		rows[i] = actions->items[i].row;
		if (strcmp(rows[i].state, "queued") == 0)
			queued[n++] = &rows[i];
	}
	campaign_queue_add(round->workspace, rows, actions->n);
	write_deadlines(actions);
	campaign_queue_cancel(round->workspace, actions->cancelled, actions->n_cancelled, "withdrawn",
						  round->now);
	campaign_queue_skip(round->workspace, actions->skipped, actions->n_skipped, "skipped_overdue",
						round->now);
	n_asked = asked_ids(actions, &asked);
	campaign_approvals_ask(round->workspace, asked, n_asked, round->now);
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
