/*
 * allotment.c
 *		How many actions each ready lane may start in this round.
 */
#include "engine/allotment.h"

/* A lane whose account cannot send now is looked at again after this; nothing announces a change. */
#define UNUSABLE_USEC (60 * USECS_PER_SEC)

static int
position_of(const Allotment *allotment, int64 lane)
{
	int i;

	for (i = 0; i < allotment->n_lanes; i++)
		if (allotment->lanes[i].id == lane)
			return i;
	elog(ERROR, "lane " INT64_FORMAT " was not claimed", lane);
}

const ReadyLane *
campaign_allotment_lane(const Allotment *allotment, int64 lane)
{
	return &allotment->lanes[position_of(allotment, lane)];
}

/* Debits one start from a limit, and from those that count in the same row of usage. */
static void
debit_shared(QuotaLimit *limits, int n, int which)
{
	int64 usage = limits[which].usage_id;
	int i;

	for (i = 0; i < n; i++)
		if (limits[i].usage_id == usage)
			limits[i].usage.used++;
}

static bool
has_room(const QuotaLimit *limits, int n, int lane)
{
	int i;

	for (i = 0; i < n; i++)
		if (limits[i].lane == lane && campaign_quota_free(&limits[i].usage, limits[i].max) <= 0)
			return false;
	return true;
}

static void
debit_lane(QuotaLimit *limits, int n, int lane)
{
	int i;
	int k;

	for (i = 0; i < n; i++)
	{
		if (limits[i].lane != lane)
			continue;
		/* two limits of one lane may count in one row: it is one start all the same */
		for (k = 0; k < i; k++)
			if (limits[k].lane == lane && limits[k].usage_id == limits[i].usage_id)
				break;
		if (k == i)
			debit_shared(limits, n, i);
	}
}

/* Gives out starts one at a time, lane by lane in turn, until nobody can take another. */
static void
give_out(Allotment *allotment, const StartPlaces *places)
{
	QuotaLimit *tentative = palloc(Max(allotment->n_limits, 1) * sizeof(QuotaLimit));
	int left = allotment->round->limit;
	bool gave = true;
	int i;

	if (allotment->n_limits > 0)
		memcpy(tentative, allotment->limits, allotment->n_limits * sizeof(QuotaLimit));
	while (gave && left > 0)
	{
		gave = false;
		for (i = 0; i < allotment->n_lanes && left > 0; i++)
		{
			if (!allotment->lanes[i].usable || !has_room(tentative, allotment->n_limits, i) ||
				!places->take(places->arg, &allotment->lanes[i]))
				continue;
			debit_lane(tentative, allotment->n_limits, i);
			allotment->allotted[i]++;
			left--;
			gave = true;
		}
	}
}

int
campaign_allotment_open(Allotment *allotment, const Round *round, int max_lanes, bool network,
						const StartPlaces *places)
{
	LaneKey *keys;
	int i;

	memset(allotment, 0, sizeof(*allotment));
	allotment->round = round;
	allotment->n_lanes =
		campaign_lanes_claim(round->workspace, round->now, max_lanes, network, &allotment->lanes);
	if (allotment->n_lanes == 0)
		return 0;
	keys = palloc(allotment->n_lanes * sizeof(LaneKey));
	for (i = 0; i < allotment->n_lanes; i++)
	{
		keys[i].account = allotment->lanes[i].account;
		keys[i].kind = allotment->lanes[i].kind;
	}
	allotment->allotted = palloc0(allotment->n_lanes * sizeof(int));
	allotment->n_limits = campaign_quotas_lock(round->workspace, keys, allotment->n_lanes,
											   round->now, &allotment->limits);
	give_out(allotment, places);
	return allotment->n_lanes;
}

int
campaign_allotment_take(Allotment *allotment, QueuedAction **actions)
{
	int64 *lanes = palloc(allotment->n_lanes * sizeof(int64));
	int *limits = palloc(allotment->n_lanes * sizeof(int));
	int n = 0;
	int i;

	for (i = 0; i < allotment->n_lanes; i++)
	{
		if (allotment->allotted[i] == 0)
			continue;
		lanes[n] = allotment->lanes[i].id;
		limits[n++] = allotment->allotted[i];
	}
	if (n == 0)
		return 0;
	return campaign_actions_take(allotment->round->workspace, lanes, limits, n,
								 allotment->round->now, actions);
}

void
campaign_allotment_debit(Allotment *allotment, int64 lane)
{
	debit_lane(allotment->limits, allotment->n_limits, position_of(allotment, lane));
}

/* Until when the lane's quotas allow nothing; DT_NOEND if they do. */
static TimestampTz
deferred_until(const Allotment *allotment, int lane)
{
	TimestampTz until = DT_NOEND;
	int i;

	for (i = 0; i < allotment->n_limits; i++)
	{
		const QuotaLimit *limit = &allotment->limits[i];

		if (limit->lane != lane || campaign_quota_free(&limit->usage, limit->max) > 0)
			continue;
		until = until == DT_NOEND ? limit->usage.end : Max(until, limit->usage.end);
	}
	return until;
}

void
campaign_allotment_close(Allotment *allotment)
{
	TimestampTz now = allotment->round->now;
	int64 *ids = palloc(allotment->n_lanes * sizeof(int64));
	TimestampTz *ready = palloc(allotment->n_lanes * sizeof(TimestampTz));
	TimestampTz *deferred = palloc(allotment->n_lanes * sizeof(TimestampTz));
	int i;

	campaign_quotas_write(allotment->round->workspace, allotment->limits, allotment->n_limits);
	for (i = 0; i < allotment->n_lanes; i++)
		ids[i] = allotment->lanes[i].id;
	campaign_actions_next(allotment->round->workspace, ids, allotment->n_lanes, ready);
	for (i = 0; i < allotment->n_lanes; i++)
	{
		deferred[i] = DT_NOEND;
		if (ready[i] == DT_NOEND)
			continue;
		if (!allotment->lanes[i].usable)
		{
			ready[i] = now + UNUSABLE_USEC;
			continue;
		}
		deferred[i] = deferred_until(allotment, i);
		if (deferred[i] != DT_NOEND)
			ready[i] = Max(ready[i], deferred[i]);
		else if (ready[i] > now)
			/* somebody may be queueing an earlier one: it sleeps only if nobody is, see lanes.h */
			ready[i] = DT_NOEND;
	}
	campaign_lanes_settle(allotment->round->workspace, ids, ready, deferred, allotment->n_lanes,
						  now);
}
