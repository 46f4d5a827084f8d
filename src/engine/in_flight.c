/*
 * in_flight.c
 *		How many actions a dispatcher has in flight, channel by channel.
 */
#include "engine/in_flight.h"

#include "utils/memutils.h"

/* Places in use of one channel. taken and given are of the transaction that is under way. */
typedef struct ChannelPlaces
{
	int64 workspace;
	int64 channel;
	int max; /* as its lanes were last read */
	int used;
	int taken;
	int given;
	bool refused; /* one was wanted that was not to be had */
	bool told;    /* others know that */
} ChannelPlaces;

struct InFlight
{
	MemoryContext context;
	const SharedPlaces *shared;
	int max_places;
	uint32 members;
	int self;
	ChannelPlaces *channels;
	int n_channels;
};

InFlight *
campaign_in_flight_open(MemoryContext context, const SharedPlaces *shared, int max_places)
{
	InFlight *in_flight = MemoryContextAllocZero(context, sizeof(InFlight));

	in_flight->context = context;
	in_flight->shared = shared;
	in_flight->max_places = max_places;
	in_flight->members = 1;
	return in_flight;
}

void
campaign_in_flight_resize(InFlight *in_flight, int max_places)
{
	in_flight->max_places = max_places;
}

void
campaign_in_flight_share(InFlight *in_flight, uint32 members, int self)
{
	in_flight->members = members;
	in_flight->self = self;
}

static ChannelPlaces *
places_of(InFlight *in_flight, int64 workspace, int64 channel)
{
	ChannelPlaces *places;
	int i;

	for (i = 0; i < in_flight->n_channels; i++)
		if (in_flight->channels[i].workspace == workspace &&
			in_flight->channels[i].channel == channel)
			return &in_flight->channels[i];
	if (in_flight->channels == NULL)
		in_flight->channels = MemoryContextAlloc(in_flight->context, sizeof(ChannelPlaces));
	else
		in_flight->channels =
			repalloc(in_flight->channels, (in_flight->n_channels + 1) * sizeof(ChannelPlaces));
	places = &in_flight->channels[in_flight->n_channels++];
	memset(places, 0, sizeof(*places));
	places->workspace = workspace;
	places->channel = channel;
	return places;
}

static int
in_use(const ChannelPlaces *places)
{
	return places->used + places->taken - places->given;
}

static int
all_in_use(const InFlight *in_flight)
{
	int n = 0;
	int i;

	for (i = 0; i < in_flight->n_channels; i++)
		n += in_use(&in_flight->channels[i]);
	return n;
}

bool
campaign_in_flight_has_room(const InFlight *in_flight)
{
	return all_in_use(in_flight) < in_flight->max_places;
}

/* To claim their lanes would be to look at their quotas for nothing, as often as anything else comes back. */
int64 *
campaign_in_flight_full(const InFlight *in_flight, int64 workspace, int *n)
{
	int64 *full = palloc(Max(in_flight->n_channels, 1) * sizeof(int64));
	int i;

	*n = 0;
	for (i = 0; i < in_flight->n_channels; i++)
	{
		const ChannelPlaces *places = &in_flight->channels[i];

		if (places->workspace == workspace && in_use(places) > 0 && in_use(places) >= places->max)
			full[(*n)++] = places->channel;
	}
	return full;
}

static void
tell(const InFlight *in_flight, ChannelPlaces *places)
{
	if (in_flight->shared != NULL)
		in_flight->shared->set(places->channel, in_flight->self, in_use(places), places->refused);
	places->told = places->refused;
}

void
campaign_in_flight_look(InFlight *in_flight)
{
	int i;

	for (i = 0; i < in_flight->n_channels; i++)
		in_flight->channels[i].refused = false;
}

bool
campaign_in_flight_take(InFlight *in_flight, const Round *round, const ReadyLane *lane)
{
	ChannelPlaces *places = places_of(in_flight, round->workspace, lane->channel);

	places->max = lane->places;
	if (!campaign_in_flight_has_room(in_flight))
		return false;
	if (in_flight->shared != NULL &&
		!in_flight->shared->take(lane->channel, lane->places, in_flight->members, in_flight->self,
								 round->now))
	{
		places->refused = true;
		return false;
	}
	places->taken++;
	return true;
}

void
campaign_in_flight_count(InFlight *in_flight, const Round *round, const StartedAction *started,
						 int n)
{
	int i;

	for (i = 0; i < in_flight->n_channels; i++)
		if (in_flight->channels[i].workspace == round->workspace)
			in_flight->channels[i].taken = 0;
	for (i = 0; i < n; i++)
		if (!started[i].rides)
			places_of(in_flight, round->workspace, started[i].lane->channel)->taken++;
	for (i = 0; i < in_flight->n_channels; i++)
		if (in_flight->channels[i].workspace == round->workspace)
			tell(in_flight, &in_flight->channels[i]);
}

void
campaign_in_flight_give(InFlight *in_flight, int64 workspace, int64 channel)
{
	ChannelPlaces *places = places_of(in_flight, workspace, channel);

	places->given++;
	/* others may have it at once: the request is back, whatever becomes of the transaction */
	tell(in_flight, places);
}

void
campaign_in_flight_committed(InFlight *in_flight, TimestampTz now)
{
	int i;

	for (i = 0; i < in_flight->n_channels; i++)
	{
		ChannelPlaces *places = &in_flight->channels[i];
		bool freed = places->given > 0;
		bool changed = places->taken > 0 || freed || places->told != places->refused;

		places->used = in_use(places);
		places->taken = 0;
		places->given = 0;
		if (changed)
			tell(in_flight, places);
		if (freed && in_flight->shared != NULL)
			in_flight->shared->freed(places->channel, places->max, in_flight->members,
									 in_flight->self, now);
	}
}

void
campaign_in_flight_rollback(InFlight *in_flight)
{
	int i;

	for (i = 0; i < in_flight->n_channels; i++)
	{
		in_flight->channels[i].taken = 0;
		in_flight->channels[i].given = 0;
		tell(in_flight, &in_flight->channels[i]);
	}
}
