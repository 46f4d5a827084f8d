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
	allotment->taken = palloc0(allotment->n_lanes * sizeof(int));
	allotment->crowded = allotment->n_lanes == max_lanes;
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
	n = campaign_actions_take(allotment->round->workspace, lanes, limits, n, allotment->round->now,
							  actions);
	for (i = 0; i < n; i++)
		allotment->taken[position_of(allotment, (*actions)[i].lane)]++;
	return n;
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

/*
 * All that it was allotted was there, so there may be more: it is not asked for, which would read over
 * what has just been started, but stays ready. Behind the others, where not all could be claimed.
 */
static bool
stays_ready(const Allotment *allotment, int lane, TimestampTz *ready)
{
	if (!allotment->lanes[lane].usable || allotment->taken[lane] < allotment->allotted[lane] ||
		deferred_until(allotment, lane) != DT_NOEND)
		return false;
	*ready = allotment->crowded ? allotment->round->now : allotment->lanes[lane].ready_at;
	return true;
}

/* When to look again at a lane whose next action may start at `next`, and until when it is deferred. */
static TimestampTz
look_again(const Allotment *allotment, int lane, TimestampTz next, TimestampTz *deferred)
{
	TimestampTz now = allotment->round->now;

	if (next == DT_NOEND)
		return DT_NOEND;
	if (!allotment->lanes[lane].usable)
		return now + UNUSABLE_USEC;
	*deferred = deferred_until(allotment, lane);
	if (*deferred != DT_NOEND)
		return Max(next, *deferred);
	/* somebody may be queueing an earlier one: it sleeps only if nobody is, see lanes.h */
	return next > now ? DT_NOEND : next;
}

void
campaign_allotment_close(Allotment *allotment)
{
	int64 workspace = allotment->round->workspace;
	int64 *ids = palloc(allotment->n_lanes * sizeof(int64));
	TimestampTz *ready = palloc(allotment->n_lanes * sizeof(TimestampTz));
	TimestampTz *deferred = palloc(allotment->n_lanes * sizeof(TimestampTz));
	int64 *asked_ids = palloc(allotment->n_lanes * sizeof(int64));
	int *asked = palloc(allotment->n_lanes * sizeof(int));
	TimestampTz *next = palloc(allotment->n_lanes * sizeof(TimestampTz));
	int n_asked = 0;
	int i;

	campaign_quotas_write(workspace, allotment->limits, allotment->n_limits);
	for (i = 0; i < allotment->n_lanes; i++)
	{
		ids[i] = allotment->lanes[i].id;
		deferred[i] = DT_NOEND;
		if (stays_ready(allotment, i, &ready[i]))
			continue;
		asked_ids[n_asked] = ids[i];
		asked[n_asked++] = i;
	}
	if (n_asked > 0)
		campaign_actions_next(workspace, asked_ids, n_asked, next);
	for (i = 0; i < n_asked; i++)
		ready[asked[i]] = look_again(allotment, asked[i], next[i], &deferred[asked[i]]);
	campaign_lanes_settle(workspace, ids, ready, deferred, allotment->n_lanes,
						  allotment->round->now);
}
