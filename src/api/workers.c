/*
 * workers.c
 *		The workers as SQL sees them: wake(), what each of them does, and the library itself.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "store/version.h"
#include "store/wake.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "worker/shared.h"

PG_FUNCTION_INFO_V1(campaign_api_library_version);
PG_FUNCTION_INFO_V1(campaign_api_preloaded);
PG_FUNCTION_INFO_V1(campaign_api_wake);
PG_FUNCTION_INFO_V1(campaign_api_wake_readers);
PG_FUNCTION_INFO_V1(campaign_api_limits_changed);
PG_FUNCTION_INFO_V1(campaign_api_worker_slots);

#define SLOT_COLUMNS 12

Datum
campaign_api_library_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(CAMPAIGN_VERSION));
}

Datum
campaign_api_preloaded(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(campaign_shared_state() != NULL);
}

Datum
campaign_api_wake(PG_FUNCTION_ARGS)
{
	campaign_wake_request(WAKE_SCHEDULER | WAKE_DISPATCHERS | WAKE_LAUNCHER);
	PG_RETURN_VOID();
}

Datum
campaign_api_wake_readers(PG_FUNCTION_ARGS)
{
	/* the scheduler sees to it that there is one */
	campaign_wake_request(WAKE_READERS | WAKE_SCHEDULER);
	PG_RETURN_VOID();
}

/* Trigger, once a statement, of tables that say what may be sent. */
Datum
campaign_api_limits_changed(PG_FUNCTION_ARGS)
{
	campaign_wake_request(WAKE_LIMITS);
	/* a null pointer, not an SQL null: that is how a trigger returns nothing */
	return PointerGetDatum(NULL);
}

static Datum
timestamp_or_null(TimestampTz at, bool *is_null)
{
	*is_null = at == 0;
	return TimestampTzGetDatum(at);
}

static void
put_slot(ReturnSetInfo *result, const ProcessSlot *slot)
{
	Datum values[SLOT_COLUMNS];
	bool nulls[SLOT_COLUMNS] = {false};

	values[0] = CStringGetTextDatum(campaign_shared_kind_name(slot->kind));
	values[1] = Int32GetDatum(slot->index);
	values[2] = ObjectIdGetDatum(slot->database);
	nulls[2] = !OidIsValid(slot->database);
	values[3] = Int32GetDatum(slot->pid);
	nulls[3] = slot->state != SLOT_RUNNING;
	values[4] = timestamp_or_null(slot->started_at, &nulls[4]);
	values[5] = timestamp_or_null(slot->heartbeat, &nulls[5]);
	values[6] = Int64GetDatum(slot->counts.rounds);
	values[7] = Int64GetDatum(slot->counts.steps);
	values[8] = Int64GetDatum(slot->counts.sends);
	values[9] = Int64GetDatum(slot->counts.errors);
	values[10] = Int64GetDatum(slot->incarnation);
	nulls[10] = slot->incarnation == 0;
	values[11] = CStringGetTextDatum(slot->status);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* The slots of this database and the launcher's, copied out so that the lock is held shortly. */
static int
copy_slots(ProcessSlot *slots)
{
	SharedState *shared = campaign_shared_state();
	DatabaseEntry *entry;
	int n = 0;

	if (shared == NULL)
		return 0;
	campaign_shared_lock(LW_SHARED);
	slots[n++] = shared->launcher;
	entry = campaign_shared_find(MyDatabaseId);
	if (entry != NULL)
	{
		memcpy(&slots[n], entry->slots, sizeof(entry->slots));
		n += SHARED_SLOTS_EACH;
	}
	campaign_shared_unlock();
	return n;
}

/* Slots whose process should run, whether it does or not. */
Datum
campaign_api_worker_slots(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ProcessSlot slots[1 + SHARED_SLOTS_EACH];
	int n;
	int i;

	InitMaterializedSRF(fcinfo, 0);
	n = copy_slots(slots);
	for (i = 0; i < n; i++)
	{
		if (slots[i].wanted)
			put_slot(result, &slots[i]);
	}
	return (Datum) 0;
}
