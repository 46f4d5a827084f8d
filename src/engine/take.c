/*
 * take.c
 *		What an agent takes to do.
 */
#include "engine/take.h"

#include "engine/resolution.h"

/* How many more the agent may be given. */
typedef struct Hands
{
	int free;
	int taken; /* of the round that is under way */
} Hands;

static bool
take_one(void *arg, const ReadyLane *lane)
{
	Hands *hands = arg;

	if (hands->taken >= hands->free)
		return false;
	hands->taken++;
	return true;
}

static void
count_taken(void *arg, const StartedAction *started, int n)
{
	((Hands *) arg)->taken = n;
}

/*
 * Again as long as something was there: what stands behind an action that could not be started may be,
 * and a lane may have more than its share when others have less. Each round takes what it has looked at
 * out of the way, by a state or by a later not_before.
 */
int
campaign_take_actions(const Round *round, const Lease *lease, int max, int64 *taken)
{
	Round part = *round;
	Hands hands = {max, 0};
	StartPlaces places = {.take = take_one, .count = count_taken, .arg = &hands};
	Started started;
	int n = 0;

	part.actor = NULL;
	campaign_resolution_expire(&part);
	part.actor = round->actor;
	do
	{
		int i;

		hands.free = max - n;
		hands.taken = 0;
		part.limit = hands.free;
		campaign_starts_isolated(&part, 0, false, lease, &places, &started);
		for (i = 0; i < started.n && n < max; i++)
			taken[n++] = started.items[i].action;
	} while (n < max && started.touched > 0);
	return n;
}
