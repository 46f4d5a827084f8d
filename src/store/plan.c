/*
 * plan.c
 *		Statements prepared once in a process and run many times over SPI.
 */
#include "store/plan.h"

#include "access/xact.h"
#include "utils/builtins.h"

#include "store/plan_estimates.h"

/* Planning everything that a round runs takes some ten milliseconds. */
#define PLAN_LIFE_MS 5000

static SPIPlanPtr
prepare(StorePlan *plan)
{
	SPIPlanPtr prepared;

	prepared = SPI_prepare_cursor(plan->sql, plan->n_args, plan->types, CURSOR_OPT_GENERIC_PLAN);
	if (prepared == NULL)
		elog(ERROR, "could not prepare statement: %s: %s", SPI_result_code_string(SPI_result),
			 plan->sql);
	SPI_keepplan(prepared);
	return prepared;
}

/* The plan to run. The clock stands still within a transaction, so a round keeps the plans it began with. */
static SPIPlanPtr
current(StorePlan *plan)
{
	TimestampTz now = GetCurrentTransactionStartTimestamp();

	if (plan->plan != NULL && TimestampDifferenceExceeds(plan->planned_at, now, PLAN_LIFE_MS))
	{
		SPI_freeplan(plan->plan);
		plan->plan = NULL;
	}
	if (plan->plan == NULL)
	{
		plan->plan = prepare(plan);
		plan->planned_at = now;
	}
	return plan->plan;
}

int
campaign_plan_run(StorePlan *plan, Datum *values, const char *nulls, bool read_only)
{
	MemoryContext context = CurrentMemoryContext;
	bool before = campaign_plan_estimates_use(true);
	int result = 0;

	PG_TRY();
	{
		result = SPI_execute_plan(current(plan), values, nulls, read_only, 0);
	}
	PG_FINALLY();
	{
		campaign_plan_estimates_use(before);
	}
	PG_END_TRY();
	/* SPI leaves us in a context of its own, and what the caller allocates may have to outlive it */
	MemoryContextSwitchTo(context);
	if (result < 0)
		elog(ERROR, "could not run statement: %s: %s", SPI_result_code_string(result), plan->sql);
	return (int) SPI_processed;
}

void
campaign_plan_run_one(StorePlan *plan, Datum *values, const char *nulls, bool read_only)
{
	int rows = campaign_plan_run(plan, values, nulls, read_only);

	if (rows != 1)
		elog(ERROR, "statement returned %d rows instead of one: %s", rows, plan->sql);
}

Datum
campaign_plan_datum(int row, int column, bool *is_null)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, is_null);
}

int64
campaign_plan_int64(int row, int column, int64 if_null)
{
	bool is_null;
	Datum value = campaign_plan_datum(row, column, &is_null);

	return is_null ? if_null : DatumGetInt64(value);
}

int32
campaign_plan_int32(int row, int column, int32 if_null)
{
	bool is_null;
	Datum value = campaign_plan_datum(row, column, &is_null);

	return is_null ? if_null : DatumGetInt32(value);
}

int16
campaign_plan_int16(int row, int column, int16 if_null)
{
	bool is_null;
	Datum value = campaign_plan_datum(row, column, &is_null);

	return is_null ? if_null : DatumGetInt16(value);
}

TimestampTz
campaign_plan_time(int row, int column)
{
	bool is_null;
	Datum value = campaign_plan_datum(row, column, &is_null);

	return is_null ? DT_NOEND : DatumGetTimestampTz(value);
}

bool
campaign_plan_bool(int row, int column, bool if_null)
{
	bool is_null;
	Datum value = campaign_plan_datum(row, column, &is_null);

	return is_null ? if_null : DatumGetBool(value);
}

char *
campaign_plan_text(int row, int column)
{
	bool is_null;
	Datum value = campaign_plan_datum(row, column, &is_null);

	return is_null ? NULL : TextDatumGetCString(value);
}
