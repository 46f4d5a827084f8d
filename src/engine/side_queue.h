/*
 * side_queue.h
 *		The round that queues what is wanted beside runs (store/side_actions): through the same lanes,
 *		quotas and accounts as the actions of steps. The runs themselves do not move.
 */
#ifndef CAMPAIGN_SIDE_QUEUE_H
#define CAMPAIGN_SIDE_QUEUE_H

#include "engine/round.h"

/* Queues what is wanted by now; how many rows it took. */
extern int campaign_side_queue_round(const Round *round);

#endif
