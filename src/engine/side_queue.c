/*
 * side_queue.c
 *		The round that queues what is wanted beside runs.
 */
#include "engine/side_queue.h"

#include "engine/assign.h"
#include "engine/isolation.h"
#include "engine/ledger.h"
#include "store/lanes.h"
#include "store/settings.h"
#include "store/side_actions.h"
#include "store/wake.h"

/* Rows that are claimed, sorted by what becomes of them. */
typedef struct SideRound
{
	Runs runs;
	Ledger ledger;
	const ActionKinds *kinds;
	int64 *queued; /* or not wanted any more */
	int64 *back;   /* they were in the queue before */
	int64 *parked;
	int64 *put_off;
	int n_queued;
	int n_back;
	int n_parked;
	int n_put_off;
} SideRound;

static int
compare_run(const void *key, const void *run)
{
	int64 left = *(const int64 *) key;
	int64 right = ((const Run *) run)->row->id;

	return left < right ? -1 : left > right;
}

static void
open_round(SideRound *side, const Round *round, const SideAction *actions, int n)
{
	int64 *ids = palloc(Max(n, 1) * sizeof(int64));
	Enrollment *rows;
	int i;

	memset(side, 0, sizeof(*side));
	for (i = 0; i < n; i++)
		ids[i] = actions[i].enrollment;
	n = Max(n, 1);
	side->queued = palloc(n * sizeof(int64));
	side->back = palloc(n * sizeof(int64));
	side->parked = palloc(n * sizeof(int64));
	side->put_off = palloc(n * sizeof(int64));
	n = campaign_enrollments_read(round->workspace, ids, i, &rows);
	campaign_runs_open(&side->runs, round, rows, n, RUNS_FACTS_ALL, true);
	campaign_ledger_open(&side->ledger, &side->runs);
	side->kinds = campaign_action_kinds_load();
}

static void
queue_new(SideRound *side, const SideAction *action, Run *run, const ActionKind *kind)
{
	campaign_ledger_actions_queue_beside(&side->ledger.actions, run, action, kind);
	campaign_events_add(&side->ledger.events, "side_action_queued", run->row->campaign,
						run->row->prospect, run->row->id, action->id, action->step,
						side->runs.round->now, NULL,
						campaign_events_detail((const char *[]){"kind", kind->name, NULL}));
	campaign_counters_add(&side->ledger.counters, run->row->campaign, action->step,
						  run->campaign->day, "queued", 1);
	side->queued[side->n_queued++] = action->id;
}

/* A campaign that is just being changed, or has no account for it, is looked at again later. */
static void
sort_out(SideRound *side, const SideAction *action)
{
	Run *run =
		bsearch(&action->enrollment, side->runs.items, side->runs.n, sizeof(Run), compare_run);
	const ActionKind *kind = campaign_action_kinds_find(side->kinds, action->kind);

	if (run != NULL && (!run->campaign->row->live || run->row->was_paused))
		side->parked[side->n_parked++] = action->id;
	else if (action->moot && !action->queued_before)
		side->queued[side->n_queued++] = action->id;
	else if (run != NULL && action->queued_before)
		side->back[side->n_back++] = action->id;
	else if (run == NULL || kind == NULL || !campaign_assign_possible(run, kind, action->channel))
		side->put_off[side->n_put_off++] = action->id;
	else
		queue_new(side, action, run, kind);
}

/* What a pause took out of the queue is put back, with its place in time. */
static void
put_back(SideRound *side)
{
	const Round *round = side->runs.round;
	PutBackAction *back = palloc(Max(side->n_back, 1) * sizeof(PutBackAction));
	PutBackLanes lanes;
	int n;
	int i;

	if (side->n_back == 0)
		return;
	n = campaign_queue_put_back(round->workspace, side->back, side->n_back, back, &lanes);
	for (i = 0; i < n; i++)
		campaign_events_add(&side->ledger.events, "action_requeued", 0, 0, 0, back[i].id, -1,
							round->now, NULL, NULL);
	if (n == 0)
		return;
	campaign_lanes_awaken(round->workspace, lanes.ids, lanes.ready, lanes.n, lanes.repeats);
	campaign_wake_request(WAKE_DISPATCHERS);
}

static int
queue_rows(const Round *round, const SideAction *actions, int n)
{
	TimestampTz later = round->now + campaign_settings.recheck * USECS_PER_SEC;
	SideRound side;
	int i;

	if (n == 0)
		return 0;
	open_round(&side, round, actions, n);
	for (i = 0; i < n; i++)
		sort_out(&side, &actions[i]);
	put_back(&side);
	campaign_ledger_write(&side.ledger);
	campaign_side_actions_done(round->workspace, side.queued, side.n_queued);
	campaign_side_actions_done(round->workspace, side.back, side.n_back);
	campaign_side_actions_park(round->workspace, side.parked, side.n_parked);
	campaign_side_actions_put_off(round->workspace, side.put_off, side.n_put_off, later);
	return n;
}

typedef struct Wanted
{
	const Round *round;
	const SideAction *actions;
} Wanted;

static int
queue_part(void *arg, int first, int n)
{
	const Wanted *wanted = arg;

	return queue_rows(wanted->round, &wanted->actions[first], n);
}

static void
hold_one(void *arg, int which, const char *reason)
{
	const Wanted *wanted = arg;

	campaign_side_actions_hold(wanted->round->workspace, wanted->actions[which].id, reason);
}

int
campaign_side_queue_round(const Round *round)
{
	Wanted wanted = {.round = round};
	IsolatedWork work = {queue_part, hold_one, &wanted};
	SideAction *actions;
	int n = campaign_side_actions_claim(round->workspace, round->now, round->limit, &actions);

	wanted.actions = actions;
	return campaign_isolation_bisect(&work, n);
}
