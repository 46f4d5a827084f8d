/*
 * test_net_faults.c
 *		Requests that do not end well: what is said of each must be what the sender can know.
 */
#include <netdb.h>

#include "net_stand.h"

/*
 * Stands in for the resolver, so that no test asks the network: no name exists, and one takes its
 * time to say so. Called by a thread of libcurl.
 */
int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
			struct addrinfo **found)
{
	(void) service;
	(void) hints;
	*found = NULL;
	if (strcmp(name, "slow.invalid") == 0)
		poll(NULL, 0, 5000);
	return EAI_NONAME;
}

/* Runs a request and shows its fault and the phase that its detail names. */
static void
expect(NetLoop *loop, const NetRequest *request, NetFault fault, const char *phase,
	   const char *name)
{
	NetResult result = stand_run(loop, request);

	if (!OK(result.fault == fault && strncmp(result.detail, phase, strlen(phase)) == 0, name))
		printf("# fault %d, status %d, %s\n", (int) result.fault, result.status, result.detail);
	campaign_net_result_free(&result);
}

static int
closed_port(void)
{
	int port;
	int fd = stand_listen(&port);

	close(fd);
	return port;
}

static void
test_not_connected(NetLoop *loop, Stand *stand)
{
	NetRequest request = stand_request(stand, "/ok");
	char url[100];
	int silent_port;
	int silent = stand_listen(&silent_port);

	/* a handle that has sent before must not count those bytes again */
	IS(stand_fault(loop, &request), NET_OK, "(the place has sent a request)");
	request = stand_request_to(stand, closed_port(), "/ok");
	expect(loop, &request, NET_NOT_CONNECTED, "connect: ", "a closed port is not connected");
	request.url = "http://no-such-host.invalid/";
	expect(loop, &request, NET_NOT_CONNECTED, "resolve: ", "nor a name that does not resolve");
	request.url = "http://slow.invalid/";
	request.total_timeout_ms = 100;
	expect(loop, &request, NET_NOT_CONNECTED, "resolve: timed out", "nor one that takes too long");
	request.total_timeout_ms = 0;
	snprintf(url, sizeof(url), "https://127.0.0.1:%d/ok?tls", stand->port);
	request.url = url;
	expect(loop, &request, NET_NOT_CONNECTED, "tls: ", "nor TLS with one who speaks none");
	snprintf(url, sizeof(url), "https://127.0.0.1:%d/", silent_port);
	request.total_timeout_ms = 100;
	expect(loop, &request, NET_NOT_CONNECTED, "tls: timed out", "nor with one who says nothing");
	close(silent);
	IS(stand_logged(stand, "?tls", NULL), 0, "which got no request");
}

static void
test_cut(NetLoop *loop, Stand *stand)
{
	NetRequest request = stand_request(stand, "/close-before");
	NetResult result;

	request.fresh_connection = true;
	expect(loop, &request, NET_CUT, "wait: ", "closed before the answer");
	request = stand_request(stand, "/close-mid");
	request.fresh_connection = true;
	expect(loop, &request, NET_CUT, "receive: ", "closed within the headers");
	request = stand_request(stand, "/close-body");
	result = stand_run(loop, &request);
	OK(result.fault == NET_CUT && result.status == 200 && result.body_len > 0,
	   "closed within the body, with the status that came");
	campaign_net_result_free(&result);
	request = stand_request(stand, "/hang");
	request.total_timeout_ms = 100;
	result = stand_run(loop, &request);
	OK(result.fault == NET_CUT && strncmp(result.detail, "wait: timed out", 15) == 0,
	   "never answered");
	OK(result.seconds >= 0.1 && result.seconds < 4, "and given up in time");
	campaign_net_result_free(&result);
	result = stand_answered_by(loop, stand, "220 mail.example ESMTP\r\n");
	IS(result.fault, NET_OTHER, "an answer that is not HTTP");
	campaign_net_result_free(&result);
	result = stand_answered_by(loop, stand, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");
	IS(result.fault, NET_CUT, "headers whose end is missing");
	campaign_net_result_free(&result);
	result = stand_answered_by(loop, stand, "HTTP/1.1 103 Hints\r\n\r\n");
	IS(result.fault, NET_CUT, "an interim answer and no more");
	campaign_net_result_free(&result);
	result = stand_answered_by(loop, stand,
							   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde");
	IS(result.fault, NET_CUT, "a chunked body without its end");
	campaign_net_result_free(&result);
	/* libcurl 7.88 would write into the last header of the answer before, which it has freed */
	result =
		stand_answered_by(loop, stand, "HTTP/1.1 200 OK\r\nX-Last: a\r\nContent-Length: 0\r\n\r\n");
	campaign_net_result_free(&result);
	result = stand_answered_by(loop, stand,
							   "HTTP/1.1 200 OK\r\n continued: b\r\nContent-Length: 0\r\n\r\n");
	/* later ones take it for a header */
	OK(result.fault == NET_OTHER || result.fault == NET_OK,
	   "a header that continues none, after an answer that had one");
	campaign_net_result_free(&result);
}

/* Why the option exists: libcurl sends again, by itself, what a kept-alive connection swallowed. */
static void
test_silent_repeat(Stand *stand)
{
	NetLimits limits = stand_limits(1);
	NetLoop *loop = stand_loop(&limits);
	NetRequest request = stand_request(stand, "/ok");

	stand_fault(loop, &request);
	request = stand_request(stand, "/close-before?kept");
	IS(stand_fault(loop, &request), NET_CUT, "a kept-alive connection is cut");
	IS(stand_logged(stand, "?kept", NULL), 2, "and libcurl has sent the request twice");
	request = stand_request(stand, "/close-before?fresh");
	request.fresh_connection = true;
	IS(stand_fault(loop, &request), NET_CUT, "a fresh one is cut");
	IS(stand_logged(stand, "?fresh", NULL), 1, "and the request was sent once");
	campaign_net_close(loop);
}

static void
test_refused(NetLoop *loop, Stand *stand)
{
	NetRequest request = stand_request(stand, "/ok?reuse");
	char url[100];

	IS(stand_fault(loop, &request), NET_OK, "(a connection is open)");
	request = stand_request(stand, "/ok?private");
	request.allow_private = false;
	expect(loop, &request, NET_REFUSED, "connect: ", "a kept-alive private connection is refused");
	request.fresh_connection = true;
	expect(loop, &request, NET_REFUSED, "connect: ", "a private address is refused");
	request.url = "http://[::1]:9/";
	expect(loop, &request, NET_REFUSED, "connect: ", "in IPv6");
	snprintf(url, sizeof(url), "http://localhost:%d/ok?private", stand->port);
	request.url = url;
	expect(loop, &request, NET_REFUSED, "connect: ", "by name");
	snprintf(url, sizeof(url), "http://2130706433:%d/ok?private", stand->port);
	expect(loop, &request, NET_REFUSED, "connect: ", "as a number");
	request = stand_request(stand, "/ok?private");
	request.allow_http = false;
	expect(loop, &request, NET_REFUSED, "refused: ", "http is refused");
	request.allow_http = true;
	request.key = "a\r\nX-B: c";
	expect(loop, &request, NET_REFUSED, "refused: ", "a line break is refused");
	IS(stand_logged(stand, "?private", NULL), 0, "and nothing of them arrived");
}

static void
test_redaction(NetLoop *loop, Stand *stand)
{
	NetRequest request = stand_request(stand, "");
	char url[100];
	NetResult result;

	snprintf(url, sizeof(url), "http://user:secret@127.0.0.1:%d/hidden?token=t", closed_port());
	request.url = url;
	result = stand_run(loop, &request);
	OK(strstr(result.detail, "127.0.0.1") != NULL, "a detail names the host");
	OK(strstr(result.detail, "secret") == NULL && strstr(result.detail, "hidden") == NULL &&
		   strstr(result.detail, "token") == NULL,
	   "but neither user, path nor query");
	campaign_net_result_free(&result);
}

static void
test_header_flood(NetLoop *loop, Stand *stand)
{
	char *answer = malloc(200000);
	size_t len = (size_t) sprintf(answer, "HTTP/1.1 200 OK\r\n");
	NetResult result;

	while (len < 120000)
		len += (size_t) sprintf(answer + len, "X-Header: %0100d\r\n", 0);
	strcpy(answer + len, "Content-Length: 0\r\n\r\n");
	result = stand_answered_by(loop, stand, answer);
	OK(result.fault == NET_TOO_LARGE && result.status == 200, "endless headers are cut off");
	campaign_net_result_free(&result);
	free(answer);
}

/* Lets the clock pass without a turn, as a caller does that is busy elsewhere. */
static void
be_late(int64_t us)
{
	int64_t end = campaign_net_clock() + us;

	while (campaign_net_clock() < end)
		poll(NULL, 0, 10);
}

static void
test_late_turns(Stand *stand)
{
	NetLimits limits = stand_limits(4);
	NetRequest request = stand_request(stand, "/ok?late");
	NetLoop *loop;
	NetResult result;

	limits.connect_timeout_ms = 100;
	limits.total_timeout_ms = 200;
	loop = stand_loop(&limits);
	campaign_net_submit(loop, &request);
	while (stand_logged(stand, "?late", NULL) == 0)
		stand_step(loop);
	be_late(250000);
	result = stand_take(loop);
	IS(result.fault, NET_OK, "an answer that came in time is read by a turn that comes too late");
	campaign_net_result_free(&result);

	request = stand_request(stand, "/ok?never");
	campaign_net_submit(loop, &request);
	be_late(250000);
	IS(stand_take_fault(loop), NET_NOT_CONNECTED, "a request does not begin after its time");
	IS(stand_logged(stand, "?never", NULL), 0, "and nothing of it arrives");

	request = stand_request(stand, "/ok?connecting");
	request.fresh_connection = true;
	campaign_net_submit(loop, &request);
	campaign_net_turn(loop);
	be_late(120000);
	IS(stand_take_fault(loop), NET_OK, "a connection that stood in time is used by a late turn");
	campaign_net_close(loop);
}

/* An address that answers nothing, or a network that says at once that there is no way to it. */
static void
test_connect_timeout(Stand *stand)
{
	NetLimits limits = stand_limits(8);
	NetRequest request = stand_request(stand, "/");
	int64_t start = campaign_net_clock();
	NetLoop *other;

	limits.connect_timeout_ms = 150;
	campaign_net_networks_read("192.0.2.0/24", &limits.private_networks);
	other = stand_loop(&limits);
	request.url = "http://192.0.2.1:9/";
	IS(stand_fault(other, &request), NET_NOT_CONNECTED, "nobody there: not connected");
	OK(campaign_net_clock() - start < 4000000, "within the time for connecting");
	campaign_net_close(other);
}

static void
test_close(Stand *stand)
{
	NetLimits limits = stand_limits(16);
	NetLoop *loop = stand_loop(&limits);
	NetRequest request = stand_request(stand, "/hang?close");
	int64_t start;
	int i;

	for (i = 0; i < 8; i++)
		campaign_net_submit(loop, &request);
	while (stand_logged(stand, "?close", NULL) < 8)
		stand_step(loop);
	request.url = "http://slow.invalid/";
	for (i = 0; i < 8; i++)
		campaign_net_submit(loop, &request);
	stand_step(loop);
	stand_step(loop);
	start = campaign_net_clock();
	campaign_net_close(loop);
	OK(campaign_net_clock() - start < 1000000, "closing waits neither for answers nor for names");
}

static void
test_limits(void)
{
	NetLimits limits = stand_limits(NET_PLACES_MAX + 1);
	char error[100] = "";

	OK(campaign_net_open(&limits, error, sizeof(error)) == NULL && error[0] != '\0',
	   "limits out of range are refused, with a reason");
	limits = stand_limits(1);
	limits.total_timeout_ms = 0;
	OK(campaign_net_open(&limits, error, sizeof(error)) == NULL, "so is a loop without time-outs");
}

int
main(void)
{
	NetLimits limits = stand_limits(1);
	Stand stand;
	NetLoop *loop;

	stand_open(&stand, NULL);
	loop = stand_loop(&limits);
	test_not_connected(loop, &stand);
	test_cut(loop, &stand);
	test_silent_repeat(&stand);
	test_refused(loop, &stand);
	test_redaction(loop, &stand);
	test_header_flood(loop, &stand);
	test_connect_timeout(&stand);
	IS_TEXT(campaign_net_failure(loop), "", "no call failed unexpectedly");
	campaign_net_close(loop);
	test_late_turns(&stand);
	test_close(&stand);
	test_limits();
	stand_close(&stand);
	return unit_done();
}
