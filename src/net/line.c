/*
 * line.c
 *		A connection to a mail server that is read by lines.
 */
#include "net/line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/line_bytes.h"

static const char *const codes[] = {
	[NET_LINE_FINE] = "",
	[NET_LINE_REFUSED] = "refused",
	[NET_LINE_NOT_REACHED] = "not_reached",
	[NET_LINE_NO_TLS] = "tls_not_offered",
	[NET_LINE_BAD_TLS] = "tls_failed",
	[NET_LINE_STRANGE] = "greeting_malformed",
	[NET_LINE_UNWELCOME] = "greeting_refused",
	[NET_LINE_NO_LOGIN] = "login_not_offered",
	[NET_LINE_BAD_LOGIN] = "login_refused",
	[NET_LINE_LOGIN_LATER] = "login_later",
	[NET_LINE_CLOSED] = "closed",
	[NET_LINE_BROKEN] = "broken",
	[NET_LINE_TIMED_OUT] = "timed_out",
	[NET_LINE_TOO_LONG] = "line_too_long",
	[NET_LINE_MALFORMED] = "line_malformed",
	[NET_LINE_NO_MEMORY] = "out_of_memory",
};

const char *
campaign_net_line_code(NetLineFault fault)
{
	return codes[fault];
}

void
campaign_net_line_watch(NetLine *line, int what)
{
	campaign_net_sockets_want(NULL, line->fd, what, line->opening.sockets, NULL);
	campaign_net_sockets_own(line->opening.sockets, line->fd, line);
}

void
campaign_net_line_end(NetLine *line, NetLineFault fault)
{
	if (line->state == NET_LINE_ENDED)
		return;
	if (line->state == NET_LINE_OPENING)
		campaign_net_line_opening_describe(&line->opening, fault, line->detail,
										   sizeof(line->detail));
	line->state = NET_LINE_ENDED;
	line->fault = fault;
	line->due = INT64_MAX;
	line->stirred = true;
	if (line->detail[0] == '\0')
		snprintf(line->detail, sizeof(line->detail), "%s", campaign_net_line_code(fault));
	line->fd = -1;
	campaign_net_line_opening_shut(&line->opening);
}

/* ---- opening and closing --------------------------------------------------------- */

NetLine *
campaign_net_line_open(NetLoop *loop, const NetLineRequest *request)
{
	NetLines *lines = campaign_net_lines(loop);
	const char *reason = campaign_net_line_opening_vet(request);
	NetLine *line;

	if (lines->n >= NET_LINES_MAX)
		return NULL;
	line = calloc(1, sizeof(NetLine));
	if (line == NULL)
		return NULL;
	line->lines = lines;
	line->fd = -1;
	line->in.line_max = request->line_max;
	line->wake = request->wake;
	line->arg = request->arg;
	line->opening.owner = line;
	line->due = campaign_net_clock() + (int64_t) request->open_timeout_ms * 1000;
	if (reason != NULL)
	{
		snprintf(line->detail, sizeof(line->detail), "%s", reason);
		line->state = NET_LINE_ENDED;
		line->fault = NET_LINE_REFUSED;
		line->due = INT64_MAX;
		line->stirred = true;
	}
	else if (!campaign_net_line_opening_begin(&line->opening, loop, request))
	{
		campaign_net_line_opening_shut(&line->opening);
		free(line);
		return NULL;
	}
	line->next = lines->first;
	lines->first = line;
	lines->n++;
	return line;
}

static void
discard(NetLine *line)
{
	NetLine **place = &line->lines->first;

	while (*place != line)
		place = &(*place)->next;
	*place = line->next;
	line->lines->n--;
	campaign_net_outgoing_clear(&line->out);
	campaign_net_incoming_clear(&line->in);
	free(line);
}

void
campaign_net_line_close(NetLine *line)
{
	campaign_net_line_opening_shut(&line->opening);
	line->state = NET_LINE_ENDED;
	line->due = INT64_MAX;
	line->closed = true;
	if (!line->lines->turning)
		discard(line);
}

NetLineState
campaign_net_line_state(const NetLine *line)
{
	return line->state;
}

NetLineFault
campaign_net_line_fault(const NetLine *line)
{
	return line->fault;
}

const char *
campaign_net_line_detail(const NetLine *line)
{
	return line->detail;
}

const NetGreeting *
campaign_net_line_greeting(const NetLine *line)
{
	return &line->opening.greeting;
}

void
campaign_net_line_expect(NetLine *line, long timeout_ms)
{
	if (line->state != NET_LINE_ENDED)
		line->due =
			timeout_ms == 0 ? INT64_MAX : campaign_net_clock() + (int64_t) timeout_ms * 1000;
}

/* ---- turns ------------------------------------------------------------------------------ */

/* Has libcurl brought it about, or given up? */
static void
look_at_opening(NetLine *line)
{
	NetLineFault fault;

	if (!campaign_net_line_opening_is_done(&line->opening, &fault))
		return;
	line->fd = fault == NET_LINE_FINE ? campaign_net_line_opening_socket(&line->opening) : -1;
	if (line->fd < 0)
	{
		campaign_net_line_end(line, fault == NET_LINE_FINE ? NET_LINE_BROKEN : fault);
		return;
	}
	line->state = NET_LINE_STANDS;
	line->due = INT64_MAX;
	line->stirred = true;
	campaign_net_line_watch(line, CURL_POLL_IN);
}

void
campaign_net_line_event(NetLine *line, int fd, int mask)
{
	switch (line->state)
	{
		case NET_LINE_OPENING:
			campaign_net_line_opening_go_on(&line->opening, fd, mask);
			look_at_opening(line);
			break;
		case NET_LINE_STANDS:
			if (mask & CURL_CSELECT_OUT)
			{
				campaign_net_line_bytes_flush(line);
				line->stirred |= line->out.bytes == 0;
			}
			line->stirred |= (mask & CURL_CSELECT_IN) != 0 || line->unheard;
			break;
		case NET_LINE_ENDED:
			break;
	}
}

static void
wake_stirred(NetLines *lines)
{
	NetLine *line;

	for (line = lines->first; line != NULL; line = line->next)
		while (line->stirred && !line->closed)
		{
			line->stirred = false;
			line->wake(line->arg);
		}
}

/* Who is late is judged after what has come was heard. */
void
campaign_net_lines_turn(NetLines *lines)
{
	int64_t now = campaign_net_clock();
	NetLine *line;
	NetLine *next;

	if (lines->first == NULL)
		return;
	lines->turning = true;
	for (line = lines->first; line != NULL; line = line->next)
		if (line->state == NET_LINE_OPENING && line->opening.due <= now)
		{
			campaign_net_line_opening_go_on(&line->opening, CURL_SOCKET_TIMEOUT, 0);
			look_at_opening(line);
		}
	wake_stirred(lines);
	for (line = lines->first; line != NULL; line = line->next)
		if (line->due <= now)
			campaign_net_line_end(line, line->state == NET_LINE_OPENING ? NET_LINE_NOT_REACHED
																		: NET_LINE_TIMED_OUT);
	wake_stirred(lines);
	lines->turning = false;
	for (line = lines->first; line != NULL; line = next)
	{
		next = line->next;
		if (line->closed)
			discard(line);
	}
}

int64_t
campaign_net_lines_due(const NetLines *lines)
{
	int64_t due = INT64_MAX;
	const NetLine *line;

	for (line = lines->first; line != NULL; line = line->next)
	{
		if (line->stirred)
			return 0;
		if (line->due < due)
			due = line->due;
		if (line->state == NET_LINE_OPENING && line->opening.due < due)
			due = line->opening.due;
	}
	return due;
}

void
campaign_net_lines_close(NetLines *lines)
{
	while (lines->first != NULL)
		campaign_net_line_close(lines->first);
}
