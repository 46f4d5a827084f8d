/*
 * requeue.c
 *		Actions that a pause took out of the queue, or that were approved, queued.
 */
#include "engine/requeue.h"

#include "engine/overdue.h"
#include "store/approvals.h"
#include "store/lanes.h"
#include "store/wake.h"

void
campaign_requeue_open(Requeue *requeue, Ledger *ledger)
{
	requeue->ledger = ledger;
	requeue->runs = palloc(Max(ledger->runs->n, 1) * sizeof(Run *));
	requeue->n = 0;
	requeue->overdue = false;
	requeue->lapses = false;
	requeue->shows = false;
}

void
campaign_requeue_add(Requeue *requeue, Run *run)
{
	run->row->due_at = DT_NOEND;
	run->row->parked_due_at = DT_NOEND;
	run->changed = true;
	if (run->row->action == 0)
		return;
	requeue->runs[requeue->n++] = run;
	requeue->overdue |= campaign_overdue_reaches(run->campaign, DT_NOBEGIN);
	requeue->lapses |= run->campaign->row->lapses;
	requeue->shows |= run->campaign->row->approval != CAMPAIGN_APPROVES_NOTHING;
}

static int
collect(const Requeue *requeue, int64 *ids)
{
	int n = 0;
	int i;

	for (i = 0; i < requeue->n; i++)
		if (requeue->runs[i] != NULL)
			ids[n++] = requeue->runs[i]->row->action;
	return n;
}

static int
compare_action(const void *key, const void *action)
{
	int64 left = *(const int64 *) key;
	int64 right = ((const WithdrawnAction *) action)->id;

	return left < right ? -1 : left > right;
}

/* What may have got through already is repeated, whenever it was due. */
void
campaign_requeue_skip(Requeue *requeue)
{
	int64 *ids;
	WithdrawnAction *actions;
	int n;
	int i;

	if (!requeue->overdue)
		return;
	ids = palloc(requeue->n * sizeof(int64));
	n = campaign_queue_withdrawn(requeue->ledger->runs->round->workspace, ids,
								 collect(requeue, ids), &actions);
	for (i = 0; i < requeue->n; i++)
	{
		Run *run = requeue->runs[i];
		WithdrawnAction *action = run == NULL ? NULL
											  : bsearch(&run->row->action, actions, n,
														sizeof(WithdrawnAction), compare_action);

		if (action == NULL || action->maybe_sent ||
			!campaign_overdue_is(run->campaign, action->not_before))
			continue;
		campaign_ledger_skip_overdue(requeue->ledger, run, action->not_before);
		requeue->runs[i] = NULL;
	}
}

static int
compare_open(const void *key, const void *open)
{
	int64 left = *(const int64 *) key;
	int64 right = ((const OpenApproval *) open)->action;

	return left < right ? -1 : left > right;
}

/* The run leaves if the day of its action is over, and else is looked at then. */
static bool
lapse(Requeue *requeue, Run *run, const OpenApproval *open)
{
	TimestampTz at = campaign_validation_lapses_at(run->campaign, open->put_up_at);
	MachineEffects effects = {0};

	if (at > requeue->ledger->runs->round->now)
	{
		run->row->due_at = at;
		return false;
	}
	campaign_machine_leave(&run->machine, END_END, "not_approved",
						   campaign_ledger_effects(&effects));
	campaign_ledger_apply(requeue->ledger, run, &effects);
	return true;
}

void
campaign_requeue_lapse(Requeue *requeue)
{
	OpenApproval *open;
	int64 *ids;
	int n;
	int i;

	if (!requeue->lapses)
		return;
	ids = palloc(requeue->n * sizeof(int64));
	n = campaign_approvals_open(requeue->ledger->runs->round->workspace, ids, collect(requeue, ids),
								&open);
	for (i = 0; i < requeue->n; i++)
	{
		OpenApproval *found =
			bsearch(&requeue->runs[i]->row->action, open, n, sizeof(OpenApproval), compare_open);

		if (found != NULL && lapse(requeue, requeue->runs[i], found))
			requeue->runs[i] = NULL;
	}
}

static int
compare_back(const void *a, const void *b)
{
	int64 left = ((const PutBackAction *) a)->id;
	int64 right = ((const PutBackAction *) b)->id;

	return left < right ? -1 : left > right;
}

/* These of the actions were put back. */
static void
note(const Requeue *requeue, PutBackAction *back, int n)
{
	int i;

	qsort(back, n, sizeof(PutBackAction), compare_back);
	for (i = 0; i < requeue->n; i++)
	{
		Run *run = requeue->runs[i];
		PutBackAction key = {run == NULL ? 0 : run->row->action, false};
		PutBackAction *found = bsearch(&key, back, n, sizeof(PutBackAction), compare_back);

		if (found != NULL)
			campaign_ledger_event(requeue->ledger, run, "action_requeued", run->row->action,
								  requeue->ledger->runs->round->now, NULL,
								  found->queued ? NULL
												: campaign_events_detail(
													  (const char *[]){"approval", "asked", NULL}));
	}
}

void
campaign_requeue_write(const Requeue *requeue)
{
	const Round *round = requeue->ledger->runs->round;
	int64 *ids = palloc(Max(requeue->n, 1) * sizeof(int64));
	PutBackAction *back = palloc(Max(requeue->n, 1) * sizeof(PutBackAction));
	PutBackLanes lanes;
	int n = collect(requeue, ids);

	if (n == 0)
		return;
	n = campaign_queue_put_back(round->workspace, ids, n, back, &lanes);
	if (n == 0)
		return;
	note(requeue, back, n);
	campaign_lanes_awaken(round->workspace, lanes.ids, lanes.ready, lanes.n, lanes.repeats);
	campaign_wake_request(WAKE_DISPATCHERS);
}

void
campaign_requeue_show(const Requeue *requeue)
{
	const Runs *runs = requeue->ledger->runs;
	int64 *ids;

	if (!requeue->shows)
		return;
	ids = palloc(requeue->n * sizeof(int64));
	campaign_validation_show(runs->round, runs->campaigns, ids, collect(requeue, ids));
}
