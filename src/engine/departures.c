/*
 * departures.c
 *		What a transaction of a dispatcher has started, in the form in which it leaves.
 */
#include "engine/departures.h"

#include "utils/builtins.h"

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

/* What is said, in the form that the channel takes it. */
static void
give_body(DeliveryStart *start, const ReadyLane *lane, const StartedAction *started)
{
	Jsonb *content = started->content;

	if (lane->mail)
		give_mail(start, lane, content);
	else if (started->request != NULL)
		campaign_adapter_departure_fill(start, started->request, lane->url, start->secret);
	else
	{
		start->content_type = "application/json";
		start->body = JsonbToCString(NULL, &content->root, VARSIZE(content));
	}
}

void
campaign_departures_of_actions(MemoryContext context, int64 workspace, const StartedAction *started,
							   int n, DeliveryStart *starts)
{
	MemoryContext before = MemoryContextSwitchTo(context);
	int i;

	for (i = 0; i < n; i++)
	{
		const ReadyLane *lane = started[i].lane;
		DeliveryStart *start = &starts[i];

		start->workspace = workspace;
		start->action = started[i].action;
		start->channel = lane->channel;
		start->attempt = started[i].attempt;
		start->person = pstrdup(started[i].person);
		start->url = pstrdup(lane->url);
		start->key = pstrdup(started[i].key);
		start->secret = lane->secret == NULL ? NULL : pstrdup(lane->secret);
		start->doubted = lane->doubted;
		give_body(start, lane, &started[i]);
		start->fresh_connection = !lane->idempotent;
		start->allow_http = lane->allow_http;
		start->allow_private = lane->allow_private;
		start->timeout_ms = lane->timeout_ms;
	}
	MemoryContextSwitchTo(before);
}

void
campaign_departures_of_polls(MemoryContext context, int64 workspace, const Poll *polls, int n,
							 DeliveryStart *starts)
{
	MemoryContext before = MemoryContextSwitchTo(context);
	int i;

	for (i = 0; i < n; i++)
	{
		starts[i].workspace = workspace;
		starts[i].action = polls[i].action;
		starts[i].channel = polls[i].channel;
		starts[i].attempt = polls[i].attempt;
		starts[i].form = DELIVERY_POLL;
		starts[i].secret = polls[i].secret == NULL ? NULL : pstrdup(polls[i].secret);
		if (polls[i].request != NULL)
			campaign_adapter_departure_fill(&starts[i], polls[i].request, polls[i].url,
											starts[i].secret);
		else
		{
			starts[i].method = "GET";
			starts[i].url = pstrdup(polls[i].url);
			starts[i].body = "";
		}
		starts[i].allow_http = polls[i].allow_http;
		starts[i].allow_private = polls[i].allow_private;
		starts[i].timeout_ms = polls[i].timeout_ms;
	}
	MemoryContextSwitchTo(before);
}

void
campaign_departures_beside(MemoryContext context, int64 workspace, const SideSend *sends, int n,
						   DeliveryStart *starts)
{
	MemoryContext before = MemoryContextSwitchTo(context);
	int i;

	for (i = 0; i < n; i++)
	{
		const ReadyLane *lane = sends[i].lane;
		Jsonb *content = sends[i].content;

		starts[i].form = sends[i].form;
		starts[i].workspace = workspace;
		starts[i].action = sends[i].id;
		starts[i].channel = lane->channel;
		starts[i].attempt = sends[i].attempt;
		starts[i].person = "";
		starts[i].url = pstrdup(lane->url);
		starts[i].key = pstrdup(sends[i].key);
		if (lane->mail)
			give_mail(&starts[i], lane, content);
		else
		{
			starts[i].content_type = "application/json";
			starts[i].body = JsonbToCString(NULL, &content->root, VARSIZE(content));
		}
		starts[i].secret = lane->secret == NULL ? NULL : pstrdup(lane->secret);
		starts[i].doubted = lane->doubted;
		starts[i].fresh_connection = true;
		starts[i].allow_http = lane->allow_http;
		starts[i].allow_private = lane->allow_private;
		starts[i].timeout_ms = lane->timeout_ms;
	}
	MemoryContextSwitchTo(before);
}
