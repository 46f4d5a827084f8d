/*
 * transaction.c
 *		One transaction of a worker.
 */
#include "worker/transaction.h"

#include "access/xact.h"
#include "catalog/pg_extension.h"
#include "commands/dbcommands.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/ipc.h"
#include "storage/lmgr.h"
#include "store/owner.h"
#include "store/version.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#define BUSY_MS 1000
/* A fault of the same kind is logged again after this long. */
#define SAME_FAULT_MS 300000

static bool
lock_extension(Oid extension)
{
	LOCKTAG tag;

	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, ExtensionRelationId, extension, 0);
	if (LockAcquire(&tag, AccessShareLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
		return false;
	AcceptInvalidationMessages();
	return true;
}

/* What was seen before the lock was held may be gone by then: hence the second look. */
static TransactionResult
check_extension(Process *process)
{
	OwnerExtension extension;
	Oid expected = process->extension;

	process->requests = campaign_shared_requests(MyDatabaseId);
	if (!OidIsValid(expected))
	{
		if (!campaign_owner_find(&extension))
			return TRANSACTION_GONE;
		expected = extension.id;
	}
	if (!lock_extension(expected))
		return TRANSACTION_BUSY;
	if (!campaign_owner_find(&extension))
		return TRANSACTION_GONE;
	if (extension.id != expected)
		return TRANSACTION_REPLACED;
	if (!OidIsValid(process->extension))
	{
		process->extension = expected;
		strlcpy(process->database_name, get_database_name(MyDatabaseId), NAMEDATALEN);
	}
	if (strcmp(extension.version, CAMPAIGN_VERSION) != 0)
	{
		campaign_process_says(process, "idle: library %s does not fit extension %s",
							  CAMPAIGN_VERSION, extension.version);
		return TRANSACTION_UNFIT;
	}
	return TRANSACTION_DONE;
}

static void
set_durability(bool durable)
{
	const char *value = durable ? "on" : "off";

	/* What waits for standbys to apply is more than on, and stays. */
	if (durable && synchronous_commit >= SYNCHRONOUS_COMMIT_REMOTE_FLUSH)
		return;
	(void) set_config_option("synchronous_commit", value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
}

static void
run_body(Process *process, bool durable, TransactionBody body, void *arg)
{
	OwnerScope scope;

	set_durability(durable);
	SPI_connect();
	PushActiveSnapshot(GetTransactionSnapshot());
	campaign_owner_enter(&scope);
	MemoryContextSwitchTo(process->round);
	body(arg);
	campaign_owner_leave(&scope);
	PopActiveSnapshot();
	SPI_finish();
}

/*
 * Logs the error that is being handled, unless the last one was of the same kind and recent. In the
 * log it is a warning, since the worker goes on.
 */
static void
report_fault(Process *process, ErrorData *fault)
{
	TimestampTz now = GetCurrentTimestamp();
	ErrorContextCallback *callbacks = error_context_stack;
	bool same = fault->sqlerrcode == process->last_fault &&
				!TimestampDifferenceExceeds(process->last_fault_at, now, SAME_FAULT_MS);

	process->counts.errors++;
	campaign_process_says(process, "backing off: %s: %.60s", unpack_sql_state(fault->sqlerrcode),
						  fault->message);
	if (same)
		return;
	process->last_fault = fault->sqlerrcode;
	process->last_fault_at = now;
	fault->elevel = WARNING;
	/* It bears its context already. */
	error_context_stack = NULL;
	ThrowErrorData(fault);
	error_context_stack = callbacks;
}

static TransactionResult
fail(Process *process)
{
	ErrorData *fault;

	HOLD_INTERRUPTS();
	MemoryContextSwitchTo(process->round);
	fault = CopyErrorData();
	FlushErrorState();
	AbortCurrentTransaction();
	MemoryContextSwitchTo(process->round);
	report_fault(process, fault);
	RESUME_INTERRUPTS();
	return TRANSACTION_FAILED;
}

TransactionResult
campaign_transaction_run(Process *process, const char *activity, bool durable, TransactionBody body,
						 void *arg)
{
	volatile TransactionResult result = TRANSACTION_FAILED;

	MemoryContextReset(process->round);
	PG_TRY();
	{
		SetCurrentStatementStartTimestamp();
		pgstat_report_activity(STATE_RUNNING, activity);
		StartTransactionCommand();
		result = check_extension(process);
		if (result == TRANSACTION_DONE)
			run_body(process, durable, body, arg);
		CommitTransactionCommand();
	}
	PG_CATCH();
	{
		result = fail(process);
	}
	PG_END_TRY();

	process->counts.rounds++;
	pgstat_report_stat(false);
	MemoryContextSwitchTo(process->turn);
	return result;
}

TimestampTz
campaign_transaction_retreat(Process *process, TransactionResult result)
{
	TimestampTz now = GetCurrentTimestamp();

	switch (result)
	{
		case TRANSACTION_UNFIT:
			return campaign_process_poll(now);
		case TRANSACTION_GONE:
			campaign_shared_absent(MyDatabaseId, process->requests);
			proc_exit(0);
		case TRANSACTION_REPLACED:
			proc_exit(0);
		default:
			campaign_process_says(process, "waiting: the extension is being altered");
			return TimestampTzPlusMilliseconds(now, BUSY_MS);
	}
}
