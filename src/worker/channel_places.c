/*
 * channel_places.c
 *		Places in flight of channels, counted over all dispatchers of a database.
 */
#include "worker/channel_places.h"

#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "store/settings.h"
#include "utils/hsearch.h"
#include "worker/shared.h"

/* Channels of the whole server that have something in flight at once; of more, none is started. */
#define CHANNELS_MAX 4096

typedef struct ChannelKey
{
	Oid database;
	uint32 unused; /* the key is hashed as bytes */
	int64 channel;
} ChannelKey;

typedef struct ChannelEntry
{
	ChannelKey key;
	uint32 hungry; /* bits of those that were refused a place and have not looked again since */
	uint16 used[SETTINGS_DISPATCHERS_MAX];
} ChannelEntry;

/* Of this process, and laid out before any other is forked. */
static LWLock *places_lock;
static HTAB *places_table;

Size
campaign_channel_places_size(void)
{
	return hash_estimate_size(CHANNELS_MAX, sizeof(ChannelEntry));
}

void
campaign_channel_places_install(LWLock *lock)
{
	HASHCTL control = {.keysize = sizeof(ChannelKey), .entrysize = sizeof(ChannelEntry)};

	places_lock = lock;
	places_table = ShmemInitHash("campaign channel places", CHANNELS_MAX, CHANNELS_MAX, &control,
								 HASH_ELEM | HASH_BLOBS | HASH_FIXED_SIZE);
}

static ChannelEntry *
find(int64 channel, HASHACTION action)
{
	ChannelKey key = {MyDatabaseId, 0, channel};
	ChannelEntry *entry;
	bool found;

	entry = hash_search(places_table, &key, action, &found);
	if (entry != NULL && !found)
	{
		entry->hungry = 0;
		memset(entry->used, 0, sizeof(entry->used));
	}
	return entry;
}

static void
drop_if_empty(ChannelEntry *entry)
{
	int i;

	if (entry->hungry != 0)
		return;
	for (i = 0; i < SETTINGS_DISPATCHERS_MAX; i++)
		if (entry->used[i] != 0)
			return;
	(void) hash_search(places_table, &entry->key, HASH_REMOVE, NULL);
}

static int
count_used(const ChannelEntry *entry)
{
	int used = 0;
	int i;

	for (i = 0; i < SETTINGS_DISPATCHERS_MAX; i++)
		used += entry->used[i];
	return used;
}

/* What a dispatcher has for sure: an equal part, and of what is left over one in its turn, by the second. */
static int
share_of(const ChannelEntry *entry, int max, uint32 members, int who, TimestampTz now)
{
	int parts = Max(pg_popcount32(members), 1);
	int part = pg_popcount32(members & ((1U << who) - 1));
	uint64 turn = (uint64) now / USECS_PER_SEC + (uint64) entry->key.channel + (uint64) part;

	return max / parts + (turn % (uint64) parts < (uint64) (max % parts) ? 1 : 0);
}

/* Others that were refused and have less than their share. */
static uint32
starving(const ChannelEntry *entry, int max, uint32 members, int self, TimestampTz now)
{
	uint32 who = 0;
	int i;

	for (i = 0; i < SETTINGS_DISPATCHERS_MAX; i++)
		if (i != self && (entry->hungry & members & (1U << i)) != 0 &&
			entry->used[i] < share_of(entry, max, members, i, now))
			who |= 1U << i;
	return who;
}

bool
campaign_channel_places_take(int64 channel, int max, uint32 members, int self, TimestampTz now)
{
	ChannelEntry *entry;
	bool is_free = false;

	LWLockAcquire(places_lock, LW_EXCLUSIVE);
	entry = find(channel, HASH_ENTER_NULL);
	if (entry != NULL)
	{
		is_free = count_used(entry) < max &&
				  (entry->used[self] < share_of(entry, max, members, self, now) ||
				   starving(entry, max, members, self, now) == 0);
		if (is_free)
			entry->used[self]++;
		else
			entry->hungry |= 1U << self;
	}
	LWLockRelease(places_lock);
	return is_free;
}

void
campaign_channel_places_set(int64 channel, int self, int used, bool wants)
{
	ChannelEntry *entry;

	LWLockAcquire(places_lock, LW_EXCLUSIVE);
	entry = find(channel, used > 0 || wants ? HASH_ENTER_NULL : HASH_FIND);
	if (entry != NULL)
	{
		entry->used[self] = (uint16) used;
		entry->hungry &= ~(1U << self);
		if (wants)
			entry->hungry |= 1U << self;
		drop_if_empty(entry);
	}
	LWLockRelease(places_lock);
}

/* Those that have a claim to a place; and if there are free ones, all who want one. */
static uint32
waiting(int64 channel, int max, uint32 members, int self, TimestampTz now)
{
	ChannelEntry *entry;
	uint32 who = 0;

	LWLockAcquire(places_lock, LW_SHARED);
	entry = find(channel, HASH_FIND);
	if (entry != NULL)
	{
		who = starving(entry, max, members, self, now);
		if (count_used(entry) < max)
			who |= entry->hungry & ~(1U << self);
	}
	LWLockRelease(places_lock);
	return who;
}

void
campaign_channel_places_freed(int64 channel, int max, uint32 members, int self, TimestampTz now)
{
	uint32 who = pg_popcount32(members) > 1 ? waiting(channel, max, members, self, now) : 0;
	int i;

	if (who == 0)
		return;
	campaign_shared_lock(LW_SHARED);
	for (i = 0; i < SETTINGS_DISPATCHERS_MAX; i++)
	{
		ProcessSlot *slot = campaign_shared_slot(PROCESS_DISPATCHER, MyDatabaseId, i);

		if (slot != NULL && (who & (1U << i)) != 0)
			campaign_shared_wake(slot);
	}
	campaign_shared_unlock();
}

void
campaign_channel_places_leave(Oid database, int self)
{
	HASH_SEQ_STATUS scan;
	ChannelEntry *entry;

	LWLockAcquire(places_lock, LW_EXCLUSIVE);
	hash_seq_init(&scan, places_table);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		if (entry->key.database != database)
			continue;
		entry->used[self] = 0;
		entry->hungry &= ~(1U << self);
		/* the scan bears the removal of the entry that it has just given */
		drop_if_empty(entry);
	}
	LWLockRelease(places_lock);
}
