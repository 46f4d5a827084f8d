/*
 * loop.h
 *		A set of HTTP transfers and of lines to mail servers that go on side by side in one thread, and
 *		never block it.
 *
 * The loop keeps all its sockets in one private epoll descriptor, so that a caller who has other
 * things to wait for (a latch, the death of its parent) waits for that one descriptor beside them,
 * for at most campaign_net_timeout_ms(), and then gives the loop a turn. What to send and what came
 * back is in http.h, and in line.h.
 *
 * A loop belongs to the process that opened it: open it after the last fork. It installs no signal
 * handler; it ignores SIGPIPE if nothing else was set, since a receiver may hang up at any time.
 * Resolver threads start with all signals blocked and touch nothing of the caller's.
 *
 * Not thread-safe. Memory comes from malloc, never from the caller's allocator.
 */
#ifndef CAMPAIGN_NET_LOOP_H
#define CAMPAIGN_NET_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/networks.h"

#define NET_PLACES_MAX 1024

typedef struct NetLoop NetLoop;

/* A ceiling for all requests of a loop: a request can ask for less, not for more. */
typedef struct NetLimits
{
	int max_places;          /* transfers at a time, 1 .. NET_PLACES_MAX */
	long connect_timeout_ms; /* resolving, connecting and TLS together */
	long total_timeout_ms;   /* from submit to the last byte of the answer */
	size_t body_cap;         /* bytes kept of an answer; a longer one is cut off */
	bool allow_http;         /* without TLS */
	const char *ca_file;     /* authorities trusted instead of the system's (PEM), or NULL */
	/* not of the public internet, and may be connected to by requests that allow it */
	NetNetworks private_networks;
} NetLimits;

/*
 * Opens a loop, or gives NULL and says in error what failed. Raises the soft limit of open files
 * as far as max_places needs it and the hard limit lets it.
 */
extern NetLoop *campaign_net_open(const NetLimits *limits, char *error, size_t error_size);

/* Others may be connected to from now on; what is open already stays so. */
extern void campaign_net_list_private(NetLoop *loop, const NetNetworks *networks);

/* The epoll descriptor: readable when a turn has something to do. Wait on it level-triggered. */
extern int campaign_net_fd(const NetLoop *loop);

/* How many requests can be submitted now. A place is free again when its result was taken. */
extern int campaign_net_free_places(const NetLoop *loop);

/*
 * Does all that can be done without waiting. A turn that comes late reads what has arrived before
 * it judges any time-out.
 */
extern void campaign_net_turn(NetLoop *loop);

/* How long a wait for the descriptor may last before the next turn; -1 = no limit. */
extern long campaign_net_timeout_ms(const NetLoop *loop);

/* The first call into libcurl or epoll that failed unexpectedly, "" if none: for the log. */
extern const char *campaign_net_failure(const NetLoop *loop);

/* Aborts what is open. Does not wait for resolver threads; they end by themselves. */
extern void campaign_net_close(NetLoop *loop);

/* ---- for http.c and line.c ---- */

struct NetFailure;
struct NetLines;
struct NetPool;
struct NetPlace;
struct NetSockets;

extern struct NetPool *campaign_net_pool(NetLoop *loop);
extern struct NetLines *campaign_net_lines(NetLoop *loop);
extern struct NetSockets *campaign_net_sockets(NetLoop *loop);
extern struct NetFailure *campaign_net_loop_failure(NetLoop *loop);
extern int64_t campaign_net_clock(void);
extern bool campaign_net_begin(NetLoop *loop, struct NetPlace *place);

#endif
