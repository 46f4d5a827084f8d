/*
 * imap_session.c
 *		One reading of a mailbox.
 */
#include "net/imap_session.h"

#include "net/imap_fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Searches of one reading: a reading ends, however few messages there are. */
#define WINDOWS_MAX 200
/* A folder's name between its quotes: together with as many UIDs as are moved, it fits into a command. */
#define FOLDER_MAX 512

/* ---- saying ------------------------------------------------------------------------------------ */

static void
next_tag(ImapSession *session)
{
	snprintf(session->tag, sizeof(session->tag), "C%d", ++session->commands);
}

static void
copy_printable(char *to, size_t size, const char *said)
{
	size_t n = 0;

	for (; *said != '\0' && n + 1 < size; said++)
		to[n++] = *said >= 0x20 && *said < 0x7f ? *said : '?';
	to[n] = '\0';
}

void
campaign_net_imap_break(ImapSession *session, ImapFault fault, const char *said)
{
	session->fault = fault;
	session->step = IMAP_ENDED;
	session->command[0] = '\0';
	copy_printable(session->detail, sizeof(session->detail), said);
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
	campaign_net_imap_break(session, IMAP_FINE, "");
}

/* The next range of UIDs; a reading that has come to the end is finished. */
static void
search(ImapSession *session)
{
	uint32_t from = session->upto + 1;
	bool again = session->anew && session->wish.uid_validity != 0;
	const char *since = again ? session->wish.since_anew : session->wish.since;
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

static void
move(ImapSession *session)
{
	char folder[FOLDER_MAX];

	/* begin() has seen that it can be written */
	(void) campaign_net_imap_quote(session->wish.move_to, folder, sizeof(folder));
	next_tag(session);
	session->step = IMAP_MOVING;
	snprintf(session->command, sizeof(session->command), "%s UID MOVE %s %s\r\n", session->tag,
			 session->wish.moves, folder);
}

bool
campaign_net_imap_begin(ImapSession *session, const ImapWish *wish)
{
	char folder[FOLDER_MAX];

	memset(session, 0, sizeof(*session));
	session->wish = *wish;
	if (wish->moves != NULL && !campaign_net_imap_quote(wish->move_to, folder, sizeof(folder)))
		return false;
	if (!campaign_net_imap_quote(wish->folder, folder, sizeof(folder)))
		return false;
	next_tag(session);
	session->step = IMAP_OPENING;
	snprintf(session->command, sizeof(session->command), "%s %s %s\r\n", session->tag,
			 wish->mark_to > 0 || wish->moves != NULL ? "SELECT" : "EXAMINE", folder);
	return true;
}

/* ---- what commands have brought ------------------------------------------------------------------ */

/* UIDs of another UIDVALIDITY are of other messages. */
static void
move_or_search(ImapSession *session)
{
	if (session->wish.moves != NULL && !session->anew)
		move(session);
	else
		search(session);
}

static void
opened(ImapSession *session)
{
	if (session->uid_validity == 0)
	{
		campaign_net_imap_break(session, IMAP_STRANGE, "no UIDVALIDITY");
		return;
	}
	session->anew = session->wish.uid_validity != session->uid_validity;
	session->upto = session->anew ? 0 : session->wish.after_uid;
	if (session->wish.mark_to > 0 && !session->anew)
		mark(session);
	else
		move_or_search(session);
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

/* A server that cannot move what was read, or does not know how, still gives what is new. */
static void
refused(ImapSession *session, ImapFault fault, const char *said)
{
	if (session->step == IMAP_MOVING)
	{
		copy_printable(session->not_moved, sizeof(session->not_moved), said);
		search(session);
	}
	else
		campaign_net_imap_break(session, fault, said);
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
			move_or_search(session);
			break;
		case IMAP_MOVING:
			session->moved = true;
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
			refused(session, session->step == IMAP_OPENING ? IMAP_NO_FOLDER : IMAP_DENIED,
					line + strlen(session->tag));
			return;
		case IMAP_BAD:
			refused(session, IMAP_STRANGE, line + strlen(session->tag));
			return;
		case IMAP_BYE:
			campaign_net_imap_break(session, IMAP_GONE, line);
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
	campaign_net_imap_fetch_piece(session, line);
}

void
campaign_net_imap_take_line(ImapSession *session, const char *line)
{
	if (session->step == IMAP_ENDED)
		return;
	if (session->in_fetch || session->in_other)
		campaign_net_imap_fetch_piece(session, line);
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
	campaign_net_imap_fetch_forget(session);
}
