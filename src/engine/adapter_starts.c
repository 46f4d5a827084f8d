/*
 * adapter_starts.c
 *		Which request of its adapter an action starts with, or goes on with.
 */
#include "engine/adapter_starts.h"

#include "engine/adapter_document.h"

void
campaign_adapter_starts_open(AdapterStarts *starts, const Round *round, const Allotment *allotment,
							 const QueuedAction *actions, int n)
{
	ExchangeKey *keys = palloc(Max(n, 1) * sizeof(ExchangeKey));
	int i;

	memset(starts, 0, sizeof(*starts));
	starts->round = round;
	starts->place = palloc(Max(n, 1) * sizeof(int));
	starts->keys = palloc(Max(n, 1) * sizeof(AdapterKey));
	for (i = 0; i < n; i++)
	{
		const ReadyLane *lane = campaign_allotment_lane(allotment, actions[i].lane);

		starts->place[i] = -1;
		if (lane->adapter == NULL)
			continue;
		starts->place[i] = starts->n;
		starts->keys[starts->n] = (AdapterKey){lane->adapter, lane->kind};
		keys[starts->n++] = (ExchangeKey){actions[i].id, actions[i].prospect, lane->account};
	}
	if (starts->n == 0)
		return;
	starts->exchanges = palloc(starts->n * sizeof(Exchange));
	starts->begun = palloc(starts->n * sizeof(Exchange));
	campaign_adapters_load(round->workspace, starts->keys, starts->n, false, &starts->adapters);
	campaign_exchanges_read(round->workspace, keys, starts->n, starts->exchanges);
}

static const AdapterRequest *
request_of(const AdapterStarts *starts, int place, Jsonb *document)
{
	const Exchange *exchange = &starts->exchanges[place];

	if (exchange->is_new)
		return campaign_adapter_request_next(&starts->adapters, place, 1, document);
	return campaign_adapters_request(&starts->adapters, place,
									 exchange->looking ? ADAPTER_LOOKUP : ADAPTER_SEND,
									 exchange->position);
}

/* What may have got through is repeated only where that does no harm. */
static bool
may_leave(const Exchange *exchange, const AdapterRequest *request, bool key_known)
{
	return !exchange->maybe_sent || exchange->looking || request->repeatable ||
		   (request->by_key && key_known);
}

Jsonb *
campaign_adapter_starts_request(AdapterStarts *starts, int i, const ContentSources *sources,
								Jsonb *content, bool key_known, AdapterFault *fault)
{
	int place = starts->place[i];
	Exchange *exchange = &starts->exchanges[place];
	AdapterSources filled = {
		.content = sources, .key = sources->key, .max_note_length = sources->lane->max_note_length};
	const AdapterRequest *request;
	Jsonb *rendered;

	filled.document = campaign_adapter_document(content, exchange->results, exchange->kept);
	request = request_of(starts, place, filled.document);
	if (request == NULL)
	{
		*fault =
			(AdapterFault){"not_offered", psprintf("adapter %s, kind %s", starts->keys[place].name,
												   starts->keys[place].kind)};
		return NULL;
	}
	if (!may_leave(exchange, request, key_known))
	{
		*fault = (AdapterFault){
			"unknown_outcome",
			"it may have been accepted, and the service would not know that it is a repeat"};
		return NULL;
	}
	if (exchange->request != NULL && !exchange->looking)
		return exchange->request;
	rendered = campaign_adapter_request_render(request, &filled, fault);
	if (rendered == NULL)
		return NULL;
	exchange->position = request->position;
	if (!exchange->looking)
		exchange->request = rendered;
	return rendered;
}

bool
campaign_adapter_starts_board(AdapterStarts *starts, int i, int64 lane, Jsonb *request,
							  Allotment *allotment, AdapterBatch **batch, bool *rides)
{
	const Exchange *exchange = &starts->exchanges[starts->place[i]];
	AdapterBatch *own =
		exchange->looking || exchange->alone ? NULL : campaign_adapter_batch_begin(lane, request);

	*batch = own == NULL ? NULL : campaign_adapter_batch_join(starts->batches, own);
	*rides = *batch != NULL;
	if (*rides)
		return true;
	if (!campaign_allotment_depart(allotment, lane))
		return false;
	*batch = own;
	if (own != NULL)
		starts->batches = lappend(starts->batches, own);
	return true;
}

void
campaign_adapter_starts_note(AdapterStarts *starts, int i)
{
	starts->begun[starts->n_begun++] = starts->exchanges[starts->place[i]];
}

void
campaign_adapter_starts_write(const AdapterStarts *starts)
{
	campaign_exchanges_write(starts->round->workspace, starts->begun, starts->n_begun);
}
