/*
 * in_flight.h
 *		How many actions a dispatcher has in flight, channel by channel.
 *
 * A channel has so many places for all dispatchers together, and a dispatcher so many for all channels.
 * What a transaction takes and gives back counts within it at once, and after it only if it commits. Other
 * dispatchers are told by SharedPlaces, of shared memory, which this floor does not know.
 */
#ifndef CAMPAIGN_IN_FLIGHT_H
#define CAMPAIGN_IN_FLIGHT_H

#include "engine/starts.h"

/* As worker/channel_places.h has them. */
typedef struct SharedPlaces
{
	bool (*take)(int64 channel, int max, uint32 members, int self, TimestampTz now);
	void (*set)(int64 channel, int self, int used, bool wants);
	void (*freed)(int64 channel, int max, uint32 members, int self, TimestampTz now);
} SharedPlaces;

typedef struct InFlight InFlight;

/* shared may be NULL where nothing leaves by the network. */
extern InFlight *campaign_in_flight_open(MemoryContext context, const SharedPlaces *shared,
										 int max_places);
extern void campaign_in_flight_resize(InFlight *in_flight, int max_places);

/* This is dispatcher `self`, and members are those at work, as bits. */
extern void campaign_in_flight_share(InFlight *in_flight, uint32 members, int self);

/* From here on the transaction asks for places anew: who was refused one before may want it no more. */
extern void campaign_in_flight_look(InFlight *in_flight);

/* May anything be taken at all? And the channels of a workspace that this dispatcher has filled. */
extern bool campaign_in_flight_has_room(const InFlight *in_flight);
extern int64 *campaign_in_flight_full(const InFlight *in_flight, int64 workspace, int *n);

/* One for an action of this lane. */
extern bool campaign_in_flight_take(InFlight *in_flight, const Round *round, const ReadyLane *lane);

/* Of the places that the round has taken, those of these actions are used. */
extern void campaign_in_flight_count(InFlight *in_flight, const Round *round,
									 const StartedAction *started, int n);

/* The outcome of an action is there. */
extern void campaign_in_flight_give(InFlight *in_flight, int64 workspace, int64 channel);

/* Where the transaction has ended. */
extern void campaign_in_flight_committed(InFlight *in_flight, TimestampTz now);
extern void campaign_in_flight_rollback(InFlight *in_flight);

#endif
