/*
 * admission.c
 *		Who may come into a campaign, as far as SQL cannot say it: exclusive_clashes().
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/array.h"

#include "store/columns.h"
#include "store/exclusions.h"

PG_FUNCTION_INFO_V1(campaign_api_exclusive_clashes);

/* exclusive_clashes(workspace, prospects): those that are in a campaign of mode exclusive_only. */
Datum
campaign_api_exclusive_clashes(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	ArrayType *prospects = PG_GETARG_ARRAYTYPE_P(1);
	int64 *found;
	Datum result;
	int n;

	if (array_contains_nulls(prospects))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("an id of a prospect is NULL")));
	SPI_connect();
	n = campaign_exclusions_find(PG_GETARG_INT64(0), (const int64 *) ARR_DATA_PTR(prospects),
								 ArrayGetNItems(ARR_NDIM(prospects), ARR_DIMS(prospects)), &found);
	MemoryContextSwitchTo(caller);
	result = campaign_column_ids(found, n);
	SPI_finish();
	PG_RETURN_DATUM(result);
}
