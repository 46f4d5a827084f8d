/*
 * recent_starts.c
 *		The ledger of a rolling limit, as a row of campaign.usage has it.
 */
#include "store/recent_starts.h"

#include "catalog/pg_type.h"
#include "utils/array.h"

#include "store/columns.h"
#include "store/plan.h"

/* The ledgers are handed over one after the other: each row takes its slice of the arrays. */
static StorePlan write_plan = {
	.sql = "UPDATE campaign.usage u SET"
		   " recent_at = CASE WHEN v.has THEN ($6::timestamptz[])[v.first : v.last] END,"
		   " recent_n = CASE WHEN v.has THEN ($7::int[])[v.first : v.last] END,"
		   " dropped_at = v.dropped_at"
		   " FROM unnest($2::bigint[], $3::int[], $4::int[], $5::timestamptz[], $8::boolean[])"
		   " AS v(id, first, last, dropped_at, has) WHERE u.workspace_id = $1 AND u.id = v.id",
	.n_args = 8,
	.types = {INT8OID, INT8ARRAYOID, INT4ARRAYOID, INT4ARRAYOID, TIMESTAMPTZARRAYOID,
			  TIMESTAMPTZARRAYOID, INT4ARRAYOID, BOOLARRAYOID}};

/* The elements of an array column; how many, -1 if it is null. */
static int
elements(int row, int column, Oid type, int16 length, Datum **values)
{
	bool is_null;
	bool *nulls;
	Datum array = campaign_plan_datum(row, column, &is_null);
	int n;

	if (is_null)
		return -1;
	deconstruct_array(DatumGetArrayTypePCopy(array), type, length, true,
					  length == 8 ? TYPALIGN_DOUBLE : TYPALIGN_INT, values, &nulls, &n);
	return n;
}

Rolling *
campaign_recent_starts_read(int row, int column)
{
	Rolling *ledger;
	Datum *at;
	Datum *counts;
	int n = elements(row, column, TIMESTAMPTZOID, 8, &at);
	bool is_null;
	Datum dropped;
	int i;

	if (n < 0)
		return NULL;
	if (n > ROLLING_MAX || elements(row, column + 1, INT4OID, 4, &counts) != n)
		elog(ERROR, "a ledger of recent starts has %d entries that do not fit", n);
	ledger = palloc(sizeof(Rolling));
	*ledger = ROLLING_UNUSED;
	dropped = campaign_plan_datum(row, column + 2, &is_null);
	if (!is_null)
		ledger->dropped = DatumGetTimestampTz(dropped);
	ledger->n = n;
	for (i = 0; i < n; i++)
	{
		ledger->starts[i].at = DatumGetTimestampTz(at[i]);
		ledger->starts[i].count = DatumGetInt32(counts[i]);
	}
	return ledger;
}

void
campaign_recent_starts_write(int64 workspace, const int64 *usage_ids, Rolling *const *ledgers,
							 int n)
{
	static const Oid types[7] = {INT8OID,        INT4OID, INT4OID, TIMESTAMPTZOID,
								 TIMESTAMPTZOID, INT4OID, BOOLOID};
	Column c[7];
	Datum values[8];
	int i;
	int k;

	if (n == 0)
		return;
	for (i = 0; i < 7; i++)
		campaign_column_init(&c[i], types[i]);
	for (i = 0; i < n; i++)
	{
		const Rolling *ledger = ledgers[i];

		campaign_column_add_int64(&c[0], usage_ids[i]);
		campaign_column_add_int32(&c[1], c[4].n + 1);
		for (k = 0; ledger != NULL && k < ledger->n; k++)
		{
			campaign_column_add(&c[4], TimestampTzGetDatum(ledger->starts[k].at));
			campaign_column_add_int32(&c[5], (int32) ledger->starts[k].count);
		}
		campaign_column_add_int32(&c[2], c[4].n);
		campaign_column_add_time(
			&c[3], ledger == NULL || ledger->dropped == INT64_MIN ? DT_NOEND : ledger->dropped);
		campaign_column_add_bool(&c[6], ledger != NULL);
	}
	values[0] = Int64GetDatum(workspace);
	for (i = 0; i < 7; i++)
		values[i + 1] = campaign_column_array(&c[i]);
	campaign_plan_run(&write_plan, values, NULL, false);
}
