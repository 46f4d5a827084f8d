/*
 * poll.c
 *		What gateways answer when they are asked what has become of something.
 */
#include "engine/poll.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "core/retry.h"
#include "engine/adapter_polls.h"
#include "engine/isolation.h"
#include "engine/resolution.h"
#include "store/events.h"
#include "store/fault.h"
#include "store/polls.h"

/* A longer answer is not looked into: it could be nested deeper than the stack bears. */
#define ANSWER_MAX 2000

typedef struct Answers
{
	const Round *round;
	const DeliveryOutcome *outcomes;
} Answers;

/* The text under "status" of an answer; NULL if there is none. An error if it is no JSON. */
static char *
status_of(const DeliveryOutcome *outcome)
{
	JsonbValue *status;
	Jsonb *json;

	if (outcome->transport != RETRY_TRANSPORT_OK || outcome->status < 200 ||
		outcome->status > 299 || outcome->body == NULL || outcome->body_len == 0 ||
		outcome->body_len > ANSWER_MAX || strlen(outcome->body) != outcome->body_len ||
		!pg_verify_mbstr(GetDatabaseEncoding(), outcome->body, outcome->body_len, true))
		return NULL;
	json = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(outcome->body)));
	if (!JB_ROOT_IS_OBJECT(json))
		return NULL;
	status = getKeyJsonValueFromContainer(&json->root, "status", strlen("status"), NULL);
	if (status == NULL || status->type != jbvString)
		return NULL;
	return pnstrdup(status->val.string.val, status->val.string.len);
}

static bool
is_settling(const char *status)
{
	return strcmp(status, "complete") == 0 || strcmp(status, "rejected") == 0 ||
		   strcmp(status, "failed") == 0 || strcmp(status, "retry") == 0;
}

static int
record_part(void *arg, int first, int n)
{
	const Answers *answers = arg;
	const DeliveryOutcome **by_adapter = palloc(n * sizeof(DeliveryOutcome *));
	int n_by_adapter = 0;
	int settled = 0;
	int i;

	for (i = first; i < first + n; i++)
	{
		const DeliveryOutcome *outcome = &answers->outcomes[i];
		char *status;

		if (outcome->by_adapter)
		{
			by_adapter[n_by_adapter++] = outcome;
			continue;
		}
		status = status_of(outcome);
		if (status == NULL || !is_settling(status) ||
			!campaign_polls_lock(answers->round->workspace, outcome->action, outcome->attempt))
			continue;
		settled += campaign_resolution_apply(answers->round, outcome->action,
											 campaign_resolution_named(status), outcome->at,
											 campaign_events_detail((const char *[]){
												 "polled", status, "answer", outcome->body, NULL}));
	}
	return settled + campaign_adapter_polls_record(answers->round, by_adapter, n_by_adapter);
}

/* It is asked for again. */
static void
pass_over(void *arg, int which, const char *reason)
{
}

int
campaign_poll_record(const Round *round, const DeliveryOutcome *outcomes, int n)
{
	Answers answers = {round, outcomes};
	IsolatedWork work = {record_part, pass_over, &answers};

	int settled = campaign_isolation_bisect(&work, n);

	if (settled > 0)
		CAMPAIGN_FAULT("poll.settled");
	return settled;
}
