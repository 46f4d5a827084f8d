/*
 * relation_answers.c
 *		Relations that services are asked for.
 */
#include "engine/relation_answers.h"

#include "engine/adapter_answer.h"
#include "engine/adapter_departure.h"
#include "engine/adapter_document.h"
#include "engine/adapter_request.h"
#include "engine/isolation.h"
#include "engine/json_push.h"
#include "store/accounts.h"
#include "store/relation_polls.h"

/* There is no action, so the document knows the account alone. */
static Jsonb *
document_of(int64 account, const char *address)
{
	static const char *const empty[] = {"campaign", "content", "prospect", "result", "kept"};
	JsonbParseState *state = NULL;
	int i;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	campaign_json_push_text(&state, "action_id", "");
	campaign_json_push_text(&state, "key", "");
	campaign_json_push_text(&state, "kind", "*");
	for (i = 0; i < (int) lengthof(empty); i++)
	{
		campaign_json_push_object(&state, empty[i]);
		campaign_json_push_end(&state);
	}
	campaign_json_push_object(&state, "sender");
	campaign_json_push_id(&state, "account_id", account);
	campaign_json_push_text(&state, "address", address);
	campaign_json_push_end(&state);
	return JsonbValueToJsonb(campaign_json_push_end(&state));
}

static bool
render(const Adapters *adapters, int key, const RelationPoll *poll, DeliveryStart *start)
{
	const AdapterRequest *row = campaign_adapters_request(adapters, key, ADAPTER_RELATIONS, 1);
	AdapterSources sources = {.key = ""};
	AdapterFault fault;
	Jsonb *request;

	if (row == NULL)
		return false;
	sources.document = document_of(poll->account, poll->address);
	request = campaign_adapter_request_render(row, &sources, &fault);
	if (request == NULL)
		return false;
	campaign_adapter_departure_fill(start, request, poll->url, poll->secret);
	start->action = poll->account;
	start->channel = poll->channel;
	start->form = DELIVERY_RELATIONS;
	start->adapter = pstrdup(poll->adapter);
	start->allow_http = poll->allow_http;
	start->allow_private = poll->allow_private;
	start->timeout_ms = poll->timeout_ms;
	return true;
}

int
campaign_relations_ask(const Round *round, int limit, DeliveryStart **starts)
{
	RelationPoll *polls;
	int taken = campaign_relation_polls_take(round->workspace, round->now, limit, &polls);
	AdapterKey *keys = palloc(Max(taken, 1) * sizeof(AdapterKey));
	Adapters adapters;
	int n = 0;
	int i;

	*starts = palloc0(Max(taken, 1) * sizeof(DeliveryStart));
	if (taken == 0)
		return 0;
	for (i = 0; i < taken; i++)
		keys[i] = (AdapterKey){polls[i].adapter, "*"};
	campaign_adapters_load(round->workspace, keys, taken, false, &adapters);
	for (i = 0; i < taken; i++)
	{
		(*starts)[n].workspace = round->workspace;
		if (render(&adapters, i, &polls[i], &(*starts)[n]))
			n++;
	}
	return n;
}

/* ---- answers --------------------------------------------------------------------------------- */

/* Names of those who are connected, as the service has them. */
typedef struct Named
{
	const char *name; /* that they are kept under */
	const char **texts;
	int n;
	int max;
} Named;

static void
take(void *arg, const char *where, const char *name, const JsonbValue *value)
{
	Named *named = arg;

	if (strcmp(where, "relation") != 0)
		return;
	if (named->n == named->max)
	{
		named->max = Max(2 * named->max, 64);
		named->texts = named->texts == NULL ? palloc(named->max * sizeof(char *))
											: repalloc(named->texts, named->max * sizeof(char *));
	}
	named->name = name;
	named->texts[named->n] = campaign_adapter_document_text(value);
	named->n += named->texts[named->n] != NULL;
}

static bool
is_usable(const DeliveryOutcome *outcome, Jsonb *answer)
{
	JsonbValue body;

	return answer != NULL && outcome->status >= 200 && outcome->status <= 299 &&
		   getKeyJsonValueFromContainer(&answer->root, "body", strlen("body"), &body) != NULL &&
		   body.type != jbvNull;
}

static bool
record_one(const Round *round, const DeliveryOutcome *outcome)
{
	AdapterKey key = {outcome->adapter, "*"};
	Jsonb *answer = campaign_adapter_answer_of(outcome);
	Jsonb *document = document_of(outcome->action, "");
	const AdapterRequest *request;
	const AdapterAnswer *row;
	Named named = {0};
	Adapters adapters;

	campaign_adapters_load(round->workspace, &key, 1, true, &adapters);
	request = campaign_adapters_request(&adapters, 0, ADAPTER_RELATIONS, 1);
	if (request == NULL || answer == NULL)
		return false;
	row = campaign_adapter_answer_find(&adapters, request, document, answer, false);
	if (row != NULL && row->meaning == ADAPTER_DISCONNECTED)
	{
		const char *code = row->code == NULL ? "session_ended" : row->code;

		campaign_accounts_disconnect(round->workspace, &outcome->action, &code, 1);
		return true;
	}
	if (row != NULL ? row->meaning != ADAPTER_ACCEPTED : !is_usable(outcome, answer))
		return false;
	campaign_adapter_answer_take_all(request, document, answer, take, &named);
	if (named.n > 0)
		campaign_relation_polls_report(round->workspace, outcome->action, named.name, named.texts,
									   named.n);
	campaign_relation_polls_done(round->workspace, outcome->action, round->now, request->every);
	return true;
}

typedef struct Answers
{
	const Round *round;
	const DeliveryOutcome *outcomes;
} Answers;

static int
record_part(void *arg, int first, int n)
{
	const Answers *answers = arg;
	int useful = 0;
	int i;

	for (i = first; i < first + n; i++)
		useful += record_one(answers->round, &answers->outcomes[i]);
	return useful;
}

/* It is asked for again. */
static void
pass_over(void *arg, int which, const char *reason)
{
}

int
campaign_relations_record(const Round *round, const DeliveryOutcome *outcomes, int n)
{
	Answers answers = {round, outcomes};
	IsolatedWork work = {record_part, pass_over, &answers};

	return campaign_isolation_bisect(&work, n);
}
