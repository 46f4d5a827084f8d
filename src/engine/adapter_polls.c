/*
 * adapter_polls.c
 *		Asking services that adapters speak to what has become of what they took on.
 */
#include "engine/adapter_polls.h"

#include "engine/adapter_document.h"
#include "engine/adapter_hearing.h"
#include "engine/adapter_request.h"
#include "engine/outcome.h"

static void
render(const Adapters *adapters, int place, const Exchange *exchange, Poll *poll)
{
	const AdapterRequest *request =
		campaign_adapters_request(adapters, place, ADAPTER_POLL, exchange->position);
	const AdapterRequest *sent =
		campaign_adapters_request(adapters, place, ADAPTER_SEND, exchange->position);
	AdapterSources sources = {.key = poll->key};
	AdapterFault fault;

	if (request == NULL || exchange->content == NULL)
		return;
	sources.document =
		campaign_adapter_document(exchange->content, exchange->results, exchange->kept);
	poll->request = campaign_adapter_request_render(request, &sources, &fault);
	poll->answer_items = sent == NULL ? 0 : sent->most;
}

void
campaign_adapter_polls_render(const Round *round, Poll *polls, int n)
{
	AdapterKey *names = palloc(Max(n, 1) * sizeof(AdapterKey));
	ExchangeKey *keys = palloc(Max(n, 1) * sizeof(ExchangeKey));
	int *places = palloc(Max(n, 1) * sizeof(int));
	Exchange *exchanges;
	Adapters adapters;
	int asked = 0;
	int i;

	for (i = 0; i < n; i++)
	{
		if (polls[i].adapter == NULL)
			continue;
		names[asked] = (AdapterKey){polls[i].adapter, polls[i].kind};
		keys[asked] = (ExchangeKey){polls[i].action, polls[i].prospect, polls[i].account};
		places[asked++] = i;
	}
	if (asked == 0)
		return;
	exchanges = palloc(asked * sizeof(Exchange));
	campaign_adapters_load(round->workspace, names, asked, false, &adapters);
	campaign_exchanges_read(round->workspace, keys, asked, exchanges);
	for (i = 0; i < asked; i++)
		render(&adapters, i, &exchanges[i], &polls[places[i]]);
}

static const DeliveryOutcome *
answer_about(const DeliveryOutcome *const *outcomes, int n, int64 action)
{
	int i;

	for (i = 0; i < n; i++)
		if (outcomes[i]->action == action)
			return outcomes[i];
	return NULL;
}

int
campaign_adapter_polls_record(const Round *round, const DeliveryOutcome *const *outcomes, int n)
{
	int64 *ids = palloc(Max(n, 1) * sizeof(int64));
	OpenAction *actions;
	Recording recording;
	AdapterHearing hearing;
	int settled = 0;
	int pending = 0;
	int i;

	for (i = 0; i < n; i++)
		if (campaign_polls_lock(round->workspace, outcomes[i]->action, outcomes[i]->attempt))
			ids[pending++] = outcomes[i]->action;
	if (pending == 0)
		return 0;
	pending = campaign_actions_lock(round->workspace, ids, pending, &actions);
	campaign_outcome_recording_open(&recording, round, actions, pending);
	campaign_adapter_hearing_open(&hearing, round, actions, pending);
	for (i = 0; i < pending; i++)
	{
		const DeliveryOutcome *outcome = answer_about(outcomes, n, actions[i].id);
		Heard heard = {.class = RETRY_PENDING,
					   .retry_after_s = outcome->retry_after_s,
					   .at = outcome->at,
					   .outcome = campaign_outcome_json(outcome)};

		if (actions[i].adapter == NULL ||
			!campaign_adapter_hear_poll(&hearing, &actions[i], outcome, &heard))
			continue;
		campaign_outcome_recording_settle(&recording, &actions[i], &heard);
		settled++;
	}
	campaign_outcome_recording_close(&recording);
	campaign_adapter_hearing_close(&hearing);
	return settled;
}
