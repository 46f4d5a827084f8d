/*
 * wakeup.c
 *		Waking workers at commit.
 */
#include "worker/wakeup.h"

#include "postgres.h"
#include "access/xact.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_extension.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "worker/shared.h"

static object_access_hook_type previous_access_hook;

/* Asks the launcher to look for the extension here, in an entry that it may not know yet. */
static void
ask_launcher(SharedState *shared)
{
	DatabaseEntry *entry;

	campaign_shared_lock(LW_EXCLUSIVE);
	entry = campaign_shared_find(MyDatabaseId);
	if (entry == NULL)
		entry = campaign_shared_add(MyDatabaseId);
	if (entry == NULL)
		shared->look_everywhere = true;
	else
	{
		pg_atomic_fetch_add_u32(&entry->requests, 1);
		if (entry->state == DATABASE_ABSENT)
			entry->state = DATABASE_UNKNOWN;
	}
	campaign_shared_wake(&shared->launcher);
	campaign_shared_unlock();
}

/* The first of those at work, which numbers events. */
static void
wake_sealer(DatabaseEntry *entry)
{
	int i;

	for (i = 0; i < SETTINGS_SCHEDULERS_MAX; i++)
		if (entry->slots[i].state == SLOT_RUNNING && entry->slots[i].member)
		{
			campaign_shared_wake(&entry->slots[i]);
			break;
		}
}

static void
wake_processes(DatabaseEntry *entry, int whom)
{
	int i;

	for (i = 0; i < SHARED_SLOTS_EACH; i++)
	{
		ProcessSlot *slot = &entry->slots[i];
		int who = slot->kind == PROCESS_SCHEDULER    ? WAKE_SCHEDULER
				  : slot->kind == PROCESS_DISPATCHER ? WAKE_DISPATCHERS
													 : WAKE_READERS;

		if (whom & who)
			campaign_shared_wake(slot);
	}
	if (whom & WAKE_SEALER)
		wake_sealer(entry);
}

/*
 * Where the extension is known to be, the launcher has nothing to find out, and is left alone: this
 * runs at the commit of whatever makes work. A worker that has just found the extension dropped sees
 * by the number of requests that it has to be looked for again.
 */
static void
wake(int whom)
{
	SharedState *shared = campaign_shared_state();
	DatabaseEntry *entry;
	bool known;

	if (shared == NULL)
		return;
	campaign_shared_lock(LW_SHARED);
	entry = campaign_shared_find(MyDatabaseId);
	known = entry != NULL && entry->state == DATABASE_PRESENT;
	if (known && (whom & WAKE_LAUNCHER))
		pg_atomic_fetch_add_u32(&entry->requests, 1);
	if (entry != NULL && (whom & WAKE_LIMITS))
	{
		pg_atomic_fetch_add_u32(&entry->limits, 1);
		whom |= WAKE_DISPATCHERS;
	}
	if (entry != NULL)
		wake_processes(entry, whom);
	campaign_shared_unlock();
	if (!known && (whom & WAKE_LAUNCHER))
		ask_launcher(shared);
}

static void
at_transaction_end(XactEvent event, void *arg)
{
	int whom;

	switch (event)
	{
		case XACT_EVENT_COMMIT:
			whom = campaign_wake_take();
			if (whom != 0)
				wake(whom);
			break;
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			(void) campaign_wake_take();
			break;
		default:
			break;
	}
}

/* Workers leave a database at once when its extension goes, and not at their next safety poll. */
static void
at_object_access(ObjectAccessType access, Oid class, Oid object, int part, void *arg)
{
	if (previous_access_hook)
		previous_access_hook(access, class, object, part, arg);
	if (access == OAT_DROP && class == ExtensionRelationId &&
		object == get_extension_oid("campaign", true))
		campaign_wake_request(WAKE_SCHEDULER | WAKE_DISPATCHERS | WAKE_READERS);
}

void
campaign_wakeup_install(void)
{
	RegisterXactCallback(at_transaction_end, NULL);
	previous_access_hook = object_access_hook;
	object_access_hook = at_object_access;
}
