/*
 * smtp.c
 *		The sink as a mail server.
 */
#define _GNU_SOURCE
#include "smtp.h"

#include <string.h>
#include <strings.h>

#include "conn.h"
#include "journal.h"

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

/* Logged as a request whose key is the Message-ID, before anything is said of it. */
static void
journal_mail(Sink *sink, const Conn *conn, const char *bytes, size_t len)
{
	static const char name[] = "\r\nMessage-ID: <";
	Request mail = {.method = "MAIL", .path = "/mail", .body = bytes, .body_len = len};
	const char *id = memmem(bytes, len, name, sizeof(name) - 1);
	const char *end;

	if (id != NULL)
	{
		id += sizeof(name) - 1;
		end = memchr(id, '>', (size_t) (bytes + len - id));
		if (end != NULL && (size_t) (end - id) < sizeof(mail.key))
			memcpy(mail.key, id, (size_t) (end - id));
	}
	sink_journal(sink, conn, &mail, 250, NULL);
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
	journal_mail(sink, conn, bytes, (size_t) (end - bytes));
	if (sink->dot_us < 0)
		return end + 5 - bytes;
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
