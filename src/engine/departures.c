/*
 * departures.c
 *		What a transaction of a dispatcher has started, in the form in which it leaves.
 */
#include "engine/departures.h"

#include "utils/builtins.h"

#include "engine/adapter_batch.h"
#include "engine/adapter_departure.h"
#include "engine/letter_message.h"

/* What was frozen of a mail. */
static void
give_mail(DeliveryStart *start, const ReadyLane *lane, Jsonb *content)
{
	MailMessage *message = palloc(sizeof(MailMessage));

	start->by_mail = true;
	start->mail = campaign_letter_message(content, message) ? message : NULL;
	start->hello = lane->hello == NULL ? NULL : pstrdup(lane->hello);
	start->allow_clear = lane->allow_clear;
	start->dot_timeout_ms = lane->dot_timeout_ms;
	start->session_messages = lane->session_messages;
}

/* What is said, in the form that a channel without adapter takes it. */
static void
give_content(DeliveryStart *start, const ReadyLane *lane, Jsonb *content)
{
	if (lane->mail)
	{
		give_mail(start, lane, content);
		return;
	}
	start->content_type = "application/json";
	start->body = JsonbToCString(NULL, &content->root, VARSIZE(content));
}

/* Where it goes, and how. */
static void
give_way(DeliveryStart *start, int64 workspace, const ReadyLane *lane, const char *key)
{
	start->workspace = workspace;
	start->channel = lane->channel;
	start->url = pstrdup(lane->url);
	start->key = pstrdup(key);
	start->secret = lane->secret == NULL ? NULL : pstrdup(lane->secret);
	start->doubted = lane->doubted;
	start->allow_http = lane->allow_http;
	start->allow_private = lane->allow_private;
	start->timeout_ms = lane->timeout_ms;
}

/* Those that have left with the first of these, itself among them; and what they leave by. */
static Jsonb *
gather_batch(const StartedAction *started, int n, DeliveryStart *start)
{
	Jsonb **requests = palloc(n * sizeof(Jsonb *));
	int found = 0;
	int i;

	start->riders = palloc(n * sizeof(DeliveryRider));
	for (i = 0; i < n; i++)
	{
		if (started[i].batch != started->batch)
			continue;
		if (found > 0)
			start->riders[found - 1] =
				(DeliveryRider){started[i].action, started[i].attempt, pstrdup(started[i].person)};
		requests[found++] = started[i].request;
	}
	start->n_riders = found - 1;
	start->answer_items = found;
	return found == 1 ? started->request : campaign_adapter_batch_merge(requests, found);
}

/* started: and those after it. */
static void
give_action(DeliveryStart *start, int64 workspace, const StartedAction *started, int n)
{
	const ReadyLane *lane = started->lane;

	give_way(start, workspace, lane, started->key);
	start->action = started->action;
	start->attempt = started->attempt;
	start->person = pstrdup(started->person);
	start->fresh_connection = !lane->idempotent;
	if (lane->mail || started->request == NULL)
		give_content(start, lane, started->content);
	else
		campaign_adapter_departure_fill(
			start, started->batch == NULL ? started->request : gather_batch(started, n, start),
			lane->url, start->secret);
}

int
campaign_departures_of_actions(MemoryContext context, int64 workspace, const StartedAction *started,
							   int n, DeliveryStart *starts)
{
	MemoryContext before = MemoryContextSwitchTo(context);
	int requests = 0;
	int i;

	for (i = 0; i < n; i++)
		if (!started[i].rides)
			give_action(&starts[requests++], workspace, &started[i], n - i);
	MemoryContextSwitchTo(before);
	return requests;
}

static void
give_poll(DeliveryStart *start, int64 workspace, const Poll *poll)
{
	start->workspace = workspace;
	start->action = poll->action;
	start->channel = poll->channel;
	start->attempt = poll->attempt;
	start->form = DELIVERY_POLL;
	start->secret = poll->secret == NULL ? NULL : pstrdup(poll->secret);
	start->answer_items = poll->answer_items;
	if (poll->request != NULL)
		campaign_adapter_departure_fill(start, poll->request, poll->url, start->secret);
	else
	{
		start->method = "GET";
		start->url = pstrdup(poll->url);
		start->body = "";
	}
	start->allow_http = poll->allow_http;
	start->allow_private = poll->allow_private;
	start->timeout_ms = poll->timeout_ms;
}

static bool
is_same_question(const Poll *one, const Poll *other)
{
	return one->request != NULL && other->request != NULL && one->account == other->account &&
		   compareJsonbContainers(&one->request->root, &other->request->root) == 0;
}

/* Which of the questions before it is the same; itself if none is. */
static int
first_alike(const Poll *polls, int i)
{
	int k;

	for (k = 0; k < i; k++)
		if (is_same_question(&polls[k], &polls[i]))
			break;
	return k;
}

int
campaign_departures_of_polls(MemoryContext context, int64 workspace, const Poll *polls, int n,
							 DeliveryStart *starts)
{
	MemoryContext before = MemoryContextSwitchTo(context);
	int *asked = palloc(Max(n, 1) * sizeof(int));
	int questions = 0;
	int i;

	for (i = 0; i < n; i++)
	{
		int first = first_alike(polls, i);
		DeliveryStart *start;

		asked[i] = first == i ? questions++ : asked[first];
		start = &starts[asked[i]];
		if (first == i)
		{
			give_poll(start, workspace, &polls[i]);
			start->riders = palloc((n - i) * sizeof(DeliveryRider));
		}
		else
			start->riders[start->n_riders++] =
				(DeliveryRider){polls[i].action, polls[i].attempt, NULL};
	}
	MemoryContextSwitchTo(before);
	return questions;
}

void
campaign_departures_beside(MemoryContext context, int64 workspace, const SideSend *sends, int n,
						   DeliveryStart *starts)
{
	MemoryContext before = MemoryContextSwitchTo(context);
	int i;

	for (i = 0; i < n; i++)
	{
		give_way(&starts[i], workspace, sends[i].lane, sends[i].key);
		starts[i].form = sends[i].form;
		starts[i].action = sends[i].id;
		starts[i].attempt = sends[i].attempt;
		starts[i].person = "";
		starts[i].fresh_connection = true;
		give_content(&starts[i], sends[i].lane, sends[i].content);
	}
	MemoryContextSwitchTo(before);
}
