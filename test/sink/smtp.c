/*
 * smtp.c
 *		The sink as a mail server.
 */
#define _GNU_SOURCE
#include "smtp.h"

#include <string.h>
#include <strings.h>

#include "conn.h"

static void
say(Sink *sink, Conn *conn, const char *text, bool close)
{
	sink_conn_send(sink, conn, text, strlen(text), close);
}

void
sink_smtp_greet(Sink *sink, Conn *conn)
{
	say(sink, conn, "220 sink\r\n", false);
}

static long
serve_content(Sink *sink, Conn *conn, const char *bytes, size_t len)
{
	static const char accepted[] = "250 2.0.0 accepted\r\n";
	const char *end;

	/* a content is never empty here */
	end = memmem(bytes, len, "\r\n.\r\n", 5);
	if (end == NULL)
		return 0;
	conn->in_content = false;
	sink->requests++;
	if (sink->dot_us > 0)
		sink_conn_send_late(sink, conn, accepted, sizeof(accepted) - 1, sink->dot_us);
	else
		say(sink, conn, accepted, false);
	return end + 5 - bytes;
}

long
sink_smtp_serve(Sink *sink, Conn *conn, const char *bytes, size_t len)
{
	const char *feed;

	if (conn->in_content)
		return serve_content(sink, conn, bytes, len);
	feed = memchr(bytes, '\n', len);
	if (feed == NULL)
		return 0;
	if (strncasecmp(bytes, "EHLO", 4) == 0)
		say(sink, conn, "250-sink\r\n250-8BITMIME\r\n250-PIPELINING\r\n250 SIZE 10000000\r\n",
			false);
	else if (strncasecmp(bytes, "DATA", 4) == 0)
	{
		conn->in_content = true;
		say(sink, conn, "354 go\r\n", false);
	}
	else if (strncasecmp(bytes, "QUIT", 4) == 0)
		say(sink, conn, "221 bye\r\n", true);
	else
		say(sink, conn, "250 ok\r\n", false);
	return feed + 1 - bytes;
}
