/*
 * shared.c
 *		What the processes of campaign know of each other.
 */
#include "worker/shared.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/shmem.h"
#include "worker/backoff.h"
#include "worker/channel_places.h"

#define RESTART_FIRST_MS 5500
#define RESTART_MOST_MS 300000

static SharedState *shared;
static shmem_request_hook_type previous_request_hook;
static shmem_startup_hook_type previous_startup_hook;

const char *
campaign_shared_kind_name(ProcessKind kind)
{
	switch (kind)
	{
		case PROCESS_LAUNCHER:
			return "launcher";
		case PROCESS_SCHEDULER:
			return "scheduler";
		case PROCESS_DISPATCHER:
			return "dispatcher";
		case PROCESS_READER:
			return "reader";
		case PROCESS_LENGTHY_READER:
			return "lengthy reader";
	}
	return "process";
}

static int
entries_max(void)
{
	return campaign_settings.max_databases + SHARED_PROBES;
}

static Size
memory_size(void)
{
	return add_size(offsetof(SharedState, entries), mul_size(entries_max(), sizeof(DatabaseEntry)));
}

static void
request_memory(void)
{
	if (previous_request_hook)
		previous_request_hook();
	RequestAddinShmemSpace(add_size(memory_size(), campaign_channel_places_size()));
	RequestNamedLWLockTranche("campaign", 2);
}

static void
clear_slot(ProcessSlot *slot, ProcessKind kind, Oid database, int index)
{
	uint32 generation = slot->generation;

	memset(slot, 0, sizeof(*slot));
	slot->generation = generation;
	slot->kind = kind;
	slot->database = database;
	slot->index = index;
	pg_atomic_init_u32(&slot->work_pending, 0);
}

static void
clear_entry(DatabaseEntry *entry, Oid database)
{
	int i;

	entry->database = database;
	entry->state = DATABASE_UNKNOWN;
	pg_atomic_init_u32(&entry->requests, 0);
	pg_atomic_init_u32(&entry->limits, 0);
	pg_atomic_init_u32(&entry->departed, 0);
	for (i = 0; i < SETTINGS_SCHEDULERS_MAX; i++)
		clear_slot(&entry->slots[i], PROCESS_SCHEDULER, database, i);
	for (i = 0; i < SETTINGS_DISPATCHERS_MAX; i++)
		clear_slot(&entry->slots[SETTINGS_SCHEDULERS_MAX + i], PROCESS_DISPATCHER, database, i);
	entry->reads = entry->reads_lengthy = false;
	clear_slot(&entry->slots[SHARED_SLOTS_EACH - 2], PROCESS_READER, database, 0);
	clear_slot(&entry->slots[SHARED_SLOTS_EACH - 1], PROCESS_LENGTHY_READER, database, 0);
}

/* Also after a crash, when nothing of before is left. */
static void
initialize(void)
{
	int i;

	memset(shared, 0, memory_size());
	shared->lock = &GetNamedLWLockTranche("campaign")->lock;
	shared->n_entries = entries_max();
	clear_slot(&shared->launcher, PROCESS_LAUNCHER, InvalidOid, 0);
	for (i = 0; i < shared->n_entries; i++)
		clear_entry(&shared->entries[i], InvalidOid);
}

static void
start_memory(void)
{
	bool found;

	if (previous_startup_hook)
		previous_startup_hook();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	shared = ShmemInitStruct("campaign", memory_size(), &found);
	if (!found)
		initialize();
	campaign_channel_places_install(&GetNamedLWLockTranche("campaign")[1].lock);
	LWLockRelease(AddinShmemInitLock);
}

void
campaign_shared_install(void)
{
	previous_request_hook = shmem_request_hook;
	shmem_request_hook = request_memory;
	previous_startup_hook = shmem_startup_hook;
	shmem_startup_hook = start_memory;
}

SharedState *
campaign_shared_state(void)
{
	return shared;
}

void
campaign_shared_lock(LWLockMode mode)
{
	LWLockAcquire(shared->lock, mode);
}

void
campaign_shared_unlock(void)
{
	LWLockRelease(shared->lock);
}

DatabaseEntry *
campaign_shared_find(Oid database)
{
	int i;

	Assert(LWLockHeldByMe(shared->lock));
	for (i = 0; i < shared->n_entries; i++)
	{
		if (shared->entries[i].database == database)
			return &shared->entries[i];
	}
	return NULL;
}

DatabaseEntry *
campaign_shared_add(Oid database)
{
	DatabaseEntry *entry;

	Assert(LWLockHeldByMeInMode(shared->lock, LW_EXCLUSIVE));
	Assert(OidIsValid(database));
	entry = campaign_shared_find(InvalidOid);
	if (entry != NULL)
		clear_entry(entry, database);
	return entry;
}

bool
campaign_shared_is_quiet(const DatabaseEntry *entry)
{
	int i;

	Assert(LWLockHeldByMe(shared->lock));
	for (i = 0; i < SHARED_SLOTS_EACH; i++)
	{
		if (entry->slots[i].state != SLOT_FREE)
			return false;
	}
	return true;
}

void
campaign_shared_remove(DatabaseEntry *entry)
{
	Assert(LWLockHeldByMeInMode(shared->lock, LW_EXCLUSIVE));
	Assert(campaign_shared_is_quiet(entry));
	clear_entry(entry, InvalidOid);
}

ProcessSlot *
campaign_shared_slot(ProcessKind kind, Oid database, int index)
{
	DatabaseEntry *entry;

	Assert(LWLockHeldByMe(shared->lock));
	if (kind == PROCESS_LAUNCHER)
		return &shared->launcher;
	entry = campaign_shared_find(database);
	if (entry == NULL)
		return NULL;
	switch (kind)
	{
		case PROCESS_READER:
			return &entry->slots[SHARED_SLOTS_EACH - 2];
		case PROCESS_LENGTHY_READER:
			return &entry->slots[SHARED_SLOTS_EACH - 1];
		case PROCESS_DISPATCHER:
			return &entry->slots[SETTINGS_SCHEDULERS_MAX + index];
		default:
			return &entry->slots[index];
	}
}

/*
 * The flag before the latch: the worker clears the flag before it looks for work, and does not wait
 * while it is set, since a latch may be reset by any wait inside a transaction. Whoever finds the
 * flag set has nothing to do: the one that set it sets the latch.
 */
void
campaign_shared_wake(ProcessSlot *slot)
{
	Assert(LWLockHeldByMe(shared->lock));
	if (slot->state != SLOT_RUNNING)
		return;
	if (pg_atomic_exchange_u32(&slot->work_pending, 1) == 0)
		SetLatch(&slot->proc->procLatch);
}

void
campaign_shared_regroup(const ProcessSlot *slot, bool gone)
{
	DatabaseEntry *entry;
	int i;

	Assert(LWLockHeldByMe(shared->lock));
	if (slot->kind == PROCESS_DISPATCHER && gone)
		campaign_channel_places_leave(slot->database, slot->index);
	entry = campaign_shared_find(slot->database);
	if (entry == NULL)
		return;
	if (slot->kind == PROCESS_DISPATCHER && gone)
		pg_atomic_fetch_add_u32(&entry->departed, 1);
	for (i = 0; i < SHARED_SLOTS_EACH; i++)
	{
		if (entry->slots[i].kind == slot->kind && &entry->slots[i] != slot)
			campaign_shared_wake(&entry->slots[i]);
	}
}

uint32
campaign_shared_members(ProcessKind kind, Oid database)
{
	int wanted =
		kind == PROCESS_DISPATCHER ? campaign_settings.dispatchers : campaign_settings.schedulers;
	uint32 members = 0;
	int i;

	campaign_shared_lock(LW_SHARED);
	for (i = 0; i < wanted; i++)
	{
		const ProcessSlot *slot = campaign_shared_slot(kind, database, i);

		if (slot != NULL && slot->state == SLOT_RUNNING && slot->member)
			members |= 1U << i;
	}
	campaign_shared_unlock();
	return members;
}

TimestampTz
campaign_shared_restart_at(int failures)
{
	return TimestampTzPlusMilliseconds(
		GetCurrentTimestamp(), campaign_backoff_ms(failures, RESTART_FIRST_MS, RESTART_MOST_MS));
}

void
campaign_shared_hasten(TimestampTz now)
{
	int i;
	int k;

	campaign_shared_lock(LW_EXCLUSIVE);
	for (i = 0; i < shared->n_entries; i++)
		for (k = 0; k < SHARED_SLOTS_EACH; k++)
		{
			ProcessSlot *slot = &shared->entries[i].slots[k];

			slot->reserved_at = Min(slot->reserved_at, now);
			slot->not_before = Min(slot->not_before, campaign_shared_restart_at(0));
		}
	campaign_shared_unlock();
}

/* One of the counts of a database, by its place in the entry; 0 of a database that has none. */
static uint32
read_count(Oid database, size_t offset)
{
	DatabaseEntry *entry;
	uint32 count = 0;

	campaign_shared_lock(LW_SHARED);
	entry = campaign_shared_find(database);
	if (entry != NULL)
		count = pg_atomic_read_u32((pg_atomic_uint32 *) ((char *) entry + offset));
	campaign_shared_unlock();
	return count;
}

uint32
campaign_shared_requests(Oid database)
{
	return read_count(database, offsetof(DatabaseEntry, requests));
}

uint32
campaign_shared_limits(Oid database)
{
	return read_count(database, offsetof(DatabaseEntry, limits));
}

uint32
campaign_shared_departed(Oid database)
{
	return read_count(database, offsetof(DatabaseEntry, departed));
}

void
campaign_shared_read(Oid database, ProcessKind reader)
{
	DatabaseEntry *entry;
	bool *reads;

	campaign_shared_lock(LW_EXCLUSIVE);
	entry = campaign_shared_find(database);
	if (entry != NULL)
	{
		reads = reader == PROCESS_READER ? &entry->reads : &entry->reads_lengthy;
		if (!*reads)
			campaign_shared_wake(&shared->launcher);
		*reads = true;
	}
	campaign_shared_unlock();
}

bool
campaign_shared_no_place(ProcessKind kind, Oid database)
{
	ProcessSlot *slot;
	bool no_place;

	campaign_shared_lock(LW_SHARED);
	slot = campaign_shared_slot(kind, database, 0);
	no_place = slot != NULL && slot->no_place;
	campaign_shared_unlock();
	return no_place;
}

static int
count_present(void)
{
	int present = 0;
	int i;

	for (i = 0; i < shared->n_entries; i++)
	{
		if (OidIsValid(shared->entries[i].database) && shared->entries[i].state == DATABASE_PRESENT)
			present++;
	}
	return present;
}

bool
campaign_shared_present(Oid database)
{
	DatabaseEntry *entry;
	bool served;

	campaign_shared_lock(LW_EXCLUSIVE);
	entry = campaign_shared_find(database);
	served = entry != NULL && (entry->state == DATABASE_PRESENT ||
							   count_present() < campaign_settings.max_databases);
	if (served && entry->state != DATABASE_PRESENT)
	{
		entry->state = DATABASE_PRESENT;
		campaign_shared_wake(&shared->launcher);
	}
	campaign_shared_unlock();
	return served;
}

void
campaign_shared_absent(Oid database, uint32 requests)
{
	DatabaseEntry *entry;

	campaign_shared_lock(LW_EXCLUSIVE);
	entry = campaign_shared_find(database);
	if (entry != NULL && pg_atomic_read_u32(&entry->requests) == requests)
		entry->state = DATABASE_ABSENT;
	campaign_shared_unlock();
}
