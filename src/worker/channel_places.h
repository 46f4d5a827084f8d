/*
 * channel_places.h
 *		Places in flight of channels, counted over all dispatchers of a database.
 *
 * A channel says how many requests it bears at once, and the accounts that dispatchers share among
 * themselves may be of one channel. So each dispatcher counts in shared memory what it has in flight
 * there, and none takes a place while all are taken. Each has its share of the places for sure; what one
 * does not use the others may, until it asks for it again. Where places cannot be divided evenly, the
 * ones that are left over go round, so that a channel of one place serves the accounts of all.
 *
 * A dispatcher that ends lets go of its places (campaign_channel_places_leave).
 */
#ifndef CAMPAIGN_CHANNEL_PLACES_H
#define CAMPAIGN_CHANNEL_PLACES_H

#include "postgres.h"
#include "storage/lwlock.h"
#include "utils/timestamp.h"

/* While shared memory is laid out: how much they take, and making them; the lock is theirs alone. */
extern Size campaign_channel_places_size(void);
extern void campaign_channel_places_install(LWLock *lock);

/*
 * Dispatcher `self` of this database asks for one more place of a channel that has max; members are those at
 * work, as bits. If it is refused, it is taken to want one until it says otherwise.
 */
extern bool campaign_channel_places_take(int64 channel, int max, uint32 members, int self,
										 TimestampTz now);

/* It has so many in flight there, and wants another or not. */
extern void campaign_channel_places_set(int64 channel, int self, int used, bool wants);

/* It has let go of some: others that may now have one of them are woken. */
extern void campaign_channel_places_freed(int64 channel, int max, uint32 members, int self,
										  TimestampTz now);

/* A dispatcher of a database has ended. */
extern void campaign_channel_places_leave(Oid database, int self);

#endif
