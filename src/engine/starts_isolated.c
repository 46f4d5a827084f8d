/*
 * starts_isolated.c
 *		Rounds of starts of which one action may fail by itself.
 */
#include "engine/starts.h"

#include "engine/isolation.h"
#include "engine/resolution.h"

/* So many actions are started one by one in a transaction, before another try at all of them. */
#define CAREFUL_MAX 100

typedef struct StartWork
{
	Round round;
	int64 incarnation;
	bool network;
	const Lease *lease;
	const StartPlaces *places;
	Started started;
} StartWork;

static void
start_work(void *arg)
{
	StartWork *work = arg;

	campaign_starts_round(&work->round, work->incarnation, work->network, work->lease, work->places,
						  &work->started);
}

/* Adds what one round has started to what those before it have. */
static void
gather(Started *all, const Started *one)
{
	int i;

	all->touched += one->touched;
	for (i = 0; i < one->n; i++)
		all->items[all->n++] = one->items[i];
}

/* One action at a time: the one that fails is known by that. */
static void
start_one_by_one(StartWork *work, Started *all)
{
	int i;

	all->items = palloc(CAREFUL_MAX * sizeof(StartedAction));
	work->round.limit = 1;
	for (i = 0; i < CAREFUL_MAX; i++)
	{
		char *reason = campaign_isolation_try(start_work, work);

		if (reason == NULL && work->started.touched == 0)
			break;
		if (reason == NULL)
			gather(all, &work->started);
		else if (work->started.suspect == 0)
			ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("actions cannot be started"),
							errdetail("%s", reason)));
		else
		{
			campaign_resolution_hold(&work->round, work->started.suspect, reason);
			all->touched++;
		}
		work->places->count(work->places->arg, all->items, all->n);
	}
}

void
campaign_starts_isolated(const Round *round, int64 incarnation, bool network, const Lease *lease,
						 const StartPlaces *places, Started *started)
{
	StartWork work = {*round, incarnation, network, lease, places, {0}};

	memset(started, 0, sizeof(*started));
	if (campaign_isolation_try(start_work, &work) == NULL)
		*started = work.started;
	else
	{
		places->count(places->arg, NULL, 0);
		start_one_by_one(&work, started);
	}
	places->count(places->arg, started->items, started->n);
}
