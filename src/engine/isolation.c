/*
 * isolation.c
 *		Finding by halves the one thing that fails.
 */
#include "engine/isolation.h"

#include "miscadmin.h"

#include "store/subtransaction.h"

/*
 * Classes of SQLSTATE that say nothing of any row: the same work may go well a moment later, or the
 * server is not well. Nobody is to be held for them, let alone expelled.
 */
static bool
is_fault_of_round(int sqlerrcode)
{
	switch (ERRCODE_TO_CATEGORY(sqlerrcode))
	{
		case MAKE_SQLSTATE('0', '8', '0', '0', '0'): /* connection */
		case MAKE_SQLSTATE('2', '5', '0', '0', '0'): /* transaction state */
		case MAKE_SQLSTATE('4', '0', '0', '0', '0'): /* deadlock, serialization */
		case MAKE_SQLSTATE('4', '2', '0', '0', '0'): /* something is missing, or may not be used */
		case MAKE_SQLSTATE('5', '3', '0', '0', '0'): /* resources: disk, memory */
		case MAKE_SQLSTATE('5', '4', '0', '0', '0'): /* limits */
		case MAKE_SQLSTATE('5', '5', '0', '0', '0'): /* locks */
		case MAKE_SQLSTATE('5', '7', '0', '0', '0'): /* cancelled, shut down */
		case MAKE_SQLSTATE('5', '8', '0', '0', '0'): /* the system */
		case MAKE_SQLSTATE('X', 'X', '0', '0', '0'): /* internal, corruption */
			return true;
		default:
			return false;
	}
}

/* What is written down of an error: "23514: new row violates ...". */
static char *
reason_of(const ErrorData *error)
{
	return psprintf("%s: %s", unpack_sql_state(error->sqlerrcode),
					error->message == NULL ? "" : error->message);
}

char *
campaign_isolation_try(void (*work)(void *arg), void *arg)
{
	ErrorData *error = campaign_subtransaction_try(work, arg);

	if (error == NULL)
		return NULL;
	if (is_fault_of_round(error->sqlerrcode))
		ReThrowError(error);
	return reason_of(error);
}

typedef struct Part
{
	const IsolatedWork *work;
	int first;
	int n;
	int done;
} Part;

static void
apply_part(void *arg)
{
	Part *part = arg;

	part->done = part->work->apply(part->work->arg, part->first, part->n);
}

static int
bisect(const IsolatedWork *work, int first, int n)
{
	Part part = {work, first, n, 0};
	char *reason;
	int done;

	CHECK_FOR_INTERRUPTS();
	reason = campaign_isolation_try(apply_part, &part);
	if (reason == NULL)
		return part.done;
	if (n == 1)
	{
		work->hold(work->arg, first, reason);
		return 1;
	}
	done = bisect(work, first, n / 2);
	return done + bisect(work, first + n / 2, n - n / 2);
}

int
campaign_isolation_bisect(const IsolatedWork *work, int n)
{
	return n == 0 ? 0 : bisect(work, 0, n);
}
