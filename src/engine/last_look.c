/*
 * last_look.c
 *		The question that is asked once more before a run gives up waiting for a connection.
 */
#include "engine/last_look.h"

#include "store/relation_polls.h"
#include "store/wake.h"

/* Those who wait for the answer are looked at again after this. */
#define AGAIN_USEC (10 * USECS_PER_SEC)

/* The instant at which the run gives up waiting for a connection, if it is about to; DT_NOEND = it is not. */
static TimestampTz
deadline_of(const Run *run, TimestampTz now)
{
	const GraphStep *step = &run->campaign->graph->steps[run->machine.step];
	TimestampTz deadline;

	if (run->machine.halt != RUN_ON_CONDITION || run->relation_account == 0 ||
		step->condition.source != GRAPH_BY_STATE || step->condition.negated ||
		(step->condition.mask & GRAPH_STATE_CONNECTED) == 0 ||
		(run->states & step->condition.mask) != 0 || (run->states & GRAPH_STATE_PENDING) == 0 ||
		!campaign_runs_moves(run))
		return DT_NOEND;
	deadline = campaign_instant_plus(run->machine.base, step->within);
	return deadline <= now ? deadline : DT_NOEND;
}

static void
put_off(Run *run, TimestampTz deadline, TimestampTz now)
{
	run->row->parked_due_at = deadline;
	run->row->due_at = now + AGAIN_USEC;
	run->changed = true;
}

bool *
campaign_last_look(const Round *round, Runs *runs)
{
	bool *waits = palloc0(Max(runs->n, 1) * sizeof(bool));
	int64 *accounts = palloc(Max(runs->n, 1) * sizeof(int64));
	TimestampTz *deadlines = palloc(Max(runs->n, 1) * sizeof(TimestampTz));
	int *places = palloc(Max(runs->n, 1) * sizeof(int));
	bool *to_ask = palloc(Max(runs->n, 1) * sizeof(bool));
	int n = 0;
	int asked = 0;
	int i;

	for (i = 0; i < runs->n; i++)
	{
		TimestampTz deadline = deadline_of(&runs->items[i], round->now);

		if (deadline == DT_NOEND)
			continue;
		accounts[n] = runs->items[i].relation_account;
		deadlines[n] = deadline;
		places[n++] = i;
	}
	if (n == 0)
		return waits;
	campaign_relation_polls_ask_before(round->workspace, round->now, accounts, deadlines, n,
									   to_ask);
	for (i = 0; i < n; i++)
	{
		if (!to_ask[i])
			continue;
		put_off(&runs->items[places[i]], deadlines[i], round->now);
		waits[places[i]] = true;
		asked++;
	}
	if (asked > 0)
		campaign_wake_request(WAKE_DISPATCHERS);
	return waits;
}
