/*
 * line_opening.h
 *		How a line comes about: what libcurl is told, and what the end of its attempt means.
 *
 * Each line has a multi handle of its own. In a shared one libcurl looks after the connections that it
 * takes to be idle, and closes those that are old, or have something to read: it does not know that
 * somebody waits on them.
 */
#ifndef CAMPAIGN_NET_LINE_OPENING_H
#define CAMPAIGN_NET_LINE_OPENING_H

#include "net/line.h"
#include "net/sockets.h"

typedef struct NetOpening
{
	CURL *easy;
	CURLM *multi;
	NetSockets *sockets;
	NetFailure *failure;
	void *owner; /* of its sockets */
	bool wants_login;
	const NetNetworks *private_networks; /* of the loop, NULL = none may be connected to */
	bool not_public;                     /* an address was refused */
	int sockets_made;
	int64_t due; /* when libcurl wants to be called, INT64_MAX = not at all */
	NetGreeting greeting;
	char error[CURL_ERROR_SIZE];
} NetOpening;

/* Why it must not be tried, as a text without any of its bytes, or NULL. */
extern const char *campaign_net_line_opening_vet(const NetLineRequest *request);

/* False: no memory. Either way shut it in the end. */
extern bool campaign_net_line_opening_begin(NetOpening *opening, NetLoop *loop,
											const NetLineRequest *request);

/* Lets libcurl go on: fd and mask as of an event, or CURL_SOCKET_TIMEOUT. */
extern void campaign_net_line_opening_go_on(NetOpening *opening, int fd, int mask);

/* True once libcurl is done with it; fault says how it ended. */
extern bool campaign_net_line_opening_is_done(NetOpening *opening, NetLineFault *fault);

/* libcurl's words for that, or ours, in plain ASCII. */
extern void campaign_net_line_opening_describe(const NetOpening *opening, NetLineFault fault,
											   char *text, size_t size);

/* The connected socket, -1 if there is none. */
extern int campaign_net_line_opening_socket(NetOpening *opening);

/* Shuts the connection at once and frees all. */
extern void campaign_net_line_opening_shut(NetOpening *opening);

#endif
