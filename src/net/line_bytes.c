/*
 * line_bytes.c
 *		What leaves on a line that stands, and what comes.
 */
#include "net/line_bytes.h"

/* ---- writing ------------------------------------------------------------------------ */

/*
 * A write that fails does not end the line: the server may have said why before it hung up, and that is
 * still to be read.
 */
void
campaign_net_line_bytes_flush(NetLine *line)
{
	const char *bytes;
	size_t len;

	while (!line->unheard && (len = campaign_net_outgoing_next(&line->out, &bytes)) > 0)
	{
		size_t written = 0;
		CURLcode code = curl_easy_send(line->opening.easy, bytes, len, &written);

		if (code == CURLE_OK && written > 0)
			campaign_net_outgoing_done(&line->out, written);
		else if (code == CURLE_OK || code == CURLE_AGAIN)
			break;
		else
			line->unheard = true;
	}
	if (line->watching != (line->out.bytes > 0 && !line->unheard))
	{
		line->watching = !line->watching;
		campaign_net_line_watch(line, line->watching ? CURL_POLL_INOUT : CURL_POLL_IN);
	}
}

bool
campaign_net_line_write(NetLine *line, const char *bytes, size_t len)
{
	if (line->state != NET_LINE_STANDS)
		return false;
	/* what was not said would be waited for until its time is up */
	if (!campaign_net_outgoing_add(&line->out, bytes, len))
	{
		campaign_net_line_end(line, NET_LINE_NO_MEMORY);
		return false;
	}
	if (!line->watching)
		campaign_net_line_bytes_flush(line);
	return true;
}

size_t
campaign_net_line_unsent(const NetLine *line)
{
	return line->out.bytes;
}

/* ---- reading -------------------------------------------------------------------------- */

/* Reads once. */
static NetLineTaken
read_some(NetLine *line, char *to, size_t max, size_t *len)
{
	CURLcode code;

	*len = 0;
	if (line->state != NET_LINE_STANDS)
		return line->state == NET_LINE_OPENING ? NET_LINE_WAIT : NET_LINE_OVER;
	code = curl_easy_recv(line->opening.easy, to, max, len);
	if (code == CURLE_AGAIN)
		return NET_LINE_WAIT;
	if (code == CURLE_OK && *len > 0)
		return NET_LINE_GOT;
	campaign_net_line_end(line, code == CURLE_OK ? NET_LINE_CLOSED : NET_LINE_BROKEN);
	return NET_LINE_OVER;
}

/* Reads once, into what is kept. */
static NetLineTaken
read_more(NetLine *line)
{
	NetLineTaken taken;
	size_t room;
	size_t got;
	char *to = campaign_net_incoming_room(&line->in, &room);

	if (to == NULL)
	{
		campaign_net_line_end(line, NET_LINE_NO_MEMORY);
		return NET_LINE_OVER;
	}
	taken = read_some(line, to, room, &got);
	campaign_net_incoming_came(&line->in, got);
	return taken;
}

NetLineTaken
campaign_net_line_take(NetLine *line, const char **text, size_t *len)
{
	NetLineTaken taken = NET_LINE_GOT;

	if (line->state != NET_LINE_STANDS)
		return line->state == NET_LINE_OPENING ? NET_LINE_WAIT : NET_LINE_OVER;
	while (taken == NET_LINE_GOT)
	{
		switch (campaign_net_incoming_line(&line->in, text, len))
		{
			case NET_INCOMING_LINE:
				return NET_LINE_GOT;
			case NET_INCOMING_NONE:
				taken = read_more(line);
				break;
			case NET_INCOMING_TOO_LONG:
				campaign_net_line_end(line, NET_LINE_TOO_LONG);
				return NET_LINE_OVER;
			case NET_INCOMING_MALFORMED:
				campaign_net_line_end(line, NET_LINE_MALFORMED);
				return NET_LINE_OVER;
		}
	}
	return taken;
}

NetLineTaken
campaign_net_line_take_bytes(NetLine *line, char *bytes, size_t max, size_t *len)
{
	*len = 0;
	if (line->state == NET_LINE_STANDS)
		*len = campaign_net_incoming_bytes(&line->in, bytes, max);
	return *len > 0 ? NET_LINE_GOT : read_some(line, bytes, max, len);
}

bool
campaign_net_line_has_more(const NetLine *line)
{
	return line->in.end > line->in.start;
}
