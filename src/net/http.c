/*
 * http.c
 *		One request and what became of it: the requests' way into a loop and out of it.
 */
#include "net/http.h"

#include <stdlib.h>
#include <string.h>

#include "net/place.h"
#include "net/pool.h"
#include "net/verdict.h"
#include "net/vet.h"

bool
campaign_net_submit(NetLoop *loop, const NetRequest *request)
{
	NetPool *pool = campaign_net_pool(loop);
	NetPlace *place = campaign_net_pool_acquire(pool);
	const char *reason;

	if (place == NULL)
		return false;
	reason = campaign_net_vet(request, pool->limits.allow_http && request->allow_http);
	if (reason != NULL)
	{
		if (campaign_net_verdict_refuse(place, request, reason))
		{
			campaign_net_pool_finish(pool, place);
			return true;
		}
	}
	else if (campaign_net_place_load(place, request, &pool->limits, campaign_net_clock()) &&
			 campaign_net_begin(loop, place))
	{
		campaign_net_pool_begun(pool, place);
		return true;
	}
	campaign_net_pool_release(pool, place);
	return false;
}

bool
campaign_net_take(NetLoop *loop, NetResult *result)
{
	NetPool *pool = campaign_net_pool(loop);
	NetPlace *place = campaign_net_pool_take(pool);

	if (place == NULL)
		return false;
	*result = place->result;
	place->result.body = NULL;
	campaign_net_pool_release(pool, place);
	return true;
}

void
campaign_net_result_free(NetResult *result)
{
	free(result->body);
	result->body = NULL;
	result->body_len = 0;
}
