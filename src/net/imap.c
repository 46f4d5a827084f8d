/*
 * imap.c
 *		One reading of a mailbox over IMAP.
 */
#include "net/imap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of a message that are taken at a time. */
#define BITE 16384

struct NetImap
{
	NetLine *line;
	ImapSession session;
	long answer_timeout_ms;
	char *folder; /* the copies that the session's wish points to */
	char *since;
	char *since_anew;
	char *moves;
	char *move_to;
	bool done;
	const char *code;
	char detail[160];
};

static void
end(NetImap *imap, const char *code, const char *detail)
{
	imap->done = true;
	imap->code = code;
	snprintf(imap->detail, sizeof(imap->detail), "%s", detail);
}

/* What the user can do about it is what tells the codes apart. */
static const char *
code_of_line(NetLineFault fault)
{
	switch (fault)
	{
		case NET_LINE_NO_TLS:
		case NET_LINE_BAD_TLS:
			return "mailbox_certificate";
		case NET_LINE_NO_LOGIN:
		case NET_LINE_BAD_LOGIN:
			return "mailbox_login_refused";
		case NET_LINE_REFUSED:
			return "mailbox_refused";
		case NET_LINE_STRANGE:
		case NET_LINE_TOO_LONG:
		case NET_LINE_MALFORMED:
			return "mailbox_strange";
		default:
			return "mailbox_unreachable";
	}
}

static const char *
code_of_session(ImapFault fault)
{
	switch (fault)
	{
		case IMAP_FINE:
			return "";
		case IMAP_NO_FOLDER:
			return "mailbox_no_folder";
		case IMAP_DENIED:
			return "mailbox_refused";
		case IMAP_STRANGE:
			return "mailbox_strange";
		case IMAP_GONE:
		case IMAP_NO_MEMORY:
			break;
	}
	return "mailbox_unreachable";
}

/* Says what the session has to say; when it has ended, so does the line. */
static void
say(NetImap *imap)
{
	ImapSession *session = &imap->session;

	if (session->step == IMAP_ENDED)
	{
		end(imap, code_of_session(session->fault), session->detail);
		campaign_net_line_write(imap->line, "C0 LOGOUT\r\n", 11);
		return;
	}
	if (session->command[0] == '\0')
		return;
	if (!campaign_net_line_write(imap->line, session->command, strlen(session->command)))
		end(imap, "mailbox_unreachable", "out of memory");
	session->command[0] = '\0';
}

/* One piece of what has come; false if there is none. */
static bool
take(NetImap *imap)
{
	ImapSession *session = &imap->session;
	NetLineTaken taken;
	const char *line;
	size_t len;

	if (session->literal > 0)
	{
		char bytes[BITE];
		size_t most = session->literal < sizeof(bytes) ? session->literal : sizeof(bytes);

		taken = campaign_net_line_take_bytes(imap->line, bytes, most, &len);
		if (taken == NET_LINE_GOT)
			campaign_net_imap_take_bytes(session, bytes, len);
	}
	else
	{
		taken = campaign_net_line_take(imap->line, &line, &len);
		if (taken == NET_LINE_GOT)
			campaign_net_imap_take_line(session, line);
	}
	return taken == NET_LINE_GOT;
}

static void
woken(void *arg)
{
	NetImap *imap = arg;

	if (imap->done || campaign_net_line_state(imap->line) == NET_LINE_OPENING)
		return;
	if (campaign_net_line_state(imap->line) == NET_LINE_STANDS)
	{
		campaign_net_line_expect(imap->line, imap->answer_timeout_ms);
		say(imap);
		while (!imap->done && take(imap))
			say(imap);
	}
	if (!imap->done && campaign_net_line_state(imap->line) == NET_LINE_ENDED)
		end(imap, code_of_line(campaign_net_line_fault(imap->line)),
			campaign_net_line_detail(imap->line));
}

static char *
copy(const char *text, bool *ok)
{
	char *made = text != NULL ? strdup(text) : NULL;

	*ok &= text == NULL || made != NULL;
	return made;
}

static void
discard(NetImap *imap)
{
	campaign_net_imap_end(&imap->session);
	free(imap->folder);
	free(imap->since);
	free(imap->since_anew);
	free(imap->moves);
	free(imap->move_to);
	free(imap);
}

NetImap *
campaign_net_imap_open(NetLoop *loop, const NetImapRequest *request)
{
	NetImap *imap = calloc(1, sizeof(NetImap));
	ImapWish wish = request->wish;
	bool ok = imap != NULL;
	NetLineRequest line = {
		.url = request->url,
		.user = request->user,
		.password = request->password,
		.token = request->token,
		.allow_clear = request->allow_clear,
		.allow_private = request->allow_private,
		.open_timeout_ms = request->open_timeout_ms,
		.line_max = IMAP_LINE_MAX,
		.wake = woken,
		.arg = imap,
	};

	if (!ok)
		return NULL;
	imap->code = "";
	imap->answer_timeout_ms = request->answer_timeout_ms;
	wish.folder = imap->folder = copy(request->wish.folder, &ok);
	wish.since = imap->since = copy(request->wish.since, &ok);
	wish.since_anew = imap->since_anew = copy(request->wish.since_anew, &ok);
	wish.moves = imap->moves = copy(request->wish.moves, &ok);
	wish.move_to = imap->move_to = copy(request->wish.move_to, &ok);
	if (ok && !campaign_net_imap_begin(&imap->session, &wish))
	{
		end(imap, "mailbox_no_folder", "the name of the folder has bytes that cannot be sent");
		return imap;
	}
	imap->line = ok ? campaign_net_line_open(loop, &line) : NULL;
	if (imap->line != NULL)
		return imap;
	discard(imap);
	return NULL;
}

bool
campaign_net_imap_is_done(const NetImap *imap)
{
	return imap->done;
}

const ImapSession *
campaign_net_imap_session(const NetImap *imap)
{
	return &imap->session;
}

const char *
campaign_net_imap_code(const NetImap *imap)
{
	return imap->code;
}

const char *
campaign_net_imap_detail(const NetImap *imap)
{
	return imap->detail;
}

void
campaign_net_imap_close(NetImap *imap)
{
	if (imap->line != NULL)
		campaign_net_line_close(imap->line);
	discard(imap);
}
