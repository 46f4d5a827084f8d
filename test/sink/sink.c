/*
 * sink.c
 *		The sink's options and its loop. See answer.h for what it does, journal.h for its log.
 */
#define _GNU_SOURCE
#include "sink.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "conn.h"

#define EVENTS 256

int64_t
sink_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

static void
usage(void)
{
	fprintf(stderr, "usage: sink [--port N] [--log FILE] [--quiet-log] [--idempotent]"
					" [--smtp DOT_MS]\n");
	exit(2);
}

static int
listen_on(int port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_in address;
	socklen_t len = sizeof(address);
	int one = 1;

	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_port = htons((uint16_t) port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
		bind(fd, (struct sockaddr *) &address, len) != 0 || listen(fd, 4096) != 0 ||
		getsockname(fd, (struct sockaddr *) &address, &len) != 0)
		fail("sink: listen");
	printf("listening %d\n", ntohs(address.sin_port));
	fflush(stdout);
	return fd;
}

static void
watch(const Sink *sink, int fd, void *mark)
{
	struct epoll_event event;

	event.events = EPOLLIN;
	event.data.ptr = mark;
	if (epoll_ctl(sink->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
		fail("sink: epoll_ctl");
}

/* SIGTERM and SIGINT as a descriptor. */
static int
end_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		fail("sink: signalfd");
	return fd;
}

static void
run(Sink *sink)
{
	int end_mark;
	int listen_mark;
	struct epoll_event events[EVENTS];
	bool ended = false;

	watch(sink, sink->listen_fd, &listen_mark);
	watch(sink, end_signals(), &end_mark);
	while (!ended)
	{
		int n = epoll_wait(sink->epoll_fd, events, EVENTS, sink_conn_send_due(sink));
		int i;

		for (i = 0; i < n; i++)
		{
			void *mark = events[i].data.ptr;

			if (mark == &end_mark)
				ended = true;
			else if (mark == &listen_mark)
				sink_conn_accept(sink);
			else if (((Conn *) mark)->dead)
				continue;
			else if (events[i].events & EPOLLOUT)
				sink_conn_flush(sink, mark);
			else
				sink_conn_read(sink, mark);
		}
		sink_conn_bury(sink);
	}
}

int
main(int argc, char **argv)
{
	Sink sink;
	int port = 0;
	struct rlimit limit;
	int i;

	memset(&sink, 0, sizeof(sink));
	sink.log_fd = -1;
	for (i = 1; i < argc; i++)
	{
		bool more = i + 1 < argc;

		if (strcmp(argv[i], "--port") == 0 && more)
			port = atoi(argv[++i]);
		else if (strcmp(argv[i], "--log") == 0 && more)
			sink.log_fd = open(argv[++i], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		else if (strcmp(argv[i], "--idempotent") == 0)
			sink.idempotent = true;
		else if (strcmp(argv[i], "--smtp") == 0 && more)
		{
			sink.smtp = true;
			sink.dot_us = atoll(argv[++i]) * 1000;
		}
		else if (strcmp(argv[i], "--quiet-log") == 0)
			sink.quiet_log = true;
		else
			usage();
		if (strcmp(argv[i - 1], "--log") == 0 && sink.log_fd < 0)
			fail("sink: log");
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
	{
		limit.rlim_cur = limit.rlim_max;
		(void) setrlimit(RLIMIT_NOFILE, &limit);
	}
	sink.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	sink.listen_fd = listen_on(port);
	run(&sink);
	return 0;
}
