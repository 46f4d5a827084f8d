/*
 * adapter_batch.h
 *		Requests of an adapter for several actions that leave as one, where its row says how.
 *
 * Each action has its own request, rendered and frozen as if it left by itself: a batch of one, with an
 * array of one item in its body. What is made of several is never kept: a repeat may be in other company.
 * Not whose part of an answer is whose: see engine/adapter_answer.
 */
#ifndef CAMPAIGN_ADAPTER_BATCH_H
#define CAMPAIGN_ADAPTER_BATCH_H

#include "postgres.h"
#include "nodes/pg_list.h"
#include "utils/jsonb.h"

/* Actions of one lane whose requests are alike but for their items. */
typedef struct AdapterBatch
{
	int64 lane;
	Jsonb *frame; /* what they have in common */
	int most;
	int n;
	char **unique; /* of each item, what no other may have; NULL = nothing */
} AdapterBatch;

/* A batch of this request alone; NULL = it is not such as can become one with others. */
extern AdapterBatch *campaign_adapter_batch_begin(int64 lane, Jsonb *request);

/* The first of the batches that such a one fits into, which counts it from now on; NULL = none. */
extern AdapterBatch *campaign_adapter_batch_join(List *batches, const AdapterBatch *one);

/* One request of several of a batch, with a key of its own; items in this order. */
extern Jsonb *campaign_adapter_batch_merge(Jsonb *const *requests, int n);

/*
 * {"index", "size", "sent", "unique"}: of an action whose request was that of so many, for conditions
 * and paths. request: as it was frozen, or NULL.
 */
extern Jsonb *campaign_adapter_batch_place(Jsonb *request, int index, int size);

#endif
