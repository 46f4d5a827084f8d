/*
 * allotment.h
 *		How many actions each ready lane may start in this round, by quota and places, and what that
 *		leaves of the quotas and of the lanes.
 */
#ifndef CAMPAIGN_ALLOTMENT_H
#define CAMPAIGN_ALLOTMENT_H

#include "engine/starts.h"
#include "store/queue.h"
#include "store/quotas.h"

typedef struct Allotment
{
	const Round *round;
	bool leased; /* the lanes are such as agents take from */
	ReadyLane *lanes;
	int n_lanes;
	int *allotted;      /* by lane: at most so many are taken, */
	int *taken;         /* and so many were there */
	int *claimed;       /* by lane: actions that places were taken for, */
	int *departed;      /* and requests that leave: no more than those places */
	TimestampTz *since; /* by lane: what started since then is counted in the present windows */
	bool *
		seen; /* by lane: all that is queued was looked at, and not only what lies behind a front */
	bool crowded;          /* there may be more lanes than were claimed */
	QueuedAction *repeats; /* what may have got through already: it comes before all else */
	int n_repeats;
	QuotaLimit *limits;
	int n_limits;
} Allotment;

/* Claims lanes, those of the lease if there is one, and locks their quotas; how many lanes. */
extern int campaign_allotment_open(Allotment *allotment, const Round *round, int max_lanes,
								   bool network, const Lease *lease, const StartPlaces *places);

/*
 * Gives out starts one at a time, lane by lane in turn, until nobody can take another; whose turn is
 * first differs from time to time: what lanes share (a pace, a rate, a quota of the channel) may allow
 * one start only. Sets allotted, of lanes and limits alone, so that a rehearsal can ask it too.
 */
extern void campaign_allotment_share(Allotment *allotment, const StartPlaces *places);

/*
 * Until when the lane's limits (by its place) allow nothing, and until when its quotas do, which its
 * actions are said to be deferred by: a pace only spreads what starts. DT_NOEND if they do not.
 */
extern void campaign_allotment_limited(const Allotment *allotment, int lane, TimestampTz *until,
									   TimestampTz *deferred);

/* Takes and locks the actions that may be started; how many. */
extern int campaign_allotment_take(Allotment *allotment, QueuedAction **actions);

/* The claimed lane of this id. */
extern const ReadyLane *campaign_allotment_lane(const Allotment *allotment, int64 lane);

/* One more request of the lane is to leave; false = all its places are taken. */
extern bool campaign_allotment_depart(Allotment *allotment, int64 lane);

/* One action of the lane was started. */
extern void campaign_allotment_debit(Allotment *allotment, int64 lane);

/* Writes the quotas, and when each lane is to be looked at next. */
extern void campaign_allotment_close(Allotment *allotment);

#endif
