/*
 * conn.c
 *		A connection of the sink.
 */
#define _GNU_SOURCE
#include "conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "answer.h"
#include "parse.h"
#include "smtp.h"

#define IN_MAX (64 * 1024 * 1024)

static void
watch(Sink *sink, Conn *conn, int op, uint32_t events)
{
	struct epoll_event event;

	event.events = events;
	event.data.ptr = conn;
	(void) epoll_ctl(sink->epoll_fd, op, conn->fd, &event);
}

void
sink_conn_accept(Sink *sink)
{
	int one = 1;
	int fd;

	while ((fd = accept4(sink->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
	{
		Conn *conn = calloc(1, sizeof(Conn));

		if (conn == NULL)
		{
			close(fd);
			continue;
		}
		(void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		conn->fd = fd;
		conn->id = ++sink->last_conn;
		watch(sink, conn, EPOLL_CTL_ADD, EPOLLIN);
		if (sink->smtp)
			sink_smtp_greet(sink, conn);
	}
}

static void
leave_due(Sink *sink, Conn *conn)
{
	if (conn->late == NULL)
		return;
	if (conn->prev_due != NULL)
		conn->prev_due->next_due = conn->next_due;
	else
		sink->first_due = conn->next_due;
	if (conn->next_due != NULL)
		conn->next_due->prev_due = conn->prev_due;
	else
		sink->last_due = conn->prev_due;
	conn->prev_due = conn->next_due = NULL;
	free(conn->late);
	conn->late = NULL;
}

void
sink_conn_close(Sink *sink, Conn *conn)
{
	if (conn->dead)
		return;
	leave_due(sink, conn);
	close(conn->fd);
	conn->dead = true;
	conn->next_dead = sink->dead;
	sink->dead = conn;
}

void
sink_conn_bury(Sink *sink)
{
	while (sink->dead != NULL)
	{
		Conn *conn = sink->dead;

		sink->dead = conn->next_dead;
		free(conn->in);
		free(conn->out);
		free(conn);
	}
}

void
sink_conn_flush(Sink *sink, Conn *conn)
{
	while (conn->out_at < conn->out_len)
	{
		ssize_t n =
			send(conn->fd, conn->out + conn->out_at, conn->out_len - conn->out_at, MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0)
		{
			sink_conn_close(sink, conn);
			return;
		}
		conn->out_at += (size_t) n;
	}
	free(conn->out);
	conn->out = NULL;
	conn->out_at = conn->out_len = 0;
	if (conn->closing)
	{
		sink_conn_close(sink, conn);
		return;
	}
	watch(sink, conn, EPOLL_CTL_MOD, EPOLLIN);
	sink_conn_read(sink, conn);
}

void
sink_conn_send(Sink *sink, Conn *conn, const char *bytes, size_t len, bool close)
{
	ssize_t n = 0;

	conn->closing = close;
	if (conn->out == NULL)
	{
		n = send(conn->fd, bytes, len, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
		{
			sink_conn_close(sink, conn);
			return;
		}
		n = n < 0 ? 0 : n;
	}
	if ((size_t) n < len)
	{
		size_t left = len - (size_t) n;
		char *out = realloc(conn->out, conn->out_len + left);

		if (out == NULL)
		{
			sink_conn_close(sink, conn);
			return;
		}
		memcpy(out + conn->out_len, bytes + n, left);
		conn->out = out;
		conn->out_len += left;
		watch(sink, conn, EPOLL_CTL_MOD, EPOLLOUT);
	}
	else if (close)
		sink_conn_close(sink, conn);
}

void
sink_conn_send_late(Sink *sink, Conn *conn, const char *bytes, size_t len, int64_t delay_us)
{
	Conn *before;

	conn->late = malloc(len + 1);
	if (conn->late == NULL)
	{
		sink_conn_close(sink, conn);
		return;
	}
	memcpy(conn->late, bytes, len);
	conn->late_len = len;
	conn->waits = true;
	conn->due = sink_clock() + delay_us;
	/* the delays of a test are mostly equal: the place is near the end */
	for (before = sink->last_due; before != NULL && before->due > conn->due;
		 before = before->prev_due)
		;
	conn->prev_due = before;
	conn->next_due = before != NULL ? before->next_due : sink->first_due;
	if (conn->next_due != NULL)
		conn->next_due->prev_due = conn;
	else
		sink->last_due = conn;
	if (before != NULL)
		before->next_due = conn;
	else
		sink->first_due = conn;
}

int
sink_conn_send_due(Sink *sink)
{
	int64_t now = sink_clock();
	Conn *conn;

	while ((conn = sink->first_due) != NULL && conn->due <= now)
	{
		char *late = conn->late;

		conn->late = NULL;
		sink->first_due = conn->next_due;
		if (sink->first_due != NULL)
			sink->first_due->prev_due = NULL;
		else
			sink->last_due = NULL;
		conn->next_due = conn->prev_due = NULL;
		conn->waits = false;
		sink_conn_send(sink, conn, late, conn->late_len, conn->closing);
		free(late);
		if (!conn->dead && conn->in_len > 0)
			sink_conn_read(sink, conn);
	}
	return conn == NULL ? -1 : (int) ((conn->due - now + 999) / 1000);
}

/* Answers the complete requests at hand; false if the connection is closed or not HTTP. */
static bool
serve(Sink *sink, Conn *conn)
{
	size_t at = 0;

	while (!conn->dead && !conn->waits && !conn->closing && conn->out == NULL)
	{
		Request request;
		long used = sink->smtp ? sink_smtp_serve(sink, conn, conn->in + at, conn->in_len - at)
							   : sink_parse(conn->in + at, conn->in_len - at, &request);

		if (used < 0)
			return false;
		if (used == 0)
			break;
		if (!sink->smtp)
			sink_answer(sink, conn, &request);
		at += (size_t) used;
	}
	if (at > 0)
	{
		memmove(conn->in, conn->in + at, conn->in_len - at);
		conn->in_len -= at;
	}
	return true;
}

void
sink_conn_read(Sink *sink, Conn *conn)
{
	bool more = true;

	while (more && !conn->dead)
	{
		ssize_t n;

		if (conn->in_size - conn->in_len < 4096)
		{
			size_t size = conn->in_size ? conn->in_size * 2 : 8192;
			char *in = size > IN_MAX ? NULL : realloc(conn->in, size);

			if (in == NULL)
			{
				sink_conn_close(sink, conn);
				return;
			}
			conn->in = in;
			conn->in_size = size;
		}
		n = recv(conn->fd, conn->in + conn->in_len, conn->in_size - conn->in_len, 0);
		if (n == 0 || (n < 0 && errno != EAGAIN))
		{
			sink_conn_close(sink, conn);
			return;
		}
		if (n > 0)
			conn->in_len += (size_t) n;
		/* a short read has emptied the socket */
		more = n > 0 && conn->in_len == conn->in_size;
		if (!serve(sink, conn))
			sink_conn_close(sink, conn);
	}
}
