/*
 * net_stand.h
 *		What the tests of src/net stand on: the sink as a child process, a listener in the test's own
 *		hands for answers that the sink does not give, and a loop that is driven until something has
 *		happened or ten seconds have passed.
 */
#ifndef CAMPAIGN_NET_STAND_H
#define CAMPAIGN_NET_STAND_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/http.h"
#include "unit.h"

#define STAND_LIMIT_US 10000000

typedef struct Stand
{
	pid_t sink;
	int port;
	char log[64];
	char url[300]; /* of the last request made by stand_request */
} Stand;

static inline void
stand_die(const char *why)
{
	printf("Bail out! %s\n", why);
	exit(1);
}

/* The program, beside the folder of the tests unless SINK names it. */
static inline const char *
stand_program(char *path, size_t size)
{
	const char *given = getenv("SINK");
	ssize_t n = readlink("/proc/self/exe", path, size - 20);
	char *end;

	if (given != NULL)
		return given;
	path[n < 0 ? 0 : n] = '\0';
	end = strrchr(path, '/');
	if (end != NULL)
		strcpy(end, "/../sink/sink");
	return path;
}

static inline void
stand_open(Stand *stand, const char *option)
{
	char path[1024];
	const char *program = stand_program(path, sizeof(path));
	char line[64] = "";
	int out[2];
	ssize_t n;
	int log;

	memset(stand, 0, sizeof(*stand));
	strcpy(stand->log, "/tmp/campaign_sink_XXXXXX");
	log = mkstemp(stand->log);
	if (log < 0 || pipe(out) != 0)
		stand_die("no file or pipe");
	close(log);
	stand->sink = fork();
	if (stand->sink == 0)
	{
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		dup2(out[1], 1);
		close(out[0]);
		close(out[1]);
		execl(program, "sink", "--log", stand->log, option, (char *) NULL);
		_exit(127);
	}
	close(out[1]);
	n = read(out[0], line, sizeof(line) - 1);
	close(out[0]);
	if (n <= 0 || sscanf(line, "listening %d", &stand->port) != 1)
		stand_die("the sink does not start: make -C test/sink");
}

static inline void
stand_close(Stand *stand)
{
	kill(stand->sink, SIGTERM);
	waitpid(stand->sink, NULL, 0);
	unlink(stand->log);
}

/* How many lines of the sink's log hold the text; the connection of the last one if wanted. */
static inline int
stand_logged(const Stand *stand, const char *text, long *connection)
{
	FILE *log = fopen(stand->log, "r");
	char line[4096];
	int n = 0;

	while (log != NULL && fgets(line, sizeof(line), log) != NULL)
		if (strstr(line, text) != NULL)
		{
			n++;
			if (connection != NULL)
				sscanf(line, "%*s %ld", connection);
		}
	if (log != NULL)
		fclose(log);
	return n;
}

static inline NetLimits
stand_limits(int places)
{
	NetLimits limits;

	memset(&limits, 0, sizeof(limits));
	limits.max_places = places;
	limits.connect_timeout_ms = 5000;
	limits.total_timeout_ms = 8000;
	limits.body_cap = 1000;
	if (!campaign_net_networks_read("127.0.0.0/8, ::1", &limits.private_networks))
		stand_die("the networks cannot be read");
	limits.allow_http = true;
	return limits;
}

static inline NetLoop *
stand_loop(const NetLimits *limits)
{
	char error[200];
	NetLoop *loop = campaign_net_open(limits, error, sizeof(error));

	if (loop == NULL)
		stand_die(error);
	return loop;
}

/* A request to a path of 127.0.0.1, allowed to go there; valid until the next one. */
static inline NetRequest
stand_request_to(Stand *stand, int port, const char *path)
{
	NetRequest request;

	snprintf(stand->url, sizeof(stand->url), "http://127.0.0.1:%d%s", port, path);
	memset(&request, 0, sizeof(request));
	request.url = stand->url;
	request.body = "{\"text\":\"hello\"}";
	request.body_len = strlen(request.body);
	request.content_type = "application/json";
	request.allow_private = true;
	request.allow_http = true;
	return request;
}

static inline NetRequest
stand_request(Stand *stand, const char *path)
{
	return stand_request_to(stand, stand->port, path);
}

/* One wait and one turn. */
static inline void
stand_step(NetLoop *loop)
{
	struct pollfd wait = {campaign_net_fd(loop), POLLIN, 0};
	long timeout = campaign_net_timeout_ms(loop);

	/* short, for those who watch a socket of their own meanwhile */
	poll(&wait, 1, timeout < 0 || timeout > 10 ? 10 : (int) timeout);
	campaign_net_turn(loop);
}

static inline NetResult
stand_take(NetLoop *loop)
{
	int64_t end = campaign_net_clock() + STAND_LIMIT_US;
	NetResult result;

	while (!campaign_net_take(loop, &result))
	{
		if (campaign_net_clock() > end)
			stand_die("a request did not finish");
		stand_step(loop);
	}
	return result;
}

static inline NetFault
stand_take_fault(NetLoop *loop)
{
	NetResult result = stand_take(loop);

	campaign_net_result_free(&result);
	return result.fault;
}

static inline NetResult
stand_run(NetLoop *loop, const NetRequest *request)
{
	if (!campaign_net_submit(loop, request))
		stand_die("no place");
	return stand_take(loop);
}

/* Runs a request and gives only the fault. */
static inline NetFault
stand_fault(NetLoop *loop, const NetRequest *request)
{
	NetResult result = stand_run(loop, request);

	campaign_net_result_free(&result);
	return result.fault;
}

static inline int
stand_listen(int *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *) &address, len) != 0 || listen(fd, 8) != 0 ||
		getsockname(fd, (struct sockaddr *) &address, &len) != 0)
		stand_die("no listener");
	*port = ntohs(address.sin_port);
	return fd;
}

/* Drives the loop until a request has come to the listener; its bytes go to seen. */
static inline int
stand_accept(NetLoop *loop, int listener, char *seen, size_t size)
{
	int64_t end = campaign_net_clock() + STAND_LIMIT_US;
	size_t len = 0;
	int fd = -1;

	seen[0] = '\0';
	while (strstr(seen, "hello") == NULL)
	{
		ssize_t n;

		if (campaign_net_clock() > end)
			stand_die("no request came");
		stand_step(loop);
		if (fd < 0)
			fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		n = fd < 0 ? 0 : recv(fd, seen + len, size - len - 1, 0);
		len += n > 0 ? (size_t) n : 0;
		seen[len] = '\0';
	}
	return fd;
}

/* Sends one request to a listener that answers with the given bytes and closes. */
static inline NetResult
stand_answered_by(NetLoop *loop, Stand *stand, const char *answer)
{
	int port;
	int listener = stand_listen(&port);
	NetRequest request = stand_request_to(stand, port, "/x");
	size_t left = strlen(answer);
	char seen[4096];
	int fd;

	if (!campaign_net_submit(loop, &request))
		stand_die("no place");
	fd = stand_accept(loop, listener, seen, sizeof(seen));
	while (left > 0)
	{
		ssize_t n = send(fd, answer, left, MSG_NOSIGNAL);

		if (n < 0)
			break;
		answer += n;
		left -= (size_t) n;
	}
	close(fd);
	close(listener);
	return stand_take(loop);
}

#endif
