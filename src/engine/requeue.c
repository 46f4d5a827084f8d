/*
 * requeue.c
 *		Actions that a pause took out of the queue, put back.
 */
#include "engine/requeue.h"

#include "store/lanes.h"
#include "store/queue.h"
#include "store/wake.h"

void
campaign_requeue_open(Requeue *requeue, const Round *round, int max)
{
	requeue->round = round;
	requeue->actions = palloc(Max(max, 1) * sizeof(int64));
	requeue->n = 0;
}

void
campaign_requeue_add(Requeue *requeue, Run *run)
{
	run->row->due_at = DT_NOEND;
	run->row->parked_due_at = DT_NOEND;
	run->changed = true;
	if (run->row->action != 0)
		requeue->actions[requeue->n++] = run->row->action;
}

void
campaign_requeue_write(const Requeue *requeue)
{
	int64 *lanes;
	TimestampTz *ready;
	bool repeats;
	int n;

	if (requeue->n == 0)
		return;
	n = campaign_queue_put_back(requeue->round->workspace, requeue->actions, requeue->n, &lanes,
								&ready, &repeats);
	if (n == 0)
		return;
	campaign_lanes_awaken(requeue->round->workspace, lanes, ready, n, repeats);
	campaign_wake_request(WAKE_DISPATCHERS);
}
