/*
 * fuzz_http.c
 *		Any bytes as what an HTTP server answers, through the real loop and libcurl, over loopback: nothing
 *		breaks, nothing hangs, and what is said of the answer is so.
 *
 * The first byte: 'r' has the rest as a value of Retry-After; of any other letter bit 1 asks by GET, bit 2 has
 * the answer come in two pieces, and bit 4 ends each line of it with CR LF, so that the corpus is texts.
 */
#include "fuzz.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/answer.h"
#include "net/http.h"

#define BODY_CAP 2000
#define YEAR_S (366L * 24 * 3600)

typedef struct Server
{
	NetLoop *loop;
	int listener;
	char url[64];
} Server;

static Server server;

static void
open_server(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	NetLimits limits = {.max_places = 2,
						.connect_timeout_ms = 5000,
						.total_timeout_ms = 5000,
						.body_cap = BODY_CAP,
						.allow_http = true};
	char error[200];

	hold(campaign_net_networks_read("127.0.0.1", &limits.private_networks));
	server.loop = campaign_net_open(&limits, error, sizeof(error));
	server.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	hold(server.loop != NULL && server.listener >= 0);
	hold(bind(server.listener, (struct sockaddr *) &address, sizeof(address)) == 0 &&
		 listen(server.listener, 8) == 0);
	hold(getsockname(server.listener, (struct sockaddr *) &address, &size) == 0);
	snprintf(server.url, sizeof(server.url), "http://127.0.0.1:%d/", ntohs(address.sin_port));
}

/* What the other end has to send; it reads what it is asked, says its part, and hangs up. */
typedef struct Answering
{
	int socket;
	const char *bytes;
	size_t len;
	size_t piece;
	bool asked;
} Answering;

static void
answer(Answering *end)
{
	char asked[4096];
	ssize_t n;

	if (end->socket < 0)
		end->socket = accept4(server.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (end->socket < 0)
		return;
	while ((n = read(end->socket, asked, sizeof(asked))) > 0)
		end->asked = true;
	if (!end->asked || end->bytes == NULL)
		return;
	n = send(end->socket, end->bytes, end->len < end->piece ? end->len : end->piece, MSG_NOSIGNAL);
	end->piece = end->len;
	if (n > 0)
	{
		end->bytes += n;
		end->len -= (size_t) n;
	}
	if (end->len == 0 || (n < 0 && errno != EAGAIN))
	{
		shutdown(end->socket, SHUT_WR);
		end->bytes = NULL;
	}
}

static void
check_result(const NetResult *result)
{
	hold(result->tag == 7 && result->body != NULL && result->body_len <= BODY_CAP);
	hold(result->body[result->body_len] == '\0');
	hold(result->fault != NET_NOT_CONNECTED && result->fault != NET_REFUSED);
	hold(result->fault != NET_OK || (result->status >= 200 && result->detail[0] == '\0'));
	hold(result->fault == NET_OK || result->detail[0] != '\0');
	hold(result->status >= 0 && result->status <= 999);
	hold(result->retry_after_s >= -1 && result->retry_after_s <= YEAR_S);
	for (const char *p = result->detail; *p != '\0'; p++)
		hold(*p >= 0x20 && *p < 0x7f);
}

static void
as_answer(int how, const char *bytes, size_t len)
{
	Answering end = {
		.socket = -1, .bytes = bytes, .len = len, .piece = (how & 2) ? (len + 1) / 2 : len};
	NetRequest request = {.tag = 7,
						  .method = (how & 1) ? "GET" : "POST",
						  .url = server.url,
						  .key = "k",
						  .body = "{}",
						  .body_len = 2,
						  .content_type = "application/json",
						  .fresh_connection = true,
						  .allow_private = true,
						  .allow_http = true};
	NetResult result;

	hold(campaign_net_submit(server.loop, &request));
	while (!campaign_net_take(server.loop, &result))
	{
		struct pollfd wanted[2] = {{.fd = campaign_net_fd(server.loop), .events = POLLIN},
								   {.fd = end.socket < 0 ? server.listener : -1, .events = POLLIN}};

		campaign_net_turn(server.loop);
		answer(&end);
		poll(wanted, 2, 1);
	}
	check_result(&result);
	campaign_net_result_free(&result);
	if (end.socket >= 0)
		close(end.socket);
	hold(campaign_net_failure(server.loop)[0] == '\0');
	hold(campaign_net_free_places(server.loop) == 2);
}

int
LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
	char *text = malloc(2 * len + 1);
	size_t n = 0;

	if (server.loop == NULL)
		open_server();
	hold(text != NULL);
	for (size_t i = 1; i < len; i++)
	{
		if (bytes[i] == '\n' && (bytes[0] & 4))
			text[n++] = '\r';
		text[n++] = (char) bytes[i];
	}
	text[n] = '\0';
	if (len > 0 && bytes[0] == 'r')
	{
		long seconds = campaign_net_answer_retry_after(text, 1700000000);

		hold(seconds >= -1 && seconds <= YEAR_S);
	}
	else if (len > 0)
		as_answer(bytes[0], text, n);
	free(text);
	return 0;
}
