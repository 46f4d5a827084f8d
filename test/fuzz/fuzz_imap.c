/*
 * fuzz_imap.c
 *		Any bytes as what an IMAP server says: nothing breaks, and what is kept was asked for.
 */
#include "fuzz.h"

#include "net/imap_session.h"

/* Gives the bytes as a line would: up to CR LF, or as many as are to come as they are. */
static size_t
feed(ImapSession *session, const char *bytes, size_t len)
{
	size_t n = session->literal < len ? session->literal : len;
	const char *end;
	char *line;

	if (session->literal > 0)
	{
		campaign_net_imap_take_bytes(session, bytes, n);
		return n;
	}
	end = memchr(bytes, '\n', len);
	n = end != NULL ? (size_t) (end - bytes) : len;
	if (n >= IMAP_LINE_MAX)
		return len;
	line = malloc(n + 1);
	hold(line != NULL);
	memcpy(line, bytes, n);
	line[n] = '\0';
	campaign_net_imap_take_line(session, line);
	free(line);
	return n + (end != NULL);
}

int
LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
	ImapWish wish = {.folder = "INBOX", .since = "22-Nov-2026", .message_max = 1000};
	ImapSession session;
	size_t at = 0;
	int i;

	if (len > 0 && (bytes[0] & 1))
	{
		wish.uid_validity = 7;
		wish.after_uid = 3;
	}
	if (len > 0 && (bytes[0] & 2))
	{
		wish.mark_from = 1;
		wish.mark_to = 3;
	}
	if (len > 0 && (bytes[0] & 4))
	{
		wish.moves = "2,3";
		wish.move_to = "Read";
	}
	hold(campaign_net_imap_begin(&session, &wish));
	for (at = 1; at < len && session.step != IMAP_ENDED;)
		at += feed(&session, (const char *) bytes + at, len - at);
	hold(session.n_messages >= 0 && session.n_messages <= IMAP_MESSAGES_MAX);
	hold(strlen(session.command) < sizeof(session.command));
	hold(session.command[0] == '\0' || strchr(session.command, '\r')[1] == '\n');
	for (i = 0; i < session.n_messages; i++)
	{
		hold(session.messages[i].len <= IMAP_LINE_MAX);
		hold(session.step != IMAP_ENDED || session.fault != IMAP_FINE || i == 0 ||
			 session.messages[i - 1].uid < session.messages[i].uid);
	}
	campaign_net_imap_end(&session);
	return 0;
}
