/*
 * test_net_http.c
 *		Requests against a receiver that answers: what arrives, what comes back, how many go at a time.
 */
#include "net_stand.h"

static void
test_answers(NetLoop *loop, Stand *stand)
{
	NetRequest request = stand_request(stand, "/ok?first");
	NetResult result;

	IS(campaign_net_timeout_ms(loop), -1, "a loop with nothing to do asks for no turn");
	request.tag = 77;
	request.key = "key-1";
	result = stand_run(loop, &request);
	IS(result.fault, NET_OK, "a request is answered");
	IS(result.tag, 77, "with its tag");
	IS(result.status, 200, "its status");
	IS_TEXT(result.body, "{\"id\":\"1\"}", "its body");
	IS(result.body_len, 10, "the length of it");
	IS(result.retry_after_s, -1, "no Retry-After");
	IS_TEXT(result.detail, "", "no detail");
	OK(result.seconds > 0 && result.seconds < 5, "and how long it took");
	campaign_net_result_free(&result);
	IS(stand_logged(stand, "POST /ok?first key-1 200 {\"text\":\"hello\"}", NULL), 1,
	   "method, path, key and body arrive as given");

	request = stand_request(stand, "/accepted");
	result = stand_run(loop, &request);
	IS(result.status, 202, "any status is an answer: 202");
	campaign_net_result_free(&result);
	request = stand_request(stand, "/status/500");
	result = stand_run(loop, &request);
	OK(result.fault == NET_OK && result.status == 500, "500");
	campaign_net_result_free(&result);
	request = stand_request(stand, "/status/204");
	result = stand_run(loop, &request);
	OK(result.status == 204 && result.body_len == 0 && result.body[0] == '\0',
	   "204, whose body is empty and not NULL");
	campaign_net_result_free(&result);
}

/* A place is used for both kinds in turn. */
static void
test_get(NetLoop *loop, Stand *stand)
{
	NetRequest request = stand_request(stand, "/result?is=complete");
	NetResult result;

	request.method = "GET";
	request.key = NULL;
	request.body = "";
	request.body_len = 0;
	request.content_type = NULL;
	result = stand_run(loop, &request);
	OK(result.fault == NET_OK && result.status == 200, "a GET is answered");
	IS_TEXT(result.body, "{\"status\":\"complete\"}", "with what it asked for");
	campaign_net_result_free(&result);
	IS(stand_logged(stand, "GET /result?is=complete - 200", NULL), 1, "and arrives as one");
	request = stand_request(stand, "/ok?after-get");
	result = stand_run(loop, &request);
	campaign_net_result_free(&result);
	IS(stand_logged(stand, "POST /ok?after-get", NULL), 1, "the next request is a POST again");
}

/* So is one for methods that libcurl has no option for. */
static void
test_methods(NetLoop *loop, Stand *stand)
{
	static const char *const methods[] = {"PUT", "PATCH", "DELETE", "POST", "PATCH", "GET"};
	NetRequest request;
	NetResult result;
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
	{
		char line[40];

		snprintf(line, sizeof(line), "%s /ok?method-%zu", methods[i], i);
		request = stand_request(stand, strchr(line, '/'));
		request.method = methods[i];
		request.key = NULL;
		result = stand_run(loop, &request);
		OK(result.fault == NET_OK && result.status == 200, methods[i]);
		campaign_net_result_free(&result);
		IS(stand_logged(stand, line, NULL), 1, "and arrives as one");
	}
	request = stand_request(stand, "/ok?method-other");
	request.method = "TRACE";
	result = stand_run(loop, &request);
	OK(result.fault == NET_REFUSED, "no other method is sent");
	campaign_net_result_free(&result);
}

static void
test_retry_after(NetLoop *loop, Stand *stand)
{
	NetRequest request = stand_request(stand, "/status/429?retry_after=2&times=1");
	NetResult result;

	request.key = "again";
	result = stand_run(loop, &request);
	OK(result.status == 429 && result.retry_after_s == 2, "Retry-After in seconds");
	campaign_net_result_free(&result);
	result = stand_run(loop, &request);
	OK(result.status == 200 && result.retry_after_s == -1, "and not kept for the next request");
	campaign_net_result_free(&result);
	request = stand_request(stand, "/status/503?retry_date=30");
	result = stand_run(loop, &request);
	OK(result.retry_after_s >= 25 && result.retry_after_s <= 30, "Retry-After as a date");
	campaign_net_result_free(&result);
}

static void
test_connections(Stand *stand)
{
	NetLimits limits = stand_limits(2);
	NetLoop *loop = stand_loop(&limits);
	NetRequest request = stand_request(stand, "/ok?keep");
	long first = 0;
	long next = 0;

	stand_fault(loop, &request);
	stand_logged(stand, "?keep", &first);
	stand_fault(loop, &request);
	stand_logged(stand, "?keep", &next);
	OK(first != 0 && first == next, "the next request takes the same connection");
	request.fresh_connection = true;
	stand_fault(loop, &request);
	stand_logged(stand, "?keep", &next);
	OK(next != first, "unless it asks for a fresh one");
	first = next;
	stand_fault(loop, &request);
	stand_logged(stand, "?keep", &next);
	OK(next != first, "which no other fresh one takes");
	campaign_net_close(loop);

	/* nothing but a fresh one is there to be taken */
	loop = stand_loop(&limits);
	stand_fault(loop, &request);
	stand_logged(stand, "?keep", &first);
	request.fresh_connection = false;
	stand_fault(loop, &request);
	stand_logged(stand, "?keep", &next);
	OK(next != first, "nor a request that is content with any");
	campaign_net_close(loop);
}

static void
test_many(NetLoop *loop, Stand *stand, int places)
{
	NetRequest request = stand_request(stand, "/slow?ms=200");
	int64_t start = campaign_net_clock();
	uint64_t tags = 0;
	NetResult result;
	bool good = true;
	int i;

	for (i = 0; i < places; i++)
	{
		request.tag = (uint64_t) i;
		good = campaign_net_submit(loop, &request) && good;
	}
	OK(good, "64 requests find a place");
	IS(campaign_net_free_places(loop), 0, "then none is free");
	OK(!campaign_net_submit(loop, &request), "and one more is not begun");
	OK(campaign_net_timeout_ms(loop) == 0, "what was submitted asks for a turn at once");
	for (i = 0; i < places; i++)
	{
		result = stand_take(loop);
		good = good && result.fault == NET_OK && result.status == 200;
		tags |= UINT64_C(1) << result.tag;
		campaign_net_result_free(&result);
	}
	OK(good && tags == UINT64_MAX, "each comes back once");
	OK(campaign_net_clock() - start < 64 * 200000 / 4, "side by side, not one after another");
	IS(campaign_net_free_places(loop), places, "and gives its place back");
	IS(campaign_net_timeout_ms(loop), -1, "an idle loop asks for no turn again");
}

static void
test_size(NetLoop *loop, Stand *stand)
{
	NetRequest request = stand_request(stand, "/big?bytes=1000");
	NetResult result = stand_run(loop, &request);
	char *body = malloc(3000000);

	OK(result.fault == NET_OK && result.body_len == 1000, "an answer as long as the cap is whole");
	campaign_net_result_free(&result);
	request = stand_request(stand, "/big?bytes=1001");
	result = stand_run(loop, &request);
	OK(result.fault == NET_TOO_LARGE && result.body_len == 1000, "one byte more is cut off");
	campaign_net_result_free(&result);
	request = stand_request(stand, "/big?bytes=100000000");
	result = stand_run(loop, &request);
	OK(result.fault == NET_TOO_LARGE && result.status == 200 && result.body_len == 1000 &&
		   strlen(result.body) == 1000,
	   "so is a huge one, with its status and first bytes");
	campaign_net_result_free(&result);
	memset(body, 'y', 3000000);
	request = stand_request(stand, "/ok?large");
	request.body = body;
	request.body_len = 3000000;
	IS(stand_fault(loop, &request), NET_OK, "a large request is sent whole");
	free(body);
	request = stand_request(stand, "/ok?empty");
	request.body = NULL;
	request.body_len = 0;
	IS(stand_fault(loop, &request), NET_OK, "so is one without a body");
	IS(stand_logged(stand, "POST /ok?empty - 200 -", NULL), 1, "which arrives as such");
}

/* What stands on the wire: no header that was not asked for, and none that asks the far end back. */
static void
test_wire(NetLoop *loop, Stand *stand)
{
	static const char answer[] = "HTTP/1.1 103 Hints\r\nRetry-After: 9\r\n\r\n"
								 "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
								 "Set-Cookie: a=b\r\nContent-Length: 0\r\n\r\n";
	NetHeader headers[] = {{"Authorization", "Bearer secret"}, {"X-Empty", "  "}};
	int port;
	int listener = stand_listen(&port);
	NetRequest request = stand_request_to(stand, port, "/p?q");
	char seen[4096];
	NetResult result;
	int fd;

	request.key = "k";
	request.headers = headers;
	request.n_headers = 2;
	campaign_net_submit(loop, &request);
	memset(headers, 0, sizeof(headers));
	fd = stand_accept(loop, listener, seen, sizeof(seen));
	OK(strncmp(seen, "POST /p?q HTTP/1.1\r\n", 20) == 0, "the request is HTTP/1.1");
	OK(strstr(seen, "\r\nContent-Type: application/json\r\n") != NULL, "has its content type");
	OK(strstr(seen, "\r\nIdempotency-Key: k\r\n") != NULL, "its key");
	OK(strstr(seen, "\r\nAuthorization: Bearer secret\r\n") != NULL, "its headers, as copied");
	OK(strstr(seen, "\r\nX-Empty:\r\n") != NULL, "an empty one too");
	OK(strcasestr(seen, "Expect:") == NULL && strcasestr(seen, "Cookie:") == NULL &&
		   strcasestr(seen, "Accept-Encoding:") == NULL && strcasestr(seen, "Upgrade:") == NULL,
	   "and nothing that was not asked for");
	OK(send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL) > 0, "(the listener answers)");
	result = stand_take(loop);
	OK(result.fault == NET_OK && result.status == 302, "a redirect is an answer, not followed");
	IS(result.retry_after_s, -1, "what an interim answer said does not count");
	campaign_net_result_free(&result);
	close(fd);
	close(listener);
}

/* libcurl would ask first, and wait a second for the answer that most receivers do not give. */
static void
test_no_expect(NetLoop *loop, Stand *stand)
{
	size_t len = 2000000;
	char *body = malloc(len);
	int port;
	int listener = stand_listen(&port);
	NetRequest request = stand_request_to(stand, port, "/x");
	char seen[4096];
	int fd;

	memset(body, ' ', len);
	memcpy(body, "hello", 5);
	request.body = body;
	request.body_len = len;
	campaign_net_submit(loop, &request);
	fd = stand_accept(loop, listener, seen, sizeof(seen));
	OK(strcasestr(seen, "Expect:") == NULL, "a large request does not ask before it sends");
	close(fd);
	close(listener);
	IS(stand_take_fault(loop), NET_CUT, "and may be cut while it is sent");
	free(body);
}

int
main(void)
{
	NetLimits limits = stand_limits(64);
	Stand stand;
	NetLoop *loop;
	sigset_t before;
	sigset_t after;
	bool changed = false;
	int signo;

	/* the environment of the server must not decide where requests go */
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	stand_open(&stand, NULL);
	sigprocmask(SIG_SETMASK, NULL, &before);
	loop = stand_loop(&limits);
	test_answers(loop, &stand);
	test_methods(loop, &stand);
	test_get(loop, &stand);
	test_retry_after(loop, &stand);
	test_connections(&stand);
	test_many(loop, &stand, 64);
	test_size(loop, &stand);
	test_wire(loop, &stand);
	test_no_expect(loop, &stand);
	sigprocmask(SIG_SETMASK, NULL, &after);
	for (signo = 1; signo < SIGRTMIN; signo++)
		changed = changed || sigismember(&before, signo) != sigismember(&after, signo);
	OK(!changed, "the caller's signal mask is as it was");
	IS_TEXT(campaign_net_failure(loop), "", "no call failed");
	campaign_net_close(loop);
	stand_close(&stand);
	return unit_done();
}
