/*
 * pool.h
 *		The places of a loop: which are free, under way or finished, and which have run out of time.
 *
 * A place is free, then under way, then finished until its result is taken, then free again.
 */
#ifndef CAMPAIGN_NET_POOL_H
#define CAMPAIGN_NET_POOL_H

#include "net/place.h"

typedef struct NetPool
{
	NetLimits limits;
	char *ca_file;    /* the copy that limits points to */
	NetPlace *places; /* limits.max_places of them */
	NetPlace *free;   /* the one used last comes first: its memory is warm */
	int n_free;
	NetPlace *finished; /* in order of finishing */
	NetPlace *last_finished;
	int in_flight;
	int64_t look_at; /* no deadline of a place is before; INT64_MAX if none is under way */
} NetPool;

extern bool campaign_net_pool_open(NetPool *pool, const NetLimits *limits, NetSockets *sockets,
								   NetFailure *failure);

/* The caller has taken all handles out of the multi handle. */
extern void campaign_net_pool_close(NetPool *pool);

/* A free place, or NULL; give it back by one of the two below or mark it by begun. */
extern NetPlace *campaign_net_pool_acquire(NetPool *pool);
extern void campaign_net_pool_release(NetPool *pool, NetPlace *place);

/* Under way; its deadlines count from now on. */
extern void campaign_net_pool_begun(NetPool *pool, NetPlace *place);

/* Has its result, under way before or not. */
extern void campaign_net_pool_finish(NetPool *pool, NetPlace *place);

/* Takes the first finished place out of the list, or NULL. It is still to be released. */
extern NetPlace *campaign_net_pool_take(NetPool *pool);

/* Calls dial_spare for all under way. */
extern void campaign_net_pool_spare(NetPool *pool, int64_t now);

/* One place under way that has run out of time, or NULL, when look_at is brought up to date. */
extern NetPlace *campaign_net_pool_overdue(NetPool *pool, int64_t now);

#endif
