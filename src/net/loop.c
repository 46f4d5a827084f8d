/*
 * loop.c
 *		A set of HTTP transfers and of lines that go on side by side in one thread, and never block it.
 *
 * libcurl's socket interface: it says which sockets it waits for and when it wants to be called at
 * the latest; we call it for each socket that is ready. The time-outs of transfers are ours, because
 * libcurl judges a transfer by the clock before it reads what has come for it.
 */
#include "net/loop.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "net/line.h"
#include "net/place.h"
#include "net/pool.h"
#include "net/sockets.h"
#include "net/verdict.h"
#include "net/versions.h"

/* Events read from the kernel at a time, and how often in one turn. */
#define EVENTS 256
#define ROUNDS 64

struct NetLoop
{
	CURLM *multi;
	bool curl_ready; /* curl_global_init was called */
	NetSockets sockets;
	NetPool pool;
	NetLines lines;
	int64_t curl_due; /* when libcurl wants to be called, INT64_MAX = not at all */
	NetFailure failure;
};

int64_t
campaign_net_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* A thread that libcurl starts inherits the mask: no handler of the caller's may run in it. */
static void
block_signals(sigset_t *old)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, old);
}

static void
unblock_signals(const sigset_t *old)
{
	pthread_sigmask(SIG_SETMASK, old, NULL);
}

/* CURLMOPT_TIMERFUNCTION */
static int
set_timer(CURLM *multi, long timeout_ms, void *context)
{
	NetLoop *loop = context;

	(void) multi;
	if (timeout_ms < 0)
		loop->curl_due = INT64_MAX;
	else if (timeout_ms == 0)
		loop->curl_due = 0;
	else
		loop->curl_due = campaign_net_clock() + (int64_t) timeout_ms * 1000;
	return 0;
}

/* A place may keep two connections open, a line needs four; the caller needs some as well. */
static void
raise_open_files(int max_places)
{
	rlim_t wanted = (rlim_t) max_places * 2 + NET_LINES_MAX * 4 + 256;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	/* refused: then sockets fail one by one, as not connected */
	(void) setrlimit(RLIMIT_NOFILE, &limit);
}

/* A write to a connection that the receiver has closed must not end the process. */
static void
ignore_sigpipe(void)
{
	struct sigaction action;

	if (sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL)
		signal(SIGPIPE, SIG_IGN);
}

static bool
open_multi(NetLoop *loop)
{
	NetFailure *failure = &loop->failure;
	/* what one receiver's requests leave open is not closed for another's */
	long connections = 2L * loop->pool.limits.max_places;
	CURLM *multi;

	if (!NET_EASY(failure, curl_global_init(CURL_GLOBAL_DEFAULT)))
		return false;
	loop->curl_ready = true;
	multi = loop->multi = curl_multi_init();
	if (!campaign_net_check_system(failure, "curl_multi_init", multi != NULL))
		return false;
	return NET_MULTI(failure, NET_SET_QUICK_END(multi)) &&
		   NET_MULTI(failure, curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION,
												campaign_net_sockets_want)) &&
		   NET_MULTI(failure,
					 curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, (void *) &loop->sockets)) &&
		   NET_MULTI(failure, curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer)) &&
		   NET_MULTI(failure, curl_multi_setopt(multi, CURLMOPT_TIMERDATA, (void *) loop)) &&
		   NET_MULTI(failure,
					 curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long) CURLPIPE_NOTHING)) &&
		   NET_MULTI(failure, curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, connections));
}

static bool
limits_are_sound(const NetLimits *limits)
{
	return limits->max_places >= 1 && limits->max_places <= NET_PLACES_MAX &&
		   limits->connect_timeout_ms > 0 && limits->total_timeout_ms > 0;
}

NetLoop *
campaign_net_open(const NetLimits *limits, char *error, size_t error_size)
{
	NetLoop *loop;
	sigset_t old;
	bool ok;

	if (!limits_are_sound(limits))
	{
		snprintf(error, error_size, "number of places or a time-out is out of range");
		return NULL;
	}
	loop = calloc(1, sizeof(NetLoop));
	if (loop == NULL)
	{
		snprintf(error, error_size, "out of memory");
		return NULL;
	}
	loop->curl_due = INT64_MAX;
	raise_open_files(limits->max_places);
	ignore_sigpipe();
	block_signals(&old);
	ok = campaign_net_sockets_open(&loop->sockets, &loop->failure) &&
		 campaign_net_pool_open(&loop->pool, limits, &loop->sockets, &loop->failure) &&
		 open_multi(loop);
	unblock_signals(&old);
	if (!ok)
	{
		snprintf(error, error_size, "%s", loop->failure.text);
		campaign_net_close(loop);
		return NULL;
	}
	return loop;
}

void
campaign_net_close(NetLoop *loop)
{
	sigset_t old;
	int i;

	if (loop == NULL)
		return;
	block_signals(&old);
	campaign_net_lines_close(&loop->lines);
	for (i = 0; loop->pool.places != NULL && i < loop->pool.limits.max_places; i++)
		if (loop->pool.places[i].in_flight)
			NET_MULTI(&loop->failure,
					  curl_multi_remove_handle(loop->multi, loop->pool.places[i].easy));
	/* kept-alive connections close with the multi handle and call back into sockets */
	if (loop->multi != NULL)
		NET_MULTI(&loop->failure, curl_multi_cleanup(loop->multi));
	campaign_net_pool_close(&loop->pool);
	campaign_net_sockets_close(&loop->sockets);
	if (loop->curl_ready)
		curl_global_cleanup();
	unblock_signals(&old);
	free(loop);
}

void
campaign_net_list_private(NetLoop *loop, const NetNetworks *networks)
{
	loop->pool.limits.private_networks = *networks;
}

int
campaign_net_fd(const NetLoop *loop)
{
	return loop->sockets.epoll_fd;
}

int
campaign_net_free_places(const NetLoop *loop)
{
	return loop->pool.n_free;
}

const char *
campaign_net_failure(const NetLoop *loop)
{
	return loop->failure.text;
}

NetPool *
campaign_net_pool(NetLoop *loop)
{
	return &loop->pool;
}

NetLines *
campaign_net_lines(NetLoop *loop)
{
	return &loop->lines;
}

NetSockets *
campaign_net_sockets(NetLoop *loop)
{
	return &loop->sockets;
}

NetFailure *
campaign_net_loop_failure(NetLoop *loop)
{
	return &loop->failure;
}

bool
campaign_net_begin(NetLoop *loop, NetPlace *place)
{
	return NET_MULTI(&loop->failure, curl_multi_add_handle(loop->multi, place->easy));
}

/* Ends a transfer, complete or not, and keeps its result. */
static void
finish(NetLoop *loop, NetPlace *place, CURLcode code, int64_t now)
{
	campaign_net_verdict(place, code, now);
	NET_MULTI(&loop->failure, curl_multi_remove_handle(loop->multi, place->easy));
	campaign_net_pool_finish(&loop->pool, place);
}

/* Lets libcurl read and write where it can. */
static void
serve_sockets(NetLoop *loop)
{
	struct epoll_event events[EVENTS];
	int rounds;
	int n = EVENTS;

	for (rounds = 0; rounds < ROUNDS && n == EVENTS; rounds++)
	{
		int i;

		n = epoll_wait(loop->sockets.epoll_fd, events, EVENTS, 0);
		for (i = 0; i < n; i++)
		{
			int fd;
			int mask;
			int running;
			NetLine *line;

			if (!campaign_net_sockets_event(&loop->sockets, &events[i], &fd, &mask))
				continue;
			line = campaign_net_sockets_owner(&loop->sockets, fd);
			if (line != NULL)
				campaign_net_line_event(line, fd, mask);
			else
				NET_MULTI(&loop->failure,
						  curl_multi_socket_action(loop->multi, fd, mask, &running));
		}
	}
}

static void
serve_timer(NetLoop *loop)
{
	int running;

	if (loop->curl_due > campaign_net_clock())
		return;
	/* libcurl sets it anew, if need be */
	loop->curl_due = INT64_MAX;
	NET_MULTI(&loop->failure,
			  curl_multi_socket_action(loop->multi, CURL_SOCKET_TIMEOUT, 0, &running));
}

static void
collect(NetLoop *loop)
{
	int64_t now = campaign_net_clock();
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(loop->multi, &left)) != NULL)
	{
		CURLcode code = message->data.result;
		char *place = NULL;

		if (message->msg == CURLMSG_DONE &&
			NET_EASY(&loop->failure,
					 curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &place)))
			finish(loop, (NetPlace *) (void *) place, code, now);
	}
}

void
campaign_net_turn(NetLoop *loop)
{
	int64_t now = campaign_net_clock();
	NetPlace *place;
	sigset_t old;

	block_signals(&old);
	if (loop->pool.look_at <= now)
		campaign_net_pool_spare(&loop->pool, now);
	serve_sockets(loop);
	serve_timer(loop);
	collect(loop);
	while ((place = campaign_net_pool_overdue(&loop->pool, now)) != NULL)
		finish(loop, place, CURLE_OPERATION_TIMEDOUT, now);
	campaign_net_lines_turn(&loop->lines);
	unblock_signals(&old);
}

long
campaign_net_timeout_ms(const NetLoop *loop)
{
	int64_t due = loop->curl_due < loop->pool.look_at ? loop->curl_due : loop->pool.look_at;
	int64_t lines_due = campaign_net_lines_due(&loop->lines);
	int64_t left;

	if (lines_due < due)
		due = lines_due;
	if (loop->pool.finished != NULL)
		return 0;
	if (due == INT64_MAX)
		return -1;
	left = due - campaign_net_clock();
	return left <= 0 ? 0 : (long) ((left + 999) / 1000);
}
