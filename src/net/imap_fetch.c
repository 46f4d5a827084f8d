/*
 * imap_fetch.c
 *		The messages in what an IMAP server answers.
 */
#include "net/imap_fetch.h"

#include <stdlib.h>

/* A literal that nobody asked for, as a folder's name in an unasked answer. */
#define STRAY_MAX ((size_t) 64 * 1024)

static bool
is_wanted(const ImapSession *session, uint32_t uid)
{
	int i;

	for (i = 0; i < session->n_messages; i++)
		if (session->messages[i].uid == uid)
			return false;
	for (i = 0; i < session->n_found; i++)
		if (session->found[i] == uid)
			return session->n_messages < IMAP_MESSAGES_MAX;
	return false;
}

void
campaign_net_imap_fetch_forget(ImapSession *session)
{
	free(session->body);
	session->body = NULL;
	session->body_len = 0;
}

/* The bytes between quotes, without the backslashes that stand before quotes and backslashes. */
static void
take_inner(ImapSession *session)
{
	const char *inner = session->items.inner;
	size_t i;

	campaign_net_imap_fetch_forget(session);
	session->body = malloc(session->items.inner_len + 1);
	if (session->body == NULL)
	{
		campaign_net_imap_break(session, IMAP_NO_MEMORY, "");
		return;
	}
	for (i = 0; i < session->items.inner_len; i++)
	{
		if (inner[i] == '\\' && i + 1 < session->items.inner_len)
			i++;
		session->body[session->body_len++] = inner[i];
	}
}

static void
end_fetch(ImapSession *session)
{
	ImapMessage *message;

	if (session->body != NULL && session->step == IMAP_FETCHING &&
		is_wanted(session, session->items.uid))
	{
		message = &session->messages[session->n_messages++];
		message->uid = session->items.uid;
		message->size = session->items.size;
		message->bytes = session->body;
		message->len = session->body_len;
		session->body = NULL;
	}
	campaign_net_imap_fetch_forget(session);
	session->in_fetch = false;
}

static void
begin_literal(ImapSession *session, size_t n)
{
	session->keep = session->in_fetch && session->items.body && session->step == IMAP_FETCHING;
	/* some servers cut at the end of a line, none sends more than was asked for */
	if (n > (session->keep ? session->wish.message_max : STRAY_MAX))
	{
		campaign_net_imap_break(session, IMAP_STRANGE, "more bytes than were asked for");
		return;
	}
	if (session->keep)
	{
		campaign_net_imap_fetch_forget(session);
		session->body = malloc(n + 1);
		if (session->body == NULL)
		{
			campaign_net_imap_break(session, IMAP_NO_MEMORY, "");
			return;
		}
	}
	session->literal = n;
}

void
campaign_net_imap_fetch_piece(ImapSession *session, const char *piece)
{
	size_t n;

	if (session->in_fetch)
	{
		campaign_net_imap_items(piece, &session->items);
		if (session->items.inner != NULL)
			take_inner(session);
	}
	if (session->step == IMAP_ENDED)
		return;
	if (campaign_net_imap_literal(piece, &n))
	{
		session->in_other = !session->in_fetch;
		begin_literal(session, n);
		return;
	}
	session->in_other = false;
	if (session->in_fetch)
		end_fetch(session);
}
