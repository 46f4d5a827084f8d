/*
 * adapter_hearing.c
 *		What services have answered to requests of adapters.
 */
#include "engine/adapter_hearing.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "engine/adapter_batch.h"
#include "engine/adapter_document.h"
#include "engine/adapter_request.h"
#include "engine/json_push.h"
#include "engine/outcome.h"
#include "store/fault.h"
#include "store/relation_polls.h"

/* The wait where neither the row nor the service says any. */
#define WAIT_USEC (60 * USECS_PER_SEC * 60)
/* Dispatchers that may die with an action before it leaves by itself. */
#define CRASHES_TOGETHER 2
/* What a service asks for beyond this is not waited for. */
#define WAIT_MAX_USEC (31 * USECS_PER_DAY)

void
campaign_adapter_hearing_open(AdapterHearing *hearing, const Round *round,
							  const OpenAction *actions, int n)
{
	AdapterKey *names = palloc(Max(n, 1) * sizeof(AdapterKey));
	ExchangeKey *keys = palloc(Max(n, 1) * sizeof(ExchangeKey));
	int i;

	memset(hearing, 0, sizeof(*hearing));
	hearing->round = round;
	hearing->actions = palloc(Max(n, 1) * sizeof(OpenAction *));
	for (i = 0; i < n; i++)
	{
		if (actions[i].adapter == NULL)
			continue;
		names[hearing->n] = (AdapterKey){actions[i].adapter, actions[i].kind};
		keys[hearing->n] = (ExchangeKey){actions[i].id, actions[i].prospect, actions[i].account};
		hearing->actions[hearing->n++] = &actions[i];
	}
	if (hearing->n == 0)
		return;
	hearing->exchanges = palloc(hearing->n * sizeof(Exchange));
	hearing->learned = palloc0(hearing->n * sizeof(LearnedValues));
	hearing->max_kept = hearing->n;
	hearing->accepted = palloc(hearing->n * sizeof(int64));
	hearing->kept = palloc(hearing->max_kept * sizeof(KeptValue));
	campaign_adapters_load(round->workspace, names, hearing->n, true, &hearing->adapters);
	campaign_exchanges_read(round->workspace, keys, hearing->n, hearing->exchanges);
}

static int
place_of(const AdapterHearing *hearing, const OpenAction *action)
{
	int i;

	for (i = 0; i < hearing->n; i++)
		if (hearing->actions[i] == action)
			return i;
	elog(ERROR, "action " INT64_FORMAT " has no adapter", action->id);
}

/* ---- what answers bring ------------------------------------------------------------------- */

typedef struct Taking
{
	AdapterHearing *hearing;
	int place;
	AdapterHeard *heard;
} Taking;

/* The object with this member set, or set anew. */
static Jsonb *
with_member(Jsonb *object, const char *name, const JsonbValue *value)
{
	JsonbParseState *state = NULL;
	JsonbValue copy = *value;
	Jsonb *member;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	campaign_json_push_key(&state, name);
	pushJsonbValue(&state, WJB_VALUE, &copy);
	member = JsonbValueToJsonb(campaign_json_push_end(&state));
	if (object == NULL)
		return member;
	return DatumGetJsonbP(
		DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(object), JsonbPGetDatum(member)));
}

static void
keep(AdapterHearing *hearing, const Exchange *exchange, const char *name, const JsonbValue *value)
{
	JsonbValue *copy = palloc(sizeof(JsonbValue));

	*copy = *value;
	if (hearing->n_kept == hearing->max_kept)
	{
		hearing->max_kept *= 2;
		hearing->kept = repalloc(hearing->kept, hearing->max_kept * sizeof(KeptValue));
	}
	hearing->kept[hearing->n_kept++] =
		(KeptValue){exchange->prospect, exchange->account, name, copy};
}

static void
take(void *arg, const char *where, const char *name, const JsonbValue *value)
{
	Taking *taking = arg;
	AdapterHearing *hearing = taking->hearing;
	Exchange *exchange = &hearing->exchanges[taking->place];
	LearnedValues *learned = &hearing->learned[taking->place];

	if (strcmp(where, "result") == 0)
		exchange->results = with_member(exchange->results, name, value);
	else if (strcmp(where, "kept") == 0)
	{
		exchange->kept = with_member(exchange->kept, name, value);
		keep(hearing, exchange, name, value);
	}
	else if (strcmp(where, "prospect") == 0)
	{
		learned->prospect = exchange->prospect;
		learned->values = with_member(learned->values, name, value);
	}
	else
		taking->heard->fact_detail = with_member(taking->heard->fact_detail, name, value);
}

/* ---- what they mean ----------------------------------------------------------------------- */

/* As the closed table has it. That something was found by a look-up is for a row to say. */
static AdapterMeaning
meaning_of_class(RetryClass class, bool looking)
{
	switch (class)
	{
		case RETRY_ACCEPTED:
			return looking ? ADAPTER_UNKNOWN : ADAPTER_ACCEPTED;
		case RETRY_PENDING:
			return looking ? ADAPTER_UNKNOWN : ADAPTER_PENDING;
		case RETRY_NOT_SENT_RETRY:
			return ADAPTER_RETRY;
		case RETRY_NOT_SENT_FINAL:
			return looking ? ADAPTER_UNKNOWN : ADAPTER_REFUSED;
		case RETRY_AMBIGUOUS:
			return ADAPTER_UNKNOWN;
	}
	return ADAPTER_UNKNOWN;
}

static TimestampTz
comes_again(const AdapterAnswer *row, const Heard *heard)
{
	int64 wait = row->wait > 0 ? row->wait : heard->retry_after_s >= 0 ? 0 : WAIT_USEC;

	if (heard->retry_after_s > 0)
		wait = Max(wait, Min(heard->retry_after_s * USECS_PER_SEC, WAIT_MAX_USEC));
	return heard->at + wait;
}

/* The request has done its work: the next one is to leave, if the action needs any more. */
static void
pass(AdapterHearing *hearing, int place, const OpenAction *action, AdapterHeard *heard)
{
	Exchange *exchange = &hearing->exchanges[place];
	Jsonb *document =
		campaign_adapter_document(exchange->content, exchange->results, exchange->kept);
	const AdapterRequest *next =
		campaign_adapter_request_next(&hearing->adapters, place, exchange->position + 1, document);

	exchange->looking = false;
	exchange->maybe_sent = false;
	if (next == NULL)
	{
		/* what has been said stands in the action, and is not said again */
		exchange->request = NULL;
		return;
	}
	exchange->position = next->position;
	exchange->request = NULL;
	exchange->attempts_before = action->attempt;
	heard->onward = true;
}

/* Nobody knows whether it got through: it is looked for, where it can be, before it is repeated. */
static void
doubt(AdapterHearing *hearing, int place, AdapterHeard *heard)
{
	Exchange *exchange = &hearing->exchanges[place];

	exchange->maybe_sent = true;
	if (campaign_adapters_request(&hearing->adapters, place, ADAPTER_LOOKUP, exchange->position) !=
		NULL)
	{
		exchange->looking = true;
		heard->repeatable = true;
	}
}

/* A wait that counts for no attempt. */
static void
put_off(Exchange *exchange, AdapterHeard *heard, TimestampTz until)
{
	heard->not_before = until;
	exchange->attempts_before++;
}

/* What a meaning comes to for the action: the class, and what goes beyond it. */
static void
apply(AdapterHearing *hearing, int place, const OpenAction *action, const AdapterAnswer *row,
	  AdapterMeaning meaning, Heard *heard, AdapterHeard *by)
{
	Exchange *exchange = &hearing->exchanges[place];
	const AdapterRequest *poll;

	switch (meaning)
	{
		case ADAPTER_ACCEPTED:
			heard->class = RETRY_ACCEPTED;
			pass(hearing, place, action, by);
			if (!by->onward)
				hearing->accepted[hearing->n_accepted++] = action->account;
			break;
		case ADAPTER_PENDING:
			heard->class = RETRY_PENDING;
			poll = campaign_adapters_request(&hearing->adapters, place, ADAPTER_POLL,
											 exchange->position);
			by->poll_every = poll == NULL ? 0 : poll->every;
			break;
		case ADAPTER_REFUSED:
			heard->class = RETRY_NOT_SENT_FINAL;
			break;
		case ADAPTER_RETRY:
			heard->class = RETRY_NOT_SENT_RETRY;
			break;
		case ADAPTER_DEFER:
			by->closed_until = comes_again(row, heard);
			heard->class = RETRY_NOT_SENT_RETRY;
			put_off(exchange, by, by->closed_until);
			break;
		case ADAPTER_POSTPONE:
			heard->class = RETRY_NOT_SENT_RETRY;
			put_off(exchange, by, comes_again(row, heard));
			break;
		case ADAPTER_DISCONNECTED:
			heard->class = RETRY_NOT_SENT_RETRY;
			heard->cause = RETRY_CAUSE_LOGIN;
			exchange->attempts_before++;
			break;
		case ADAPTER_HELD:
			heard->class = RETRY_NOT_SENT_FINAL;
			by->hold = row->code;
			exchange->request = NULL;
			break;
		case ADAPTER_APART:
			heard->class = RETRY_NOT_SENT_RETRY;
			exchange->alone = true;
			put_off(exchange, by, heard->at);
			break;
		case ADAPTER_ABSENT:
			heard->class = RETRY_NOT_SENT_RETRY;
			exchange->looking = false;
			exchange->maybe_sent = false;
			by->not_before = heard->at;
			break;
		case ADAPTER_UNKNOWN:
		case ADAPTER_UNNAMED:
			heard->class = RETRY_AMBIGUOUS;
			doubt(hearing, place, by);
			break;
	}
}

/* NULL if nothing came back. */
static Jsonb *
read_answer(AdapterHearing *hearing, const DeliveryOutcome *outcome)
{
	if (outcome == NULL)
		return NULL;
	if (hearing->read == NULL || outcome->body == NULL || hearing->read_body != outcome->body ||
		hearing->read_status != outcome->status)
		hearing->read = campaign_adapter_answer_of(outcome);
	hearing->read_body = outcome->body;
	hearing->read_status = outcome->status;
	return hearing->read;
}

/*
 * What is kept for people to read: of an answer about several actions only what is about this one, for
 * the rest is about other persons.
 */
static Jsonb *
told_of(const DeliveryOutcome *outcome, Jsonb *item)
{
	DeliveryOutcome told = *outcome;
	bool complete = outcome->status >= 200 && outcome->status <= 299;

	if (item != NULL)
	{
		told.body = JsonbToCString(NULL, &item->root, VARSIZE(item));
		told.body_len = strlen(told.body);
	}
	else if (complete || outcome->size > 1)
	{
		told.body = NULL;
		told.body_len = 0;
	}
	if (item == NULL && complete)
		told.detail = "the answer says nothing of this action";
	return campaign_outcome_json(&told);
}

/* Which row says what it means; NULL = the closed table has to. */
static const AdapterAnswer *
row_of(AdapterHearing *hearing, int place, const AdapterRequest *request,
	   const DeliveryOutcome *outcome, Heard *heard, AdapterHeard *by)
{
	Exchange *exchange = &hearing->exchanges[place];
	Jsonb *answer = read_answer(hearing, outcome);
	Taking taking = {hearing, place, by};
	const AdapterAnswer *row;
	Jsonb *document;

	if (answer == NULL)
		return NULL;
	document = campaign_adapter_document(exchange->content, exchange->results, exchange->kept);
	if (request->item != NULL)
	{
		Jsonb *item;
		Jsonb *about;

		document = campaign_adapter_document_with(
			document, "batch",
			campaign_adapter_batch_place(exchange->request, outcome->index, outcome->size));
		about = campaign_adapter_answer_item(request, document, answer, &item);
		answer = about == NULL ? answer : about;
		heard->outcome = told_of(outcome, item);
	}
	row = campaign_adapter_answer_find(&hearing->adapters, request, document, answer,
									   outcome->size > 1);
	if (row == NULL || row->meaning == ADAPTER_ACCEPTED || row->meaning == ADAPTER_PENDING)
		campaign_adapter_answer_take(request, document, answer, take, &taking);
	return row;
}

static AdapterHeard *
heard_by_adapter(const Exchange *exchange)
{
	AdapterHeard *by = palloc0(sizeof(AdapterHeard));

	by->not_before = DT_NOEND;
	by->closed_until = DT_NOEND;
	by->maybe_sent = exchange->maybe_sent;
	return by;
}

static void
note_row(const AdapterAnswer *row, AdapterHeard *by)
{
	if (row == NULL)
		return;
	by->code = row->code;
	by->fact = row->fact;
}

void
campaign_adapter_hear(AdapterHearing *hearing, const OpenAction *action,
					  const DeliveryOutcome *outcome, Heard *heard)
{
	int place = place_of(hearing, action);
	Exchange *exchange = &hearing->exchanges[place];
	AdapterHeard *by = heard_by_adapter(exchange);
	AdapterMeaning meaning = meaning_of_class(heard->class, exchange->looking);
	const AdapterRequest *request = campaign_adapters_request(
		&hearing->adapters, place, exchange->looking ? ADAPTER_LOOKUP : ADAPTER_SEND,
		exchange->position);
	const AdapterAnswer *row;

	heard->adapter = by;
	/* should it be what dispatchers die of, it takes no others with it the next time */
	exchange->alone |= outcome == NULL && action->crashes >= CRASHES_TOGETHER;
	by->by_key = request != NULL && request->by_key;
	by->repeatable = request != NULL && request->repeatable;
	/* its row has gone since it left: what is known without it has to do */
	if (request == NULL)
		return;
	row = row_of(hearing, place, request, outcome, heard, by);
	note_row(row, by);
	if (row != NULL)
	{
		bool repeated =
			exchange->maybe_sent && !exchange->looking && row->repeated != ADAPTER_UNNAMED;

		meaning = repeated ? row->repeated : row->meaning;
		/* the row knows of the attempt before */
		by->maybe_sent &= !repeated;
		by->fact = repeated ? NULL : by->fact;
	}
	else if (meaning == ADAPTER_REFUSED && outcome->size > 1)
		meaning = ADAPTER_APART;
	by->maybe_sent &= !request->repeatable || exchange->looking;
	apply(hearing, place, action, row, meaning, heard, by);
	by->attempts_before = exchange->attempts_before;
}

bool
campaign_adapter_hear_poll(AdapterHearing *hearing, const OpenAction *action,
						   const DeliveryOutcome *outcome, Heard *heard)
{
	int place = place_of(hearing, action);
	Exchange *exchange = &hearing->exchanges[place];
	AdapterHeard *by = heard_by_adapter(exchange);
	const AdapterRequest *request =
		campaign_adapters_request(&hearing->adapters, place, ADAPTER_POLL, exchange->position);
	const AdapterAnswer *row;

	heard->adapter = by;
	if (request == NULL)
		return false;
	row = row_of(hearing, place, request, outcome, heard, by);
	if (row == NULL || (row->meaning != ADAPTER_ACCEPTED && row->meaning != ADAPTER_REFUSED &&
						row->meaning != ADAPTER_HELD && row->meaning != ADAPTER_RETRY))
		return false;
	note_row(row, by);
	by->by_key = request->by_key;
	by->maybe_sent = false;
	apply(hearing, place, action, row, row->meaning, heard, by);
	/* what came to nothing is sent anew */
	if (row->meaning == ADAPTER_RETRY)
		exchange->request = NULL;
	by->attempts_before = exchange->attempts_before;
	return true;
}

void
campaign_adapter_hearing_close(const AdapterHearing *hearing)
{
	int64 workspace = hearing->round->workspace;

	if (hearing->n == 0)
		return;
	campaign_exchanges_write(workspace, hearing->exchanges, hearing->n);
	campaign_exchanges_keep(workspace, hearing->kept, hearing->n_kept);
	campaign_learned_write(workspace, hearing->learned, hearing->n);
	campaign_relation_polls_want(workspace, hearing->accepted, hearing->n_accepted,
								 hearing->round->now);
	CAMPAIGN_FAULT("adapter.heard");
}
