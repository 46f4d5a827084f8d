/*
 * look.c
 *		Looks at audiences: whoever newly matches is taken in without a call.
 *
 * What a look does is in sql/69_audience_look.sql. Here is which are due, and how long they may take.
 */
#include "engine/look.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/timeout.h"

#include "store/plan.h"
#include "store/subtransaction.h"
#include "store/wake.h"

/* A look that takes longer is lengthy; half of it, and it is quick again. */
#define QUICK_MS 1000
/* When a quick one is given up: later, since it waits a second for locks, and then gives way by itself. */
#define GIVEN_UP_MS 1500

static StorePlan due_plan = {
	.sql =
		"SELECT q.workspace_id, q.id FROM (SELECT d.workspace_id, d.id,"
		" row_number() OVER (PARTITION BY d.workspace_id ORDER BY d.next_at, d.id) AS turn FROM ("
		"(SELECT a.workspace_id, a.id, a.next_at FROM campaign.audience a"
		" WHERE a.next_at <= $1 AND ($2 IS NULL OR a.lengthy = $2) ORDER BY a.next_at LIMIT $3)"
		" UNION (SELECT a.workspace_id, a.id, a.next_at FROM campaign.audience_request r"
		" JOIN campaign.audience a ON a.workspace_id = r.workspace_id AND a.id = r.audience_id"
		" WHERE $2 IS NULL OR a.lengthy = $2)) d) q ORDER BY q.turn, q.workspace_id LIMIT $3",
	.n_args = 3,
	.types = {TIMESTAMPTZOID, BOOLOID, INT4OID}};

static StorePlan next_plan = {
	.sql = "SELECT CASE WHEN EXISTS (SELECT FROM campaign.audience_request r"
		   " JOIN campaign.audience a ON a.workspace_id = r.workspace_id AND a.id = r.audience_id"
		   " WHERE $1 IS NULL OR a.lengthy = $1) THEN '-infinity'::timestamptz"
		   " ELSE (SELECT a.next_at FROM campaign.audience a"
		   " WHERE a.next_at IS NOT NULL AND ($1 IS NULL OR a.lengthy = $1)"
		   " ORDER BY a.next_at LIMIT 1) END",
	.n_args = 1,
	.types = {BOOLOID}};

static StorePlan look_plan = {.sql = "SELECT campaign.look_at_audience($1, $2, $3)",
							  .n_args = 3,
							  .types = {INT8OID, INT8OID, TIMESTAMPTZOID}};

/* Without waiting for whoever is changing it: then it stays where it is until the next look. */
static StorePlan hand_over_plan = {
	.sql = "UPDATE campaign.audience u SET lengthy = $3 FROM (SELECT a.id FROM campaign.audience a"
		   " WHERE a.workspace_id = $1 AND a.id = $2 FOR NO KEY UPDATE SKIP LOCKED) w"
		   " WHERE u.workspace_id = $1 AND u.id = w.id RETURNING u.id",
	.n_args = 3,
	.types = {INT8OID, INT8OID, BOOLOID}};

/* The argument that says which: 'n' = null, all of them. */
static char
share_null(LookShare share)
{
	return share == LOOK_ALL ? 'n' : ' ';
}

int
campaign_look_due(TimestampTz now, LookShare share, DueAudience **due, int max)
{
	Datum values[3] = {TimestampTzGetDatum(now), BoolGetDatum(share == LOOK_LENGTHY),
					   Int32GetDatum(max)};
	char nulls[3] = {' ', share_null(share), ' '};
	int found = campaign_plan_run(&due_plan, values, nulls, false);
	int i;

	*due = palloc(Max(found, 1) * sizeof(DueAudience));
	for (i = 0; i < found; i++)
	{
		(*due)[i].workspace = campaign_plan_int64(i, 1, 0);
		(*due)[i].audience = campaign_plan_int64(i, 2, 0);
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}

TimestampTz
campaign_look_next(LookShare share)
{
	Datum values[1] = {BoolGetDatum(share == LOOK_LENGTHY)};
	char nulls[1] = {share_null(share)};
	TimestampTz next;

	campaign_plan_run_one(&next_plan, values, nulls, false);
	next = campaign_plan_time(0, 1);
	SPI_freetuptable(SPI_tuptable);
	return next;
}

static int
look(const DueAudience *due, TimestampTz now)
{
	Datum values[3] = {Int64GetDatum(due->workspace), Int64GetDatum(due->audience),
					   TimestampTzGetDatum(now)};
	int done;

	campaign_plan_run_one(&look_plan, values, NULL, false);
	done = (int) campaign_plan_int64(0, 1, 0);
	SPI_freetuptable(SPI_tuptable);
	return done;
}

/* The time is over, or not needed any more: it may also have run out after the last look for interrupts. */
static void
stop_timer(void)
{
	disable_timeout(STATEMENT_TIMEOUT, true);
	if (get_timeout_indicator(STATEMENT_TIMEOUT, true))
		QueryCancelPending = false;
}

typedef struct Attempt
{
	const DueAudience *due;
	TimestampTz now;
	int limit_ms;
	int done;
} Attempt;

static void
look_in_time(void *arg)
{
	Attempt *attempt = arg;

	enable_timeout_after(STATEMENT_TIMEOUT, attempt->limit_ms);
	attempt->done = look(attempt->due, attempt->now);
	stop_timer();
}

/* False if it was given up, and all of it undone. */
static bool
look_within(const DueAudience *due, TimestampTz now, int limit_ms, int *done)
{
	Attempt attempt = {due, now, limit_ms, 0};
	TimestampTz began = GetCurrentTimestamp();
	ErrorData *error = campaign_subtransaction_try(look_in_time, &attempt);

	if (error == NULL)
	{
		*done = attempt.done;
		return true;
	}
	stop_timer();
	if (error->sqlerrcode != ERRCODE_QUERY_CANCELED ||
		!TimestampDifferenceExceeds(began, GetCurrentTimestamp(), limit_ms))
		ReThrowError(error);
	return false;
}

/* False if somebody is changing the audience. */
static bool
hand_over(const DueAudience *due, bool lengthy)
{
	Datum values[3] = {Int64GetDatum(due->workspace), Int64GetDatum(due->audience),
					   BoolGetDatum(lengthy)};
	bool done = campaign_plan_run(&hand_over_plan, values, NULL, false) > 0;

	SPI_freetuptable(SPI_tuptable);
	campaign_wake_request(WAKE_READERS);
	return done;
}

int
campaign_look(const DueAudience *due, TimestampTz now, LookShare share)
{
	TimestampTz began = GetCurrentTimestamp();
	int done = 0;
	bool finished = true;
	long took;

	if (share == LOOK_QUICK)
		finished = look_within(due, now, GIVEN_UP_MS, &done);
	else
		done = look(due, now);
	took = TimestampDifferenceMilliseconds(began, GetCurrentTimestamp());
	if (share == LOOK_QUICK && took > QUICK_MS && hand_over(due, true) && !finished)
		done = 1;
	if (share == LOOK_LENGTHY && took < QUICK_MS / 2)
		(void) hand_over(due, false);
	return done;
}
