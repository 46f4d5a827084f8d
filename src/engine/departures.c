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

		give_way(start, workspace, lane, started[i].key);
		start->action = started[i].action;
		start->attempt = started[i].attempt;
		start->person = pstrdup(started[i].person);
		start->fresh_connection = !lane->idempotent;
		if (!lane->mail && started[i].request != NULL)
			campaign_adapter_departure_fill(start, started[i].request, lane->url, start->secret);
		else
			give_content(start, lane, started[i].content);
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
