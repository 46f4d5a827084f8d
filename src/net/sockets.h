/*
 * sockets.h
 *		The sockets of libcurl in one epoll descriptor.
 *
 * libcurl says of each socket, several times per request, what it wants to hear of. Telling the
 * kernel each time costs as much as the request, so a wish that is withdrawn stays registered until
 * an event comes that nobody wants; a kept-alive connection is then used again without any call.
 * That is safe only for sockets whose opening and closing we see (see opened and closed); for the
 * others, which libcurl makes for itself, the kernel is told at once.
 *
 * An event carries the generation of its socket: numbers of descriptors are used again, and an event
 * of the one before must not reach the one after.
 */
#ifndef CAMPAIGN_NET_SOCKETS_H
#define CAMPAIGN_NET_SOCKETS_H

#include <sys/epoll.h>

#include "net/check.h"

struct NetSocket;

typedef struct NetSockets
{
	int epoll_fd;
	struct NetSocket *table; /* by descriptor */
	int size;
	NetFailure *failure;
} NetSockets;

extern bool campaign_net_sockets_open(NetSockets *sockets, NetFailure *failure);
extern void campaign_net_sockets_close(NetSockets *sockets);

/* A socket that we made for libcurl, or closed for it. False: no memory; then it must not be used. */
extern bool campaign_net_sockets_opened(NetSockets *sockets, int fd);
extern void campaign_net_sockets_closed(NetSockets *sockets, int fd);

/* CURLMOPT_SOCKETFUNCTION: what is a CURL_POLL_ value, sockets the NetSockets. */
extern int campaign_net_sockets_want(CURL *easy, curl_socket_t fd, int what, void *sockets,
									 void *unused);

/* Whose a socket is, from its wish on: a line, or NULL for those of the loop's own multi handle. */
extern void campaign_net_sockets_own(NetSockets *sockets, int fd, void *owner);
extern void *campaign_net_sockets_owner(const NetSockets *sockets, int fd);

/*
 * The descriptor of an event and its CURL_CSELECT_ mask; false if nobody wants the event any more.
 */
extern bool campaign_net_sockets_event(NetSockets *sockets, const struct epoll_event *event,
									   int *fd, int *mask);

#endif
