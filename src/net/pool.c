/*
 * pool.c
 *		The places of a loop.
 */
#include "net/pool.h"

#include <stdlib.h>
#include <string.h>

#include "net/dial.h"

bool
campaign_net_pool_open(NetPool *pool, const NetLimits *limits, NetSockets *sockets,
					   NetFailure *failure)
{
	int i;

	memset(pool, 0, sizeof(*pool));
	pool->limits = *limits;
	pool->look_at = INT64_MAX;
	pool->ca_file = limits->ca_file != NULL ? strdup(limits->ca_file) : NULL;
	pool->limits.ca_file = pool->ca_file;
	if (!campaign_net_check_system(failure, "strdup",
								   pool->ca_file != NULL || limits->ca_file == NULL))
		return false;
	pool->places = calloc((size_t) limits->max_places, sizeof(NetPlace));
	if (!campaign_net_check_system(failure, "calloc", pool->places != NULL))
		return false;
	for (i = limits->max_places - 1; i >= 0; i--)
	{
		pool->places[i].sockets = sockets;
		pool->places[i].failure = failure;
		campaign_net_pool_release(pool, &pool->places[i]);
	}
	return true;
}

void
campaign_net_pool_close(NetPool *pool)
{
	int i;

	for (i = 0; pool->places != NULL && i < pool->limits.max_places; i++)
		campaign_net_place_clear(&pool->places[i]);
	free(pool->places);
	free(pool->ca_file);
	memset(pool, 0, sizeof(*pool));
}

NetPlace *
campaign_net_pool_acquire(NetPool *pool)
{
	NetPlace *place = pool->free;

	if (place != NULL)
	{
		pool->free = place->next;
		pool->n_free--;
		place->next = NULL;
	}
	return place;
}

void
campaign_net_pool_release(NetPool *pool, NetPlace *place)
{
	place->next = pool->free;
	pool->free = place;
	pool->n_free++;
}

/* When the place is to be looked at next, if nothing comes before. */
static int64_t
deadline(const NetPlace *place)
{
	return place->begun ? place->done_by : place->connect_by;
}

void
campaign_net_pool_begun(NetPool *pool, NetPlace *place)
{
	place->in_flight = true;
	pool->in_flight++;
	if (place->connect_by < pool->look_at)
		pool->look_at = place->connect_by;
}

void
campaign_net_pool_finish(NetPool *pool, NetPlace *place)
{
	if (place->in_flight)
	{
		place->in_flight = false;
		pool->in_flight--;
		if (pool->in_flight == 0)
			pool->look_at = INT64_MAX;
	}
	place->next = NULL;
	if (pool->finished == NULL)
		pool->finished = place;
	else
		pool->last_finished->next = place;
	pool->last_finished = place;
}

NetPlace *
campaign_net_pool_take(NetPool *pool)
{
	NetPlace *place = pool->finished;

	if (place != NULL)
		pool->finished = place->next;
	return place;
}

void
campaign_net_pool_spare(NetPool *pool, int64_t now)
{
	int i;

	for (i = 0; i < pool->limits.max_places; i++)
		if (pool->places[i].in_flight)
			campaign_net_dial_spare(&pool->places[i], now);
}

NetPlace *
campaign_net_pool_overdue(NetPool *pool, int64_t now)
{
	int64_t next = INT64_MAX;
	int i;

	if (pool->look_at > now)
		return NULL;
	for (i = 0; i < pool->limits.max_places; i++)
	{
		NetPlace *place = &pool->places[i];

		if (!place->in_flight)
			continue;
		if (deadline(place) <= now)
			return place;
		if (deadline(place) < next)
			next = deadline(place);
	}
	pool->look_at = next;
	return NULL;
}
