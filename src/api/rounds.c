/*
 * rounds.c
 *		Rounds as SQL functions: those that commands run over named enrollments, and time moved by
 *		hand in a database that is marked virtual.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "engine/deliver.h"
#include "engine/entry.h"
#include "engine/look.h"
#include "engine/resolution.h"
#include "engine/round.h"
#include "engine/take.h"
#include "store/clock.h"
#include "store/owner.h"
#include "store/settings.h"
#include "store/virtual.h"

PG_FUNCTION_INFO_V1(campaign_api_advance_enrollments);
PG_FUNCTION_INFO_V1(campaign_api_leave_enrollments);
PG_FUNCTION_INFO_V1(campaign_api_rearm_enrollments);
PG_FUNCTION_INFO_V1(campaign_api_leave_unmatched);
PG_FUNCTION_INFO_V1(campaign_api_entry_allows);
PG_FUNCTION_INFO_V1(campaign_api_settle_action);
PG_FUNCTION_INFO_V1(campaign_api_take_actions);
PG_FUNCTION_INFO_V1(campaign_api_tick);
PG_FUNCTION_INFO_V1(campaign_api_run_step);
PG_FUNCTION_INFO_V1(campaign_api_run_until);

/* Workspaces, and audiences, of one pass of virtual time. */
#define PASS_WORKSPACES 1000
#define PASS_AUDIENCES 1000

static int64 *
ids_of(ArrayType *array, int *n)
{
	Datum *values;
	bool *nulls;
	int64 *ids;
	int kept = 0;
	int i;

	deconstruct_array(array, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &values,
					  &nulls, n);
	ids = palloc(Max(*n, 1) * sizeof(int64));
	for (i = 0; i < *n; i++)
		if (!nulls[i])
			ids[kept++] = DatumGetInt64(values[i]);
	*n = kept;
	return ids;
}

static Round
round_of(int64 workspace)
{
	Round round = {
		.workspace = workspace, .now = campaign_clock_now(), .limit = campaign_settings.batch_rows};

	if (campaign_settings.actor != NULL && campaign_settings.actor[0] != '\0')
		round.actor = campaign_settings.actor;
	return round;
}

/* advance_enrollments(workspace, enrollments): how many ended at once. */
Datum
campaign_api_advance_enrollments(PG_FUNCTION_ARGS)
{
	int n;
	int64 *ids = ids_of(PG_GETARG_ARRAYTYPE_P(1), &n);
	Round round = round_of(PG_GETARG_INT64(0));
	int ended;

	SPI_connect();
	ended = campaign_advance_named(&round, ids, n);
	SPI_finish();
	PG_RETURN_INT64(ended);
}

/* rearm_enrollments(workspace, enrollments): how many wait for a time. */
Datum
campaign_api_rearm_enrollments(PG_FUNCTION_ARGS)
{
	int n;
	int64 *ids = ids_of(PG_GETARG_ARRAYTYPE_P(1), &n);
	Round round = round_of(PG_GETARG_INT64(0));
	int rearmed;

	SPI_connect();
	rearmed = campaign_advance_rearm(&round, ids, n);
	SPI_finish();
	PG_RETURN_INT64(rearmed);
}

/* leave_enrollments(workspace, enrollments, end_kind, code): how many were inside. */
Datum
campaign_api_leave_enrollments(PG_FUNCTION_ARGS)
{
	int n;
	int64 *ids = ids_of(PG_GETARG_ARRAYTYPE_P(1), &n);
	char *end_kind = text_to_cstring(PG_GETARG_TEXT_PP(2));
	char *code = text_to_cstring(PG_GETARG_TEXT_PP(3));
	Round round = round_of(PG_GETARG_INT64(0));
	int left;

	SPI_connect();
	left = campaign_advance_leave(&round, ids, n, end_kind, code);
	SPI_finish();
	PG_RETURN_INT64(left);
}

/* leave_unmatched(workspace, enrollments): how many left. */
Datum
campaign_api_leave_unmatched(PG_FUNCTION_ARGS)
{
	int n;
	int64 *ids = ids_of(PG_GETARG_ARRAYTYPE_P(1), &n);
	Round round = round_of(PG_GETARG_INT64(0));
	int left;

	SPI_connect();
	left = campaign_advance_unmatched(&round, ids, n);
	SPI_finish();
	PG_RETURN_INT64(left);
}

/* entry_allows(workspace, campaign, prospects): a row for each. */
Datum
campaign_api_entry_allows(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int n;
	int64 *prospects = ids_of(PG_GETARG_ARRAYTYPE_P(2), &n);
	bool *allowed = palloc(Max(n, 1) * sizeof(bool));
	Round round = round_of(PG_GETARG_INT64(0));
	int i;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	campaign_entry_check(&round, PG_GETARG_INT64(1), prospects, n, allowed);
	SPI_finish();
	for (i = 0; i < n; i++)
	{
		Datum values[2] = {Int64GetDatum(prospects[i]), BoolGetDatum(allowed[i])};
		bool nulls[2] = {false, false};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	PG_RETURN_NULL();
}

/* settle_action(workspace, action, resolution, at, detail, actor): false if the run does not wait for it. */
Datum
campaign_api_settle_action(PG_FUNCTION_ARGS)
{
	Round round = round_of(PG_GETARG_INT64(0));
	Resolution resolution = campaign_resolution_named(text_to_cstring(PG_GETARG_TEXT_PP(2)));
	bool settled;

	round.actor = text_to_cstring(PG_GETARG_TEXT_PP(5));
	SPI_connect();
	settled = campaign_resolution_apply(&round, PG_GETARG_INT64(1), resolution,
										PG_GETARG_TIMESTAMPTZ(3), PG_GETARG_JSONB_P(4));
	SPI_finish();
	PG_RETURN_BOOL(settled);
}

/* take_actions(workspace, accounts, max, lease_until, actor): the ids of those that the caller has now. */
Datum
campaign_api_take_actions(PG_FUNCTION_ARGS)
{
	Round round = round_of(PG_GETARG_INT64(0));
	int max = PG_GETARG_INT32(2);
	int64 *taken = palloc(max * sizeof(int64));
	Datum *ids = palloc(max * sizeof(Datum));
	Lease lease;
	int n;
	int i;

	/* an opt-out that has committed since the transaction began would not be seen */
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("work is taken at isolation level READ COMMITTED only"),
				 errdetail("At a stricter level the transaction does not see who has opted out "
						   "since it began."),
				 errhint("Call take() in a transaction of its own.")));
	lease.accounts = ids_of(PG_GETARG_ARRAYTYPE_P(1), &lease.n_accounts);
	lease.until = PG_GETARG_TIMESTAMPTZ(3);
	round.actor = text_to_cstring(PG_GETARG_TEXT_PP(4));
	SPI_connect();
	n = campaign_take_actions(&round, &lease, max, taken);
	SPI_finish();
	for (i = 0; i < n; i++)
		ids[i] = Int64GetDatum(taken[i]);
	PG_RETURN_ARRAYTYPE_P(
		construct_array(ids, n, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* ---- virtual time ------------------------------------------------------------- */

/* Checks that time may be moved by hand here, connects, and acts as the owner. */
static void
begin_virtual(OwnerScope *scope)
{
	if (!superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("only a superuser can move time"),
				 errhint("In a database that is not virtual, workers advance campaigns.")));
	campaign_owner_enter(scope);
	SPI_connect();
	if (!campaign_virtual_is_marked())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("time passes by itself in this database"),
				 errdetail("It is not marked virtual."),
				 errhint("In a database for tests, call campaign.virtual_time(true) first.")));
}

static void
end_virtual(const OwnerScope *scope)
{
	SPI_finish();
	campaign_owner_leave(scope);
}

/*
 * All rounds that have something to do at this instant, once. reconsider: the caller may have changed
 * a limit or an account, which wakes nobody here, so lanes that sleep are looked at as well.
 */
static int64
pass(bool reconsider)
{
	TimestampTz now = campaign_clock_now();
	Delivery *delivery = campaign_deliver_open(CurrentMemoryContext, 0, false, NULL, 0);
	DueAudience *audiences;
	int64 *workspaces;
	DueTurns turns = {0};
	int64 moved = 0;
	bool beside;
	int n;
	int i;

	n = campaign_look_due(now, LOOK_ALL, &audiences, PASS_AUDIENCES);
	for (i = 0; i < n; i++)
		moved += campaign_look(&audiences[i], now, LOOK_ALL);
	n = campaign_due_workspaces(&turns, now, &workspaces, PASS_WORKSPACES);
	for (i = 0; i < n; i++)
	{
		Round round = round_of(workspaces[i]);

		moved += campaign_intake_round(&round);
		moved += campaign_advance_due(&round);
		moved += campaign_expire_round(&round);
		(void) campaign_alerts_round(&round);
	}
	if (reconsider)
		campaign_ready_reconsider(now, 1, 0);
	n = campaign_ready_workspaces(&turns, now, false, 1, 0, &workspaces, PASS_WORKSPACES, &beside);
	for (i = 0; i < n; i++)
	{
		Round round = round_of(workspaces[i]);
		DeliveryStart *starts;
		int n_starts;

		moved += campaign_deliver_start(delivery, &round, false, beside, &starts, &n_starts);
		campaign_deliver_committed(delivery, now);
	}
	campaign_seal_round();
	return moved;
}

/* Alerts by the health of now, which upkeep looks at in databases that are not virtual, and what it forgets. */
static void
look_at_health(void)
{
	int64 *workspaces;
	int n = campaign_upkeep_workspaces(campaign_clock_now(), &workspaces);
	int changed = 0;
	int i;

	for (i = 0; i < n; i++)
	{
		Round round = round_of(workspaces[i]);

		(void) campaign_upkeep_forget(&round);
	}
	n = campaign_alerts_workspaces(&workspaces);
	for (i = 0; i < n; i++)
	{
		Round round = round_of(workspaces[i]);

		changed += campaign_alerts_reconcile(&round);
	}
	if (changed > 0)
		campaign_seal_round();
}

/* tick(): one pass at the time of the clock; how much was moved. */
Datum
campaign_api_tick(PG_FUNCTION_ARGS)
{
	OwnerScope scope;
	int64 moved;

	begin_virtual(&scope);
	moved = pass(true);
	look_at_health();
	end_virtual(&scope);
	PG_RETURN_INT64(moved);
}

/*
 * One pass; if it finds nothing to do, the clock goes on to the next instant at which there is
 * something, but not past target; alerts are looked at at the end, and where a definition was changed.
 * False when the clock stands at target and nothing is left to do.
 */
static bool
step_to(TimestampTz target, bool reconsider, int64 *moved)
{
	static const DueTurns whole = {.whole = true};
	TimestampTz now = campaign_clock_now();
	TimestampTz next;

	*moved = pass(reconsider);
	if (*moved > 0)
		return true;
	next = Min(Min(campaign_due_next(&whole, now), campaign_ready_next_kept()),
			   campaign_look_next(LOOK_ALL));
	if (next <= now || next > target)
		next = target;
	if (next <= now)
	{
		/* once a day: who lives through a year in steps of an hour would wait for little else */
		if (campaign_virtual_new_day(now))
			look_at_health();
		return false;
	}
	campaign_clock_set(next);
	return true;
}

static void
check_target(TimestampTz target)
{
	if (target < campaign_clock_now())
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("time does not go back"),
				 errdetail("The clock stands at %s.", timestamptz_to_str(campaign_clock_now())),
				 errhint("Set campaign.now to begin at another time.")));
}

/* run_step(target): what was moved, or NULL when nothing is left to do up to then. */
Datum
campaign_api_run_step(PG_FUNCTION_ARGS)
{
	TimestampTz target = PG_GETARG_TIMESTAMPTZ(0);
	OwnerScope scope;
	int64 moved;
	bool more;

	check_target(target);
	begin_virtual(&scope);
	more = step_to(target, true, &moved);
	end_virtual(&scope);
	if (!more)
		PG_RETURN_NULL();
	PG_RETURN_INT64(moved);
}

/*
 * run_until(target): all passes up to then, in the caller's transaction; how much was moved. Nobody
 * changes anything between them, so lanes are woken by the first one only: each look leaves versions of
 * the lane behind, which nothing removes before the transaction ends, and every pass reads over them.
 */
Datum
campaign_api_run_until(PG_FUNCTION_ARGS)
{
	TimestampTz target = PG_GETARG_TIMESTAMPTZ(0);
	int64 total = 0;
	bool first = true;
	bool more = true;

	check_target(target);
	while (more)
	{
		OwnerScope scope;
		int64 moved;

		CHECK_FOR_INTERRUPTS();
		begin_virtual(&scope);
		more = step_to(target, first, &moved);
		first = false;
		end_virtual(&scope);
		total += moved;
	}
	PG_RETURN_INT64(total);
}
