/*
 * dial.c
 *		How a place comes by its connection.
 */
#include "net/dial.h"

#include <unistd.h>

#include "net/networks.h"

/* CURLOPT_OPENSOCKETFUNCTION: the address is the resolved one. */
static curl_socket_t
open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	NetPlace *place = context;
	int fd;

	(void) purpose;
	if (!campaign_net_networks_allow(place->private_networks, &address->addr))
	{
		place->not_public = true;
		return CURL_SOCKET_BAD;
	}
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
				address->protocol);
	if (fd < 0)
		return CURL_SOCKET_BAD;
	if (!campaign_net_sockets_opened(place->sockets, fd))
	{
		close(fd);
		return CURL_SOCKET_BAD;
	}
	place->sockets_made++;
	return fd;
}

/* CURLOPT_CLOSESOCKETFUNCTION: may come long after the place has gone on to other requests. */
static int
close_socket(void *context, curl_socket_t fd)
{
	campaign_net_sockets_closed(context, fd);
	return close(fd);
}

/* CURLOPT_SSL_CTX_FUNCTION: a socket is connected, TLS begins. */
static CURLcode
begin_tls(CURL *easy, void *tls, void *context)
{
	NetPlace *place = context;

	(void) easy;
	(void) tls;
	place->tls_begun = true;
	return CURLE_OK;
}

/*
 * CURLOPT_PREREQFUNCTION: the connection stands, nothing of the request has left. A connection that
 * is used again was opened for another request, which may have been allowed more than this one.
 */
static int
before_request(void *context, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
	NetPlace *place = context;

	(void) local_ip;
	(void) remote_port;
	(void) local_port;
	if (!campaign_net_networks_allow_text(place->private_networks, remote_ip))
	{
		place->not_public = true;
		return CURL_PREREQFUNC_ABORT;
	}
	if (campaign_net_clock() >= place->done_by)
	{
		place->too_late = true;
		return CURL_PREREQFUNC_ABORT;
	}
	place->begun = true;
	return CURL_PREREQFUNC_OK;
}

bool
campaign_net_dial_set(NetPlace *place)
{
	CURL *easy = place->easy;
	NetFailure *failure = place->failure;

	/* Not each library of TLS has this; without it, what fails in TLS is told of the connection. */
	(void) curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, begin_tls);
	(void) curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, (void *) place);
	return NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, (void *) place)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket)) &&
		   NET_EASY(failure,
					curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, (void *) place->sockets)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_PREREQDATA, (void *) place));
}

/*
 * libcurl gives each of several addresses its part of this time. The whole time is ours to judge, as
 * libcurl judges before it looks at the socket; so there is no CURLOPT_TIMEOUT either.
 */
bool
campaign_net_dial_reset(NetPlace *place, const NetLimits *limits)
{
	place->begun = false;
	place->tls_begun = false;
	place->too_late = false;
	place->sockets_made = 0;
	place->not_public = false;
	return NET_EASY(place->failure, curl_easy_setopt(place->easy, CURLOPT_CONNECTTIMEOUT_MS,
													 limits->connect_timeout_ms));
}

void
campaign_net_dial_spare(NetPlace *place, int64_t now)
{
	long elapsed_ms = (long) ((now - place->started) / 1000);

	if (!place->begun && place->connect_by <= now)
		NET_EASY(place->failure,
				 curl_easy_setopt(place->easy, CURLOPT_CONNECTTIMEOUT_MS, elapsed_ms + 60 * 1000));
}
