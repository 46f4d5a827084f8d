/*
 * rehearse_lanes.h
 *		The queues of the accounts of a rehearsal, and the limits of what leaves them.
 *
 * Lanes and limits are those that the dispatcher would meet, as used up to now; from there on they are
 * counted here. How many may start is shared out by engine/allotment, as in the rounds.
 */
#ifndef CAMPAIGN_REHEARSE_LANES_H
#define CAMPAIGN_REHEARSE_LANES_H

#include "engine/allotment.h"
#include "engine/rehearse_people.h"

typedef struct ImaginedLane
{
	ReadyLane ready; /* as claimed; its id is its place, from 1 */
	pairingheap *queue;
	int waiting;
	TimestampTz ready_at; /* when to look at it; DT_NOEND = not before something is queued */
	TimestampTz deferred_until;
} ImaginedLane;

typedef struct ImaginedLanes
{
	ImaginedLane *items;
	int n;
	QuotaLimit *limits; /* lane is the place in items */
	QuotaRule *rules;
	int n_limits;
	int64 next_action;
} ImaginedLanes;

/* The lanes that the actions of these people can come into, and what waits in them already. */
extern void campaign_rehearse_lanes_open(ImaginedLanes *lanes, const Round *round, People *people);

/* The lane of this account and kind. */
extern int campaign_rehearse_lanes_find(const ImaginedLanes *lanes, int64 account,
										const char *kind);

/* Queues the figure's action, which is in no queue, in its lane; takes it out; puts it off. */
extern void campaign_rehearse_lanes_put(ImaginedLanes *lanes, Figure *figure);
extern void campaign_rehearse_lanes_remove(ImaginedLanes *lanes, Figure *figure);
extern void campaign_rehearse_lanes_put_off(ImaginedLanes *lanes, Figure *figure,
											TimestampTz not_before);

/* Puts off all of the lane that could start now. */
extern void campaign_rehearse_lanes_close(ImaginedLanes *lanes, int lane, TimestampTz now,
										  TimestampTz until);

/* Brings the limits to now. */
extern void campaign_rehearse_lanes_turn(ImaginedLanes *lanes, TimestampTz now);

/* What accounts can still take, for engine/assign: arg is a LanesNow. */
typedef struct LanesNow
{
	const ImaginedLanes *lanes;
	TimestampTz now;
} LanesNow;

extern void campaign_rehearse_lanes_left(void *arg, const LaneKey *keys, int n, int64 *left);

/*
 * Takes out of their queues what may start now, of lanes that are ready, as quotas allow: up to
 * round->limit figures, lane by lane, each in order. looked says which lanes were looked at.
 */
extern int campaign_rehearse_lanes_take(ImaginedLanes *lanes, const Round *round, Figure **figures,
										bool *looked);

/* One start from all limits of the lane. */
extern void campaign_rehearse_lanes_debit(ImaginedLanes *lanes, int lane, TimestampTz now);

/* When each lane that was looked at is to be looked at again. */
extern void campaign_rehearse_lanes_settle(ImaginedLanes *lanes, const Round *round,
										   const bool *looked);

extern TimestampTz campaign_rehearse_lanes_next(const ImaginedLanes *lanes);

#endif
