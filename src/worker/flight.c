/*
 * flight.c
 *		One request of a dispatcher from its start until its outcome is recorded.
 */
#include "worker/flight.h"

#include "utils/memutils.h"

#include "core/retry.h"
#include "worker/flights_mail.h"

/* An answer about several actions may have so many bytes for each, where that is more than another may have. */
#define ITEM_CAP ((size_t) 8 * 1024)

static char *
copy_text(MemoryContext context, const char *text)
{
	return text == NULL ? NULL : MemoryContextStrdup(context, text);
}

void
campaign_flight_board(Flight *flight, const DeliveryStart *start, MemoryContext context)
{
	int i;

	flight->workspace = start->workspace;
	flight->action = start->action;
	flight->channel = start->channel;
	flight->attempt = start->attempt;
	flight->form = start->form;
	flight->doubted = start->doubted;
	flight->by_adapter = start->by_adapter;
	flight->adapter = copy_text(context, start->adapter);
	flight->person = copy_text(context, start->person);
	if (start->n_riders == 0)
		return;
	flight->n_riders = start->n_riders;
	flight->riders = MemoryContextAlloc(context, start->n_riders * sizeof(DeliveryRider));
	for (i = 0; i < start->n_riders; i++)
	{
		flight->riders[i] = start->riders[i];
		flight->riders[i].person = copy_text(context, start->riders[i].person);
	}
}

void
campaign_flight_request(const DeliveryStart *start, uint64 tag, NetHeader *authorization,
						NetRequest *request)
{
	bool own_headers = start->headers != NULL;

	*authorization = (NetHeader){.name = "Authorization", .value = start->secret};
	*request = (NetRequest){
		.tag = tag,
		.url = start->url,
		.key = start->key,
		.body = start->body,
		.body_len = strlen(start->body),
		.content_type = start->content_type,
		.method = start->method,
		.headers = own_headers ? start->headers : authorization,
		.n_headers = own_headers ? start->n_headers : start->secret != NULL,
		.fresh_connection = start->fresh_connection,
		.retry_after_header = start->retry_after_header,
		.answer_cap = start->answer_items > 1 ? start->answer_items * ITEM_CAP : 0,
		.total_timeout_ms = start->timeout_ms,
		.allow_private = start->allow_private,
		.allow_http = start->allow_http,
	};
}

/* What our own rules refuse did not leave either. */
static RetryTransport
transport_of(NetFault fault)
{
	switch (fault)
	{
		case NET_OK:
			return RETRY_TRANSPORT_OK;
		case NET_NOT_CONNECTED:
		case NET_REFUSED:
			return RETRY_TRANSPORT_NOT_CONNECTED;
		case NET_CUT:
			return RETRY_TRANSPORT_CUT;
		case NET_TOO_LARGE:
			return RETRY_TRANSPORT_TOO_LARGE;
		case NET_OTHER:
			return RETRY_TRANSPORT_OTHER;
	}
	return RETRY_TRANSPORT_OTHER;
}

static void
describe(Flight *flight, DeliveryOutcome *outcome)
{
	outcome->workspace = flight->workspace;
	outcome->action = flight->action;
	outcome->channel = flight->channel;
	outcome->attempt = flight->attempt;
	outcome->index = 0;
	outcome->size = 1 + flight->n_riders;
	outcome->form = flight->form;
	outcome->doubted = flight->doubted;
	outcome->by_adapter = flight->by_adapter;
	outcome->adapter = flight->adapter;
	outcome->person = flight->person;
	outcome->at = flight->at;
	outcome->mail = NULL;
	outcome->transport = RETRY_TRANSPORT_OTHER;
	if (flight->mailed != NULL)
	{
		campaign_flights_mail_describe(flight->mailed, flight->address, &flight->mail, outcome);
		return;
	}
	outcome->transport = transport_of(flight->result.fault);
	outcome->status = flight->result.status;
	outcome->retry_after_s = flight->result.retry_after_s;
	outcome->body = flight->result.body;
	outcome->body_len = flight->result.body_len;
	outcome->detail = flight->result.detail;
}

int
campaign_flight_describe(Flight *flight, DeliveryOutcome *outcomes)
{
	int i;

	describe(flight, outcomes);
	for (i = 1; i <= flight->n_riders; i++)
	{
		const DeliveryRider *rider = &flight->riders[i - 1];

		outcomes[i] = outcomes[0];
		outcomes[i].action = rider->action;
		outcomes[i].attempt = rider->attempt;
		outcomes[i].person = rider->person;
		outcomes[i].index = i;
	}
	return outcomes->size;
}

void
campaign_flight_forget(Flight *flight)
{
	int i;

	if (flight->owns_result)
		campaign_net_result_free(&flight->result);
	for (i = 0; i < flight->n_riders; i++)
		if (flight->riders[i].person != NULL)
			pfree(unconstify(char *, flight->riders[i].person));
	if (flight->riders != NULL)
		pfree(flight->riders);
	if (flight->person != NULL)
		pfree(flight->person);
	if (flight->adapter != NULL)
		pfree(flight->adapter);
	if (flight->mailed != NULL)
		pfree(flight->mailed);
	if (flight->address != NULL)
		pfree(flight->address);
	flight->state = FLIGHT_NONE;
}
