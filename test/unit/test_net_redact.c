/*
 * test_net_redact.c
 *		Secrets that others repeat: covered where they stand, and nothing else.
 */
#include "net/redact.h"

#include "net_stand.h"

typedef struct Case
{
	const char *secret;
	const char *text;
	const char *wanted;
} Case;

static void
test_texts(void)
{
	static const Case cases[] = {
		{"canary77", "no canary76 here", "no canary76 here"},
		{"canary77", "canary77", "********"},
		{"canary77", "{\"key\":\"canary77\"}, canary77canary77",
		 "{\"key\":\"********\"}, ****************"},
		{"Bearer canary77", "got Bearer canary77", "got ***************"},
		{"Bearer canary77", "token canary77 is not known", "token ******** is not known"},
		{"Bearer  canary77", "token canary77 is not known", "token ******** is not known"},
		/* user:canary77 */
		{"Basic dXNlcjpjYW5hcnk3Nw==", "dXNlcjpjYW5hcnk3Nw==", "********************"},
		{"Basic dXNlcjpjYW5hcnk3Nw==", "user:canary77", "*************"},
		{"basic dXNlcjpjYW5hcnk3Nw==", "user and canary77", "user and ********"},
		{"Basic ;;;", "nothing", "nothing"},
		{"Basic ", "Basic nothing", "******nothing"},
		{"short", "a short text", "a short text"},
		{"", "a text", "a text"},
		{"aaaaaa", "aaaaaaaaaa", "******aaaa"},
		{"canary77", "", ""},
	};
	char text[200];
	int wrong = 0;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		strcpy(text, cases[i].text);
		campaign_net_redact(text, strlen(text), cases[i].secret);
		if (strcmp(text, cases[i].wanted) == 0)
			continue;
		printf("# %s in %s: %s\n", cases[i].secret, cases[i].text, text);
		wrong++;
	}
	IS(wrong, 0, "what repeats a secret is covered");
	memcpy(text, "a\0canary77", 10);
	campaign_net_redact(text, 10, "canary77");
	OK(memcmp(text, "a\0********", 10) == 0, "behind a byte 0, too");
}

/* A gateway that says what it was sent, with headers of several kinds. */
static void
test_answers(void)
{
	static const NetHeader headers[] = {{"X-Api-Key", "canary-of-a-key"},
										{"Accept", "application/json"}};
	Stand stand;
	NetLimits limits = stand_limits(2);
	NetLoop *loop = stand_loop(&limits);
	NetRequest request;
	NetResult result;
	int port;
	int listener = stand_listen(&port);
	char seen[4096];
	char answer[5000];
	int fd;

	memset(&stand, 0, sizeof(stand));
	request = stand_request_to(&stand, port, "/x");
	request.headers = headers;
	request.n_headers = 2;
	OK(campaign_net_submit(loop, &request), "(a request)");
	fd = stand_accept(loop, listener, seen, sizeof(seen));
	OK(strstr(seen, "canary-of-a-key") != NULL, "a gateway is told the key");
	snprintf(answer, sizeof(answer), "HTTP/1.1 401 No\r\nConnection: close\r\n\r\n%s", seen);
	OK(send(fd, answer, strlen(answer), MSG_NOSIGNAL) > 0, "and repeats all that it was sent");
	close(fd);
	close(listener);
	result = stand_take(loop);
	IS(result.status, 401, "which is an answer");
	OK(strstr(result.body, "canary") == NULL, "without the key");
	OK(strstr(result.body, "X-Api-Key: ***************") != NULL, "that is covered");
	OK(strstr(result.body, "application/json") != NULL, "and what is no secret is not");
	campaign_net_result_free(&result);
	campaign_net_close(loop);
}

int
main(void)
{
	test_texts();
	test_answers();
	return unit_done();
}
