/*
 * allotment.c
 *		How many actions each ready lane may start in this round.
 */
#include "engine/allotment.h"

#include "core/scatter.h"

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

/* The service has said that nothing may be started there for now. */
static bool
is_closed(const Allotment *allotment, int lane)
{
	TimestampTz until = allotment->lanes[lane].closed_until;

	return until != DT_NOEND && until > allotment->round->now;
}

/* How many each limit allows at this moment; of those that count in one row, as many. */
static int64 *
rooms_of(const Allotment *allotment)
{
	int64 *rooms = palloc(Max(allotment->n_limits, 1) * sizeof(int64));
	int i;

	for (i = 0; i < allotment->n_limits; i++)
		rooms[i] = campaign_quotas_free(&allotment->limits[i], allotment->round->now);
	return rooms;
}

static bool
has_room(const Allotment *allotment, const int64 *rooms, int lane)
{
	int i;

	for (i = 0; i < allotment->n_limits; i++)
		if (allotment->limits[i].lane == lane && rooms[i] <= 0)
			return false;
	return true;
}

/* One start of this lane takes one from every limit that counts where one of its own does. */
static void
take_room(const Allotment *allotment, int64 *rooms, int lane)
{
	int i;
	int k;

	for (i = 0; i < allotment->n_limits; i++)
		for (k = 0; k < allotment->n_limits; k++)
			if (allotment->limits[k].lane == lane &&
				allotment->limits[k].usage_id == allotment->limits[i].usage_id)
			{
				rooms[i]--;
				break;
			}
}

/* A place is that of a request, which may carry more than one action. */
static bool
take_place(Allotment *allotment, const StartPlaces *places, int lane)
{
	const ReadyLane *ready = &allotment->lanes[lane];

	if (allotment->claimed[lane] % Max(ready->batch, 1) == 0 && !places->take(places->arg, ready))
		return false;
	allotment->claimed[lane]++;
	return true;
}

static int
count_places(const Allotment *allotment, int lane)
{
	int batch = Max(allotment->lanes[lane].batch, 1);

	return (allotment->claimed[lane] + batch - 1) / batch;
}

bool
campaign_allotment_depart(Allotment *allotment, int64 lane)
{
	int i = position_of(allotment, lane);

	if (allotment->departed[i] >= count_places(allotment, i))
		return false;
	allotment->departed[i]++;
	return true;
}

/* Whose turn is first differs from time to time, so that none of them waits for ever. */
void
campaign_allotment_share(Allotment *allotment, const StartPlaces *places)
{
	int64 *rooms = rooms_of(allotment);
	int first = (int) (campaign_scatter((uint64) allotment->round->now) % allotment->n_lanes);
	int left = allotment->round->limit;
	bool gave = true;
	int turn;

	while (gave && left > 0)
	{
		gave = false;
		for (turn = 0; turn < allotment->n_lanes && left > 0; turn++)
		{
			int i = (first + turn) % allotment->n_lanes;

			if (!allotment->lanes[i].usable || is_closed(allotment, i) ||
				!has_room(allotment, rooms, i) || !take_place(allotment, places, i))
				continue;
			take_room(allotment, rooms, i);
			allotment->allotted[i]++;
			left--;
			gave = true;
		}
	}
}

/* Since when what was started counts in the present window of each of the lane's quotas. */
static TimestampTz
counted_since(const Allotment *allotment, int lane)
{
	TimestampTz since = DT_NOBEGIN;
	int i;

	for (i = 0; i < allotment->n_limits; i++)
	{
		const QuotaLimit *limit = &allotment->limits[i];
		TimestampTz start =
			limit->rolling != NULL ? allotment->round->now - limit->length : limit->usage.start;

		if (limit->lane == lane && !limit->is_pace)
			since = Max(since, start);
	}
	return since;
}

/*
 * What may have got through already and is to be repeated: it needs a place, but was debited when it
 * started, unless a window has turned since. Left to wait for a quota it could outlive its key, and the run would hang on it.
 */
static void
take_repeats(Allotment *allotment, const StartPlaces *places)
{
	int64 *lanes = palloc(allotment->n_lanes * sizeof(int64));
	TimestampTz *since = palloc(allotment->n_lanes * sizeof(TimestampTz));
	int found;
	int n = 0;
	int i;

	for (i = 0; i < allotment->n_lanes; i++)
	{
		allotment->since[i] = counted_since(allotment, i);
		if (!allotment->lanes[i].usable || is_closed(allotment, i) || !allotment->lanes[i].repeats)
			continue;
		since[n] = allotment->since[i];
		lanes[n++] = allotment->lanes[i].id;
	}
	if (n == 0)
		return;
	found = campaign_queue_take_repeats(allotment->round->workspace, lanes, since, n,
										allotment->round->limit, allotment->round->now,
										&allotment->repeats);
	for (i = 0; i < found; i++)
		if (take_place(allotment, places, position_of(allotment, allotment->repeats[i].lane)))
			allotment->repeats[allotment->n_repeats++] = allotment->repeats[i];
}

int
campaign_allotment_open(Allotment *allotment, const Round *round, int max_lanes, bool network,
						const Lease *lease, const StartPlaces *places)
{
	LaneKey *keys;
	bool limited = false;
	int i;

	memset(allotment, 0, sizeof(*allotment));
	allotment->round = round;
	allotment->leased = lease != NULL;
	if (lease != NULL)
		allotment->n_lanes = campaign_lanes_claim_pulled(
			round->workspace, round->now, lease->accounts, lease->n_accounts, &allotment->lanes);
	else
		allotment->n_lanes =
			campaign_lanes_claim(round->workspace, round->now, max_lanes, network, round->parts,
								 round->part, places->full, places->n_full, &allotment->lanes);
	if (allotment->n_lanes == 0)
		return 0;
	keys = palloc(allotment->n_lanes * sizeof(LaneKey));
	for (i = 0; i < allotment->n_lanes; i++)
	{
		keys[i].account = allotment->lanes[i].account;
		keys[i].kind = allotment->lanes[i].kind;
		limited |= allotment->lanes[i].limited;
	}
	allotment->allotted = palloc0(allotment->n_lanes * sizeof(int));
	allotment->taken = palloc0(allotment->n_lanes * sizeof(int));
	allotment->claimed = palloc0(allotment->n_lanes * sizeof(int));
	allotment->departed = palloc0(allotment->n_lanes * sizeof(int));
	allotment->since = palloc(allotment->n_lanes * sizeof(TimestampTz));
	allotment->seen = palloc0(allotment->n_lanes * sizeof(bool));
	allotment->crowded = allotment->n_lanes == max_lanes;
	if (limited)
		allotment->n_limits = campaign_quotas_lock(round->workspace, keys, allotment->n_lanes,
												   round->now, &allotment->limits);
	take_repeats(allotment, places);
	campaign_allotment_share(allotment, places);
	return allotment->n_lanes;
}

static FrontLook
look_at(const Allotment *allotment, int lane)
{
	return campaign_fronts_look(allotment->round->fronts, FRONT_QUEUED, allotment->round->workspace,
								allotment->lanes[lane].id);
}

/* When the whole of what is queued is to be looked at again; DT_NOEND = it was, or is whenever somebody looks. */
static TimestampTz
whole_at(const Allotment *allotment, int lane, const FrontLook *look)
{
	return allotment->seen[lane] ? DT_NOEND : campaign_fronts_whole_at(look, allotment->round->now);
}

/* Those that count against the quotas. */
static int
take_allotted(Allotment *allotment, QueuedAction **actions)
{
	int64 *lanes = palloc(allotment->n_lanes * sizeof(int64));
	int *limits = palloc(allotment->n_lanes * sizeof(int));
	TimestampTz *since = palloc(allotment->n_lanes * sizeof(TimestampTz));
	FrontLook *looks = palloc(allotment->n_lanes * sizeof(FrontLook));
	int n = 0;
	int i;

	for (i = 0; i < allotment->n_lanes; i++)
	{
		if (allotment->allotted[i] == 0)
			continue;
		lanes[n] = allotment->lanes[i].id;
		looks[n] = look_at(allotment, i);
		allotment->seen[i] = looks[n].from == PG_INT64_MIN;
		since[n] = allotment->since[i];
		limits[n++] = allotment->allotted[i];
	}
	if (n == 0)
		return 0;
	n = campaign_queue_take(allotment->round->workspace, lanes, limits, since, looks, n,
							allotment->round->now, actions);
	for (i = 0; i < n; i++)
		allotment->taken[position_of(allotment, (*actions)[i].lane)]++;
	return n;
}

int
campaign_allotment_take(Allotment *allotment, QueuedAction **actions)
{
	QueuedAction *allotted;
	int n = take_allotted(allotment, &allotted);

	if (allotment->n_repeats == 0)
	{
		*actions = n > 0 ? allotted : NULL;
		return n;
	}
	*actions = palloc((allotment->n_repeats + n) * sizeof(QueuedAction));
	memcpy(*actions, allotment->repeats, allotment->n_repeats * sizeof(QueuedAction));
	if (n > 0)
		memcpy(*actions + allotment->n_repeats, allotted, n * sizeof(QueuedAction));
	return allotment->n_repeats + n;
}

void
campaign_allotment_debit(Allotment *allotment, int64 lane)
{
	campaign_quotas_debit(allotment->limits, allotment->n_limits, position_of(allotment, lane),
						  allotment->round->now);
}

void
campaign_allotment_limited(const Allotment *allotment, int lane, TimestampTz *until,
						   TimestampTz *deferred)
{
	int i;

	*until = DT_NOEND;
	*deferred = DT_NOEND;
	for (i = 0; i < allotment->n_limits; i++)
	{
		const QuotaLimit *limit = &allotment->limits[i];
		TimestampTz at;

		if (limit->lane != lane || campaign_quotas_free(limit, allotment->round->now) > 0)
			continue;
		at = campaign_quotas_ready_at(limit, allotment->round->now);
		*until = *until == DT_NOEND ? at : Max(*until, at);
		if (!limit->is_pace)
			*deferred = *deferred == DT_NOEND ? at : Max(*deferred, at);
	}
}

/*
 * All that it was allotted was there, so there may be more: it is not asked for, which would read over
 * what has just been started, but stays ready. Behind the others, where not all could be claimed.
 */
static bool
stays_ready(const Allotment *allotment, int lane, TimestampTz *ready)
{
	TimestampTz until;
	TimestampTz deferred;

	if (!allotment->lanes[lane].usable || is_closed(allotment, lane) ||
		allotment->taken[lane] < allotment->allotted[lane])
		return false;
	campaign_allotment_limited(allotment, lane, &until, &deferred);
	if (until != DT_NOEND)
		return false;
	*ready = allotment->crowded ? allotment->round->now : allotment->lanes[lane].ready_at;
	return true;
}

/*
 * When to look again at a lane whose next action may start at `next`, and whose next one that may have
 * got through at `repeat`; and until when the former are deferred.
 */
static TimestampTz
look_again(const Allotment *allotment, int lane, TimestampTz next, TimestampTz repeat,
		   TimestampTz *deferred)
{
	TimestampTz now = allotment->round->now;
	TimestampTz earliest = Min(next, repeat);
	TimestampTz until = DT_NOEND;

	if (earliest == DT_NOEND)
		return DT_NOEND;
	if (!allotment->lanes[lane].usable)
		return now + UNUSABLE_USEC;
	if (is_closed(allotment, lane))
	{
		*deferred = allotment->lanes[lane].closed_until;
		return *deferred;
	}
	if (next != DT_NOEND)
		campaign_allotment_limited(allotment, lane, &until, deferred);
	if (until != DT_NOEND)
		return Min(Max(next, until), repeat);
	/* somebody may be queueing an earlier one: it sleeps only if nobody is, see lanes.h */
	return earliest > now ? DT_NOEND : earliest;
}

/* Of the lanes, those that change. */
static void
settle(const Allotment *allotment, const TimestampTz *ready, const TimestampTz *deferred)
{
	LaneRest *rests = palloc(allotment->n_lanes * sizeof(LaneRest));
	TimestampTz now = allotment->round->now;
	int n = 0;
	int i;

	for (i = 0; i < allotment->n_lanes; i++)
	{
		const ReadyLane *lane = &allotment->lanes[i];
		FrontLook look = look_at(allotment, i);

		if (ready[i] == lane->ready_at && deferred[i] == lane->deferred_until)
			continue;
		rests[n++] = (LaneRest){.lane = lane->id,
								.ready = ready[i],
								.deferred = deferred[i],
								.first = look.from,
								.latest = whole_at(allotment, i, &look)};
	}
	if (n > 0)
		campaign_lanes_settle(allotment->round->workspace, rests, n, now);
}

/* Nobody looks at these lanes by himself: they only say until when a quota defers what is in them. */
static void
close_leased(const Allotment *allotment)
{
	int64 *ids = palloc(allotment->n_lanes * sizeof(int64));
	TimestampTz *deferred = palloc(allotment->n_lanes * sizeof(TimestampTz));
	TimestampTz until;
	int i;

	for (i = 0; i < allotment->n_lanes; i++)
	{
		ids[i] = allotment->lanes[i].id;
		campaign_allotment_limited(allotment, i, &until, &deferred[i]);
	}
	campaign_lanes_defer(allotment->round->workspace, ids, deferred, allotment->n_lanes);
}

void
campaign_allotment_close(Allotment *allotment)
{
	int64 workspace = allotment->round->workspace;
	TimestampTz *ready = palloc(allotment->n_lanes * sizeof(TimestampTz));
	TimestampTz *deferred = palloc(allotment->n_lanes * sizeof(TimestampTz));
	int64 *asked_ids = palloc(allotment->n_lanes * sizeof(int64));
	TimestampTz *asked_since = palloc(allotment->n_lanes * sizeof(TimestampTz));
	int *asked = palloc(allotment->n_lanes * sizeof(int));
	TimestampTz *next = palloc(allotment->n_lanes * sizeof(TimestampTz));
	TimestampTz *repeat = palloc(allotment->n_lanes * sizeof(TimestampTz));
	FrontLook *looks = palloc(allotment->n_lanes * sizeof(FrontLook));
	int n_asked = 0;
	int i;

	campaign_quotas_write(workspace, allotment->limits, allotment->n_limits);
	if (allotment->leased)
	{
		close_leased(allotment);
		return;
	}
	for (i = 0; i < allotment->n_lanes; i++)
	{
		deferred[i] = DT_NOEND;
		if (stays_ready(allotment, i, &ready[i]))
			continue;
		asked_ids[n_asked] = allotment->lanes[i].id;
		asked_since[n_asked] = allotment->since[i];
		looks[n_asked] = look_at(allotment, i);
		asked[n_asked++] = i;
	}
	if (n_asked > 0)
		campaign_queue_next(workspace, asked_ids, asked_since, looks, n_asked, next, repeat);
	for (i = 0; i < n_asked; i++)
	{
		TimestampTz first = Min(next[i], whole_at(allotment, asked[i], &looks[i]));

		ready[asked[i]] = look_again(allotment, asked[i], first, repeat[i], &deferred[asked[i]]);
	}
	settle(allotment, ready, deferred);
}
