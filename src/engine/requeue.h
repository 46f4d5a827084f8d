/*
 * requeue.h
 *		Actions that a pause took out of the queue, put back by the round that moves what is due.
 *
 * A run that is halted on an action and is due asks for that: whoever lets it go on sets its due_at and
 * no more, since queueing locks lanes, and the transaction of a user may stay open for long.
 */
#ifndef CAMPAIGN_REQUEUE_H
#define CAMPAIGN_REQUEUE_H

#include "engine/runs.h"

typedef struct Requeue
{
	const Round *round;
	int64 *actions;
	int n;
} Requeue;

/* For at most max runs. */
extern void campaign_requeue_open(Requeue *requeue, const Round *round, int max);

/* Asks for the action on which the run is halted, and takes the run off what is due. */
extern void campaign_requeue_add(Requeue *requeue, Run *run);

/* Queues those of them that were taken out, and asks for the dispatchers to be woken. */
extern void campaign_requeue_write(const Requeue *requeue);

#endif
