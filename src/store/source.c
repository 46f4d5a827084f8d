/*
 * source.c
 *		Reading what belongs to a user, as that user.
 */
#include "store/source.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timeout.h"

#include "store/subtransaction.h"

/* What is restored when the read is over, however it ends. */
typedef struct ReadScope
{
	Oid user;
	int security;
	bool read_only;
	int settings;
} ReadScope;

/* Set by the signal handler of the timer, hence of the process and not of a read. */
static volatile sig_atomic_t time_is_up;

/* As the server's own: the query ends at its next look for interrupts, also while it waits for a lock. */
static void
end_read(void)
{
	time_is_up = true;
	InterruptPending = true;
	QueryCancelPending = true;
	SetLatch(MyLatch);
}

static TimeoutId
timer(void)
{
	static bool registered;
	static TimeoutId id;

	if (!registered)
		id = RegisterTimeout(USER_TIMEOUT, end_read);
	registered = true;
	return id;
}

static void
enter(ReadScope *scope, const SourceRead *read)
{
	GetUserIdAndSecContext(&scope->user, &scope->security);
	scope->read_only = XactReadOnly;
	scope->settings = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	/* compiling takes longer than a round may wait */
	(void) set_config_option("jit", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
							 false);
	time_is_up = false;
	enable_timeout_after(timer(), read->limit_ms);
	SetUserIdAndSecContext(read->role, scope->security | SECURITY_LOCAL_USERID_CHANGE |
										   SECURITY_RESTRICTED_OPERATION);
	XactReadOnly = true;
}

static void
leave(const ReadScope *scope)
{
	XactReadOnly = scope->read_only;
	SetUserIdAndSecContext(scope->user, scope->security);
	disable_timeout(timer(), false);
	/* it ran out after the last look */
	if (time_is_up)
		QueryCancelPending = false;
	AtEOXact_GUC(false, scope->settings);
}

/* In the context of the store. */
static void
run(const SourceRead *read, Tuplestorestate *rows, MemoryContext context)
{
	SPIExecuteOptions options = {.params = read->params, .read_only = false};
	int result;

	options.dest = CreateDestReceiver(DestTuplestore);
	SetTuplestoreDestReceiverParams(options.dest, rows, context, true, NULL, NULL);
	SPI_connect();
	result = SPI_execute_extended(read->sql, &options);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "could not read a source: %s", SPI_result_code_string(result));
	SPI_finish();
}

void
campaign_source_read(const SourceRead *read, Tuplestorestate *rows)
{
	MemoryContext context = CurrentMemoryContext;
	ReadScope scope;

	enter(&scope, read);
	PG_TRY();
	{
		run(read, rows, context);
	}
	PG_CATCH();
	{
		bool slow = time_is_up && geterrcode() == ERRCODE_QUERY_CANCELED;

		leave(&scope);
		if (!slow)
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("the source takes longer than %d ms", read->limit_ms),
						errhint("Have indexes serve it, or let it read a table that is kept up to "
								"date otherwise.")));
	}
	PG_END_TRY();
	leave(&scope);
	MemoryContextSwitchTo(context);
}

/* A cancel or a shutdown, and the server's own troubles, say nothing of the source. */
static bool
is_of_source(int sqlerrcode)
{
	switch (ERRCODE_TO_CATEGORY(sqlerrcode))
	{
		case MAKE_SQLSTATE('4', '0', '0', '0', '0'):
		case MAKE_SQLSTATE('5', '3', '0', '0', '0'):
		case MAKE_SQLSTATE('5', '7', '0', '0', '0'):
		case MAKE_SQLSTATE('5', '8', '0', '0', '0'):
			return false;
		default:
			return true;
	}
}

/* As sql/69_audience_look.sql has them. */
static const char *
code_of(int sqlerrcode)
{
	switch (sqlerrcode)
	{
		case ERRCODE_PROGRAM_LIMIT_EXCEEDED:
		case ERRCODE_LOCK_NOT_AVAILABLE:
			return "source_slow";
		case ERRCODE_INSUFFICIENT_PRIVILEGE:
			return "source_forbidden";
		default:
			return "source_failed";
	}
}

typedef struct ReadWork
{
	const SourceRead *read;
	Tuplestorestate *rows;
} ReadWork;

static void
read_rows(void *arg)
{
	const ReadWork *work = arg;

	campaign_source_read(work->read, work->rows);
}

bool
campaign_source_try(const SourceRead *read, Tuplestorestate *rows, const char **code, char **detail)
{
	ReadWork work = {read, rows};
	ErrorData *error = campaign_subtransaction_try(read_rows, &work);

	if (error == NULL)
		return true;
	if (!is_of_source(error->sqlerrcode))
		ReThrowError(error);
	*code = code_of(error->sqlerrcode);
	*detail = psprintf("%s: %s", unpack_sql_state(error->sqlerrcode), error->message);
	return false;
}
