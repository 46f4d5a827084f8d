/*
 * imap_session.c
 *		One reading of a mailbox.
 */
#include "net/imap_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Searches of one reading: a reading ends, however few messages there are. */
#define WINDOWS_MAX 200
/* A literal that nobody asked for, as a folder's name in an unasked answer. */
#define STRAY_MAX ((size_t) 64 * 1024)

/* ---- saying ------------------------------------------------------------------------------------ */

static void
next_tag(ImapSession *session)
{
	snprintf(session->tag, sizeof(session->tag), "C%d", ++session->commands);
}

static void
end_with(ImapSession *session, ImapFault fault, const char *said)
{
	size_t n = 0;

	session->fault = fault;
	session->step = IMAP_ENDED;
	session->command[0] = '\0';
	for (; *said != '\0' && n + 1 < sizeof(session->detail); said++)
		session->detail[n++] = *said >= 0x20 && *said < 0x7f ? *said : '?';
	session->detail[n] = '\0';
}

static int
by_uid(const void *a, const void *b)
{
	uint32_t left = ((const ImapMessage *) a)->uid;
	uint32_t right = ((const ImapMessage *) b)->uid;

	return left < right ? -1 : left > right;
}

static void
finish(ImapSession *session)
{
	qsort(session->messages, (size_t) session->n_messages, sizeof(ImapMessage), by_uid);
	end_with(session, IMAP_FINE, "");
}

/* The next range of UIDs; a reading that has come to the end is finished. */
static void
search(ImapSession *session)
{
	uint32_t from = session->upto + 1;
	const char *since = session->wish.since;
	char to[16] = "*";

	session->n_found = 0;
	if (session->upto == UINT32_MAX || (session->uid_next > 0 && from >= session->uid_next))
	{
		finish(session);
		return;
	}
	if (session->windows++ == WINDOWS_MAX)
	{
		session->more = true;
		finish(session);
		return;
	}
	session->window_to = UINT32_MAX;
	if (session->uid_next > 0)
	{
		session->window_to = session->uid_next - 1;
		if (session->window_to - session->upto > IMAP_WINDOW)
			session->window_to = session->upto + IMAP_WINDOW;
		snprintf(to, sizeof(to), "%u", session->window_to);
	}
	next_tag(session);
	session->step = IMAP_SEARCHING;
	snprintf(session->command, sizeof(session->command), "%s UID SEARCH UID %u:%s%s%s\r\n",
			 session->tag, from, to, since != NULL ? " SINCE " : "", since != NULL ? since : "");
}

static void
fetch(ImapSession *session)
{
	size_t n;
	int i;

	next_tag(session);
	session->step = IMAP_FETCHING;
	n = (size_t) snprintf(session->command, sizeof(session->command), "%s UID FETCH ",
						  session->tag);
	for (i = 0; i < session->n_found; i++)
		n += (size_t) snprintf(session->command + n, sizeof(session->command) - n, "%s%u",
							   i > 0 ? "," : "", session->found[i]);
	snprintf(session->command + n, sizeof(session->command) - n,
			 " (UID RFC822.SIZE BODY.PEEK[]<0.%zu>)\r\n", session->wish.message_max);
}

static void
mark(ImapSession *session)
{
	next_tag(session);
	session->step = IMAP_MARKING;
	snprintf(session->command, sizeof(session->command),
			 "%s UID STORE %u:%u +FLAGS.SILENT (\\Seen)\r\n", session->tag, session->wish.mark_from,
			 session->wish.mark_to);
}

bool
campaign_net_imap_begin(ImapSession *session, const ImapWish *wish)
{
	char folder[512];

	memset(session, 0, sizeof(*session));
	session->wish = *wish;
	if (!campaign_net_imap_quote(wish->folder, folder, sizeof(folder)))
		return false;
	next_tag(session);
	session->step = IMAP_OPENING;
	snprintf(session->command, sizeof(session->command), "%s %s %s\r\n", session->tag,
			 wish->mark_to > 0 ? "SELECT" : "EXAMINE", folder);
	return true;
}

/* ---- what commands have brought ------------------------------------------------------------------ */

static void
opened(ImapSession *session)
{
	if (session->uid_validity == 0)
	{
		end_with(session, IMAP_STRANGE, "no UIDVALIDITY");
		return;
	}
	session->anew = session->wish.uid_validity != session->uid_validity;
	session->upto = session->anew ? 0 : session->wish.after_uid;
	if (session->wish.mark_to > 0 && !session->anew)
		mark(session);
	else
		search(session);
}

/* Keeps the lowest of what is found, in order. */
static void
found(ImapSession *session, uint32_t uid)
{
	int i = session->n_found;

	/* to the range n:* belongs the last message, also where it is before n */
	if (uid <= session->upto || uid > session->window_to)
		return;
	for (; i > 0 && session->found[i - 1] >= uid; i--)
		if (session->found[i - 1] == uid)
			return;
	if (i > IMAP_MESSAGES_MAX)
		return;
	if (session->n_found > IMAP_MESSAGES_MAX)
		session->n_found--;
	memmove(&session->found[i + 1], &session->found[i],
			(size_t) (session->n_found - i) * sizeof(uint32_t));
	session->found[i] = uid;
	session->n_found++;
}

static void
searched(ImapSession *session)
{
	if (session->n_found == 0)
	{
		/* of the range without an end nothing is known to be read */
		if (session->window_to == UINT32_MAX)
			finish(session);
		else
		{
			session->upto = session->window_to;
			search(session);
		}
		return;
	}
	if (session->n_found > IMAP_MESSAGES_MAX)
	{
		session->n_found = IMAP_MESSAGES_MAX;
		session->window_to = session->found[IMAP_MESSAGES_MAX - 1];
		session->more = true;
	}
	else if (session->window_to == UINT32_MAX)
		session->window_to = session->found[session->n_found - 1];
	else
		session->more = session->window_to + 1 < session->uid_next;
	fetch(session);
}

/* What is not there any more was taken out of the mailbox meanwhile. */
static void
fetched(ImapSession *session)
{
	session->upto = session->window_to;
	finish(session);
}

static void
done(ImapSession *session)
{
	switch (session->step)
	{
		case IMAP_OPENING:
			opened(session);
			break;
		case IMAP_MARKING:
			session->marked = true;
			search(session);
			break;
		case IMAP_SEARCHING:
			searched(session);
			break;
		case IMAP_FETCHING:
			fetched(session);
			break;
		case IMAP_ENDED:
			break;
	}
}

/* ---- answers ------------------------------------------------------------------------------------ */

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

static void
forget_body(ImapSession *session)
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

	forget_body(session);
	session->body = malloc(session->items.inner_len + 1);
	if (session->body == NULL)
	{
		end_with(session, IMAP_NO_MEMORY, "");
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
	forget_body(session);
	session->in_fetch = false;
}

static void
begin_literal(ImapSession *session, size_t n)
{
	session->keep = session->in_fetch && session->items.body && session->step == IMAP_FETCHING;
	/* some servers cut at the end of a line, none sends more than was asked for */
	if (n > (session->keep ? session->wish.message_max : STRAY_MAX))
	{
		end_with(session, IMAP_STRANGE, "more bytes than were asked for");
		return;
	}
	if (session->keep)
	{
		forget_body(session);
		session->body = malloc(n + 1);
		if (session->body == NULL)
		{
			end_with(session, IMAP_NO_MEMORY, "");
			return;
		}
	}
	session->literal = n;
}

/* A piece of an answer; where no literal follows, the answer is over. */
static void
take_piece(ImapSession *session, const char *piece)
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

static void
take_search(ImapSession *session, const char *list)
{
	uint32_t uid;

	while (session->step == IMAP_SEARCHING && (list = campaign_net_imap_number(list, &uid)) != NULL)
		found(session, uid);
}

static void
take_answer(ImapSession *session, const char *line)
{
	const char *rest = NULL;
	uint32_t number = 0;

	switch (campaign_net_imap_answer(line, session->tag, &number, &rest))
	{
		case IMAP_DONE:
			done(session);
			return;
		case IMAP_REFUSED:
			end_with(session, session->step == IMAP_OPENING ? IMAP_NO_FOLDER : IMAP_DENIED,
					 line + strlen(session->tag));
			return;
		case IMAP_BAD:
			end_with(session, IMAP_STRANGE, line);
			return;
		case IMAP_BYE:
			end_with(session, IMAP_GONE, line);
			return;
		case IMAP_UIDVALIDITY:
			if (session->step == IMAP_OPENING)
				session->uid_validity = number;
			break;
		case IMAP_UIDNEXT:
			if (session->step == IMAP_OPENING)
				session->uid_next = number;
			break;
		case IMAP_SEARCH:
			take_search(session, rest);
			break;
		case IMAP_FETCH:
			memset(&session->items, 0, sizeof(session->items));
			session->in_fetch = true;
			line = rest;
			break;
		case IMAP_OTHER:
			break;
	}
	take_piece(session, line);
}

void
campaign_net_imap_take_line(ImapSession *session, const char *line)
{
	if (session->step == IMAP_ENDED)
		return;
	if (session->in_fetch || session->in_other)
		take_piece(session, line);
	else
		take_answer(session, line);
}

void
campaign_net_imap_take_bytes(ImapSession *session, const char *bytes, size_t len)
{
	if (session->keep)
	{
		memcpy(session->body + session->body_len, bytes, len);
		session->body_len += len;
	}
	session->literal -= len;
}

void
campaign_net_imap_end(ImapSession *session)
{
	int i;

	for (i = 0; i < session->n_messages; i++)
		free(session->messages[i].bytes);
	session->n_messages = 0;
	forget_body(session);
}
