/*
 * requeue.h
 *		Actions that a pause took out of the queue, or that the owner has approved, queued by the round
 *		that moves what is due.
 *
 * A run that is halted on an action and is due asks for that: whoever lets it go on sets its due_at and
 * no more, since queueing locks lanes, and the transaction of a user may stay open for long. So does
 * whoever approves an action, or has it shown anew. Order of use: open, add as often as needed, lapse,
 * skip, write, then the ledger is written, and show.
 */
#ifndef CAMPAIGN_REQUEUE_H
#define CAMPAIGN_REQUEUE_H

#include "engine/ledger.h"

typedef struct Requeue
{
	Ledger *ledger;
	Run **runs; /* NULL = its action was skipped */
	int n;
	bool overdue; /* of some of them a pause is to be skipped */
	bool lapses;  /* of some of them what is not approved lapses */
	bool shows;   /* some of them may have something to be approved */
} Requeue;

/* For the runs of this ledger. */
extern void campaign_requeue_open(Requeue *requeue, Ledger *ledger);

/* Asks for the action on which the run is halted, and takes the run off what is due. */
extern void campaign_requeue_add(Requeue *requeue, Run *run);

/* Ends runs whose action was not approved on its day, where the campaign says so. Before the others. */
extern void campaign_requeue_lapse(Requeue *requeue);

/* Skips what should have been sent in a pause that is to be skipped, and lets those runs go on. */
extern void campaign_requeue_skip(Requeue *requeue);

/*
 * Queues those of them that were taken out, notes it in the ledger, which is to be written after it, and
 * asks for the dispatchers to be woken.
 */
extern void campaign_requeue_write(const Requeue *requeue);

/* Puts up those of them that the owner has to approve and has not seen yet. */
extern void campaign_requeue_show(const Requeue *requeue);

#endif
