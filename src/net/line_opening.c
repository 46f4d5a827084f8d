/*
 * line_opening.c
 *		How a line comes about.
 */
#include "net/line_opening.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "net/networks.h"
#include "net/pool.h"
#include "net/versions.h"

#define URL_MAX 600

/* ---- what may be asked for -------------------------------------------------- */

static const char *
after_scheme(const char *url)
{
	static const char *const schemes[] = {"smtp://", "smtps://", "imap://", "imaps://"};
	size_t i;

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncasecmp(url, schemes[i], strlen(schemes[i])) == 0)
			return url + strlen(schemes[i]);
	return NULL;
}

static bool
is_name(const char *text)
{
	return text[0] != '\0' &&
		   text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
							 ".-_:[]")] == '\0';
}

static bool
is_login(const char *text)
{
	const unsigned char *p;

	for (p = (const unsigned char *) text; *p != '\0'; p++)
		if (*p < 0x20 || *p == 0x7f)
			return false;
	return true;
}

const char *
campaign_net_line_opening_vet(const NetLineRequest *request)
{
	const char *host = request->url == NULL ? NULL : after_scheme(request->url);

	if (host == NULL)
		return "the address is not of scheme smtp, smtps, imap or imaps";
	if (!is_name(host) || strlen(request->url) > URL_MAX / 2)
		return "the address is more than a host and a port";
	if (request->hello != NULL && (!is_name(request->hello) || strlen(request->hello) > 255))
		return "the name to give is not that of a host";
	if ((request->user != NULL && !is_login(request->user)) ||
		(request->password != NULL && !is_login(request->password)) ||
		(request->token != NULL && !is_login(request->token)))
		return "the login has control bytes";
	return NULL;
}

/* ---- callbacks of libcurl: they see the opening and copy nothing else --------- */

static curl_socket_t
open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	NetOpening *opening = context;
	int fd;

	(void) purpose;
	if (!campaign_net_networks_allow(opening->private_networks, &address->addr))
	{
		opening->not_public = true;
		return CURL_SOCKET_BAD;
	}
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
				address->protocol);
	if (fd < 0)
		return CURL_SOCKET_BAD;
	if (!campaign_net_sockets_opened(opening->sockets, fd))
	{
		close(fd);
		return CURL_SOCKET_BAD;
	}
	opening->sockets_made++;
	return fd;
}

static int
close_socket(void *context, curl_socket_t fd)
{
	campaign_net_sockets_closed(((NetOpening *) context)->sockets, fd);
	return close(fd);
}

static int
want(CURL *easy, curl_socket_t fd, int what, void *context, void *unused)
{
	NetOpening *opening = context;

	campaign_net_sockets_want(easy, fd, what, opening->sockets, unused);
	campaign_net_sockets_own(opening->sockets, fd, opening->owner);
	return 0;
}

static int
set_timer(CURLM *multi, long timeout_ms, void *context)
{
	NetOpening *opening = context;

	(void) multi;
	if (timeout_ms < 0)
		opening->due = INT64_MAX;
	else
		opening->due = campaign_net_clock() + (int64_t) timeout_ms * 1000;
	return 0;
}

/* CURLOPT_HEADERFUNCTION: one line that the server has said. */
static size_t
hear(char *line, size_t size, size_t n, void *context)
{
	NetOpening *opening = context;

	return campaign_net_greeting_line(&opening->greeting, line, n * size) ? n * size : 0;
}

/* ---- beginning ------------------------------------------------------------------ */

static bool
set_multi(NetOpening *opening)
{
	NetFailure *failure = opening->failure;
	CURLM *multi = opening->multi;

	return NET_MULTI(failure, NET_SET_QUICK_END(multi)) &&
		   NET_MULTI(failure, curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, want)) &&
		   NET_MULTI(failure, curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, (void *) opening)) &&
		   NET_MULTI(failure, curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer)) &&
		   NET_MULTI(failure, curl_multi_setopt(multi, CURLMOPT_TIMERDATA, (void *) opening));
}

static bool
set_manner(NetOpening *opening, const char *ca_file)
{
	CURL *easy = opening->easy;
	NetFailure *failure = opening->failure;

	return NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, opening->error)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L)) &&
		   NET_EASY(failure, NET_SET_QUICK_EXIT(easy)) &&
		   NET_EASY(failure,
					curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps,imap,imaps")) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_PROXY, "")) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_NOPROXY, "*")) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED)) &&
		   NET_EASY(failure,
					curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L)) &&
		   (ca_file == NULL || NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file)));
}

static bool
set_callbacks(NetOpening *opening)
{
	CURL *easy = opening->easy;
	NetFailure *failure = opening->failure;
	void *context = opening;

	return NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, context)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, context)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, hear)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_HEADERDATA, context));
}

static bool
set_login(NetOpening *opening, const NetLineRequest *request)
{
	CURL *easy = opening->easy;
	NetFailure *failure = opening->failure;

	if (request->user == NULL)
		return true;
	if (!NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_USERNAME, request->user)))
		return false;
	if (request->token != NULL)
		return NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, request->token));
	return NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_PASSWORD,
											  request->password == NULL ? "" : request->password));
}

static bool
set_request(NetOpening *opening, const NetLineRequest *request, bool allow_clear)
{
	CURL *easy = opening->easy;
	NetFailure *failure = opening->failure;
	char url[URL_MAX];

	/* the path of an smtp address is what libcurl says in EHLO */
	if (opening->greeting.smtp && request->hello != NULL)
		snprintf(url, sizeof(url), "%s/%s", request->url, request->hello);
	else
		snprintf(url, sizeof(url), "%s", request->url);
	return NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_URL, url)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_USE_SSL,
											  allow_clear ? (long) CURLUSESSL_TRY
														  : (long) CURLUSESSL_ALL)) &&
		   NET_EASY(failure,
					curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, request->open_timeout_ms)) &&
		   set_login(opening, request);
}

bool
campaign_net_line_opening_begin(NetOpening *opening, NetLoop *loop, const NetLineRequest *request)
{
	const NetLimits *limits = &campaign_net_pool(loop)->limits;

	opening->due = INT64_MAX;
	opening->wants_login = request->user != NULL;
	opening->private_networks = request->allow_private ? &limits->private_networks : NULL;
	opening->sockets = campaign_net_sockets(loop);
	opening->failure = campaign_net_loop_failure(loop);
	campaign_net_greeting_begin(&opening->greeting, strncasecmp(request->url, "smtp", 4) == 0);
	opening->easy = curl_easy_init();
	opening->multi = curl_multi_init();
	return opening->easy != NULL && opening->multi != NULL && set_multi(opening) &&
		   set_manner(opening, limits->ca_file) && set_callbacks(opening) &&
		   set_request(opening, request, limits->allow_http && request->allow_clear) &&
		   NET_MULTI(opening->failure, curl_multi_add_handle(opening->multi, opening->easy));
}

/* ---- going on, and the end ---------------------------------------------------------- */

void
campaign_net_line_opening_go_on(NetOpening *opening, int fd, int mask)
{
	int running;

	/* libcurl sets it anew, if need be */
	if (fd == CURL_SOCKET_TIMEOUT)
		opening->due = INT64_MAX;
	NET_MULTI(opening->failure, curl_multi_socket_action(opening->multi, fd, mask, &running));
}

/* Of a refusal to talk to us at all, or of words that are none. */
static NetLineFault
fault_of_words(const NetOpening *opening)
{
	return opening->greeting.status >= 400 ? NET_LINE_UNWELCOME : NET_LINE_STRANGE;
}

static NetLineFault
fault_of_login(const NetOpening *opening)
{
	int status = opening->greeting.status;

	if (!opening->greeting.smtp)
		return NET_LINE_BAD_LOGIN;
	if (status < 400)
		return NET_LINE_NO_LOGIN;
	return status < 500 ? NET_LINE_LOGIN_LATER : NET_LINE_BAD_LOGIN;
}

/* libcurl itself gives a line up that does not end, and lets none of it be seen. */
static bool
said_too_much(const NetOpening *opening)
{
	long bytes = 0;

	return NET_EASY(opening->failure,
					curl_easy_getinfo(opening->easy, CURLINFO_HEADER_SIZE, &bytes)) &&
		   bytes > NET_GREETING_BYTES_MAX;
}

static NetLineFault
fault_of(const NetOpening *opening, CURLcode code)
{
	if (NET_SAID_TOO_MUCH(code) || (code != CURLE_OK && said_too_much(opening)))
		return NET_LINE_TOO_LONG;
	switch (code)
	{
		case CURLE_OK:
			/* libcurl goes on without a login where none is offered */
			if (opening->wants_login && opening->greeting.smtp && !opening->greeting.logged_in)
				return NET_LINE_NO_LOGIN;
			return NET_LINE_FINE;
		case CURLE_USE_SSL_FAILED:
			return NET_LINE_NO_TLS;
		case CURLE_SSL_CONNECT_ERROR:
		case CURLE_SSL_CACERT_BADFILE:
		case CURLE_SSL_CERTPROBLEM:
		case CURLE_SSL_CIPHER:
		case CURLE_SSL_ISSUER_ERROR:
		case CURLE_SSL_INVALIDCERTSTATUS:
		case CURLE_PEER_FAILED_VERIFICATION:
			return NET_LINE_BAD_TLS;
		case CURLE_LOGIN_DENIED:
			return fault_of_login(opening);
		case CURLE_WRITE_ERROR:
			return opening->greeting.fault == NET_GREETING_TOO_LONG ? NET_LINE_TOO_LONG
																	: NET_LINE_STRANGE;
		case CURLE_WEIRD_SERVER_REPLY:
		case CURLE_REMOTE_ACCESS_DENIED:
			return fault_of_words(opening);
		case CURLE_SEND_ERROR:
		case CURLE_RECV_ERROR:
		case CURLE_GOT_NOTHING:
			return opening->greeting.bytes > 0 ? NET_LINE_CLOSED : NET_LINE_NOT_REACHED;
		case CURLE_OUT_OF_MEMORY:
			return NET_LINE_NO_MEMORY;
		default:
			if (opening->not_public && opening->sockets_made == 0)
				return NET_LINE_REFUSED;
			return NET_LINE_NOT_REACHED;
	}
}

bool
campaign_net_line_opening_is_done(NetOpening *opening, NetLineFault *fault)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(opening->multi, &left)) != NULL)
	{
		if (message->msg != CURLMSG_DONE)
			continue;
		*fault = fault_of(opening, message->data.result);
		return true;
	}
	return false;
}

void
campaign_net_line_opening_describe(const NetOpening *opening, NetLineFault fault, char *text,
								   size_t size)
{
	const char *words = opening->error;
	unsigned char *p;

	if (opening->not_public)
		words = "the address is not of the public internet";
	else if (fault == NET_LINE_NO_LOGIN)
		words = "the server offers no login that can be used";
	else if (opening->greeting.fault == NET_GREETING_STRANGE)
		words = "the server says what is not of the protocol";
	else if (fault == NET_LINE_TOO_LONG)
		words = "the server says more than is read before a login";
	else if (strpbrk(words, "?@") != NULL || strstr(words, "//") != NULL)
		words = "";
	snprintf(text, size, "%s", words);
	for (p = (unsigned char *) text; *p != '\0'; p++)
		if (*p < 0x20 || *p >= 0x7f)
			*p = '?';
}

int
campaign_net_line_opening_socket(NetOpening *opening)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (!NET_EASY(opening->failure, curl_easy_getinfo(opening->easy, CURLINFO_ACTIVESOCKET, &fd)))
		return -1;
	return fd == CURL_SOCKET_BAD ? -1 : fd;
}

/* What libcurl would still say on a socket that is shut fails at once: it waits for no answer. */
void
campaign_net_line_opening_shut(NetOpening *opening)
{
	curl_socket_t fd = CURL_SOCKET_BAD;

	if (opening->easy != NULL && opening->multi != NULL)
	{
		if (curl_easy_getinfo(opening->easy, CURLINFO_ACTIVESOCKET, &fd) == CURLE_OK &&
			fd != CURL_SOCKET_BAD)
			shutdown(fd, SHUT_RDWR);
		curl_multi_remove_handle(opening->multi, opening->easy);
	}
	if (opening->multi != NULL)
		curl_multi_cleanup(opening->multi);
	if (opening->easy != NULL)
		curl_easy_cleanup(opening->easy);
	opening->multi = NULL;
	opening->easy = NULL;
}
