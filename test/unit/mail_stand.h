/*
 * mail_stand.h
 *		A mail server in the test's own hands: a listener that says what the test lets it say, and a
 *		line that is driven until something has happened or ten seconds have passed.
 */
#ifndef CAMPAIGN_MAIL_STAND_H
#define CAMPAIGN_MAIL_STAND_H

#include <errno.h>

#include "net/line.h"
#include "net_stand.h"

typedef struct Peer
{
	int listener;
	int port;
	int fd;          /* of the connection, -1 = none */
	char seen[8192]; /* what has come and was not looked at */
	size_t len;
} Peer;

static inline void
peer_open(Peer *peer)
{
	memset(peer, 0, sizeof(*peer));
	peer->listener = stand_listen(&peer->port);
	peer->fd = -1;
}

static inline void
peer_hang_up(Peer *peer)
{
	if (peer->fd >= 0)
		close(peer->fd);
	peer->fd = -1;
	peer->len = 0;
}

static inline void
peer_close(Peer *peer)
{
	peer_hang_up(peer);
	close(peer->listener);
}

static inline void
peer_accept(Peer *peer, NetLoop *loop)
{
	int64_t end = campaign_net_clock() + STAND_LIMIT_US;

	while ((peer->fd = accept4(peer->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) < 0)
	{
		if (campaign_net_clock() > end)
			stand_die("nobody connects");
		stand_step(loop);
	}
}

static inline void
peer_say_bytes(Peer *peer, NetLoop *loop, const char *bytes, size_t left)
{
	int64_t end = campaign_net_clock() + STAND_LIMIT_US;

	while (left > 0)
	{
		ssize_t n = send(peer->fd, bytes, left, MSG_NOSIGNAL);

		if (n > 0)
		{
			bytes += n;
			left -= (size_t) n;
		}
		else if (errno != EAGAIN || campaign_net_clock() > end)
			return;
		if (n <= 0)
			stand_step(loop);
	}
}

static inline void
peer_say(Peer *peer, NetLoop *loop, const char *text)
{
	peer_say_bytes(peer, loop, text, strlen(text));
}

/* Waits for a line; true if it is, or begins with, the text. */
static inline bool
peer_hears(Peer *peer, NetLoop *loop, const char *text)
{
	int64_t end = campaign_net_clock() + STAND_LIMIT_US;
	char *feed;
	bool same;

	while ((feed = memchr(peer->seen, '\n', peer->len)) == NULL)
	{
		ssize_t n = recv(peer->fd, peer->seen + peer->len, sizeof(peer->seen) - 1 - peer->len, 0);

		if (n == 0 || (n < 0 && errno != EAGAIN) || campaign_net_clock() > end)
			return false;
		if (n > 0)
			peer->len += (size_t) n;
		else
			stand_step(loop);
	}
	same = strncmp(peer->seen, text, strlen(text)) == 0;
	if (!same)
		printf("# heard: %.*s", (int) (feed + 1 - peer->seen), peer->seen);
	peer->len -= (size_t) (feed + 1 - peer->seen);
	memmove(peer->seen, feed + 1, peer->len);
	return same;
}

/* True once the other side has shut the connection; what it said before is forgotten. */
static inline bool
peer_is_left(Peer *peer, NetLoop *loop)
{
	int64_t end = campaign_net_clock() + STAND_LIMIT_US;
	ssize_t n;

	while ((n = recv(peer->fd, peer->seen, sizeof(peer->seen), 0)) != 0)
	{
		if ((n < 0 && errno != EAGAIN) || campaign_net_clock() > end)
			return n < 0 && errno == ECONNRESET;
		if (n < 0)
			stand_step(loop);
	}
	return true;
}

#endif
