/*
 * adapter_starts.h
 *		Which request of its adapter an action starts with, or goes on with, and freezing that.
 */
#ifndef CAMPAIGN_ADAPTER_STARTS_H
#define CAMPAIGN_ADAPTER_STARTS_H

#include "engine/adapter_batch.h"
#include "engine/adapter_request.h"
#include "engine/allotment.h"
#include "store/exchanges.h"

typedef struct AdapterStarts
{
	const Round *round;
	Adapters adapters;
	int *place;          /* of each action among the exchanges, which are of adapters; -1 = none */
	AdapterKey *keys;    /* of each exchange */
	Exchange *exchanges; /* as read */
	int n;
	Exchange *begun; /* to be written */
	int n_begun;
	List *batches; /* that are about to leave */
} AdapterStarts;

/* Reads what there is of those of the actions whose lanes have adapters: nothing if none has. */
extern void campaign_adapter_starts_open(AdapterStarts *starts, const Round *round,
										 const Allotment *allotment, const QueuedAction *actions,
										 int n);

/*
 * The request of action i, rendered or as it was frozen; NULL = it cannot be made, and fault says why.
 * key_known: the gateway honours the key of the action, and still knows it.
 */
extern Jsonb *campaign_adapter_starts_request(AdapterStarts *starts, int i,
											  const ContentSources *sources, Jsonb *content,
											  bool key_known, AdapterFault *fault);

/*
 * Which batch the request of action i leaves with (NULL = with none), and whether another action began
 * it. False: it fits into none, and the lane has no place for one more request.
 */
extern bool campaign_adapter_starts_board(AdapterStarts *starts, int i, int64 lane, Jsonb *request,
										  Allotment *allotment, AdapterBatch **batch, bool *rides);

/* Action i starts with that request. */
extern void campaign_adapter_starts_note(AdapterStarts *starts, int i);

extern void campaign_adapter_starts_write(const AdapterStarts *starts);

#endif
