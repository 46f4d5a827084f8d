/*
 * promotion.c
 *		Rounds over runs that are moved by hand, as SQL functions for sql/74_promote.sql.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "core/graph.h"
#include "engine/promote.h"
#include "store/clock.h"
#include "store/settings.h"

PG_FUNCTION_INFO_V1(campaign_api_reach_stages);
PG_FUNCTION_INFO_V1(campaign_api_promote_enrollments);
PG_FUNCTION_INFO_V1(campaign_api_drop_enrollments);

/* The enrollments of the second argument, which are not null. */
static int64 *
enrollments_of(FunctionCallInfo fcinfo, int *n)
{
	Datum *values;
	int64 *ids;
	int i;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
					  TYPALIGN_DOUBLE, &values, NULL, n);
	ids = palloc(Max(*n, 1) * sizeof(int64));
	for (i = 0; i < *n; i++)
		ids[i] = DatumGetInt64(values[i]);
	return ids;
}

static Round
round_of(int64 workspace, const char *actor)
{
	return (Round){.workspace = workspace,
				   .now = campaign_clock_now(),
				   .limit = campaign_settings.batch_rows,
				   .actor = actor};
}

/* reach_stages(workspace, enrollments, actor) */
Datum
campaign_api_reach_stages(PG_FUNCTION_ARGS)
{
	Promotion promotion = {.to = GRAPH_NONE};
	Round round = round_of(PG_GETARG_INT64(0), text_to_cstring(PG_GETARG_TEXT_PP(2)));

	promotion.enrollments = enrollments_of(fcinfo, &promotion.n);
	SPI_connect();
	campaign_promote_reach(&round, &promotion);
	SPI_finish();
	PG_RETURN_VOID();
}

/* promote_enrollments(workspace, enrollments, to_step, cause, actor): how many. */
Datum
campaign_api_promote_enrollments(PG_FUNCTION_ARGS)
{
	Promotion promotion = {.to = PG_GETARG_INT32(2),
						   .cause = text_to_cstring(PG_GETARG_TEXT_PP(3))};
	Round round = round_of(PG_GETARG_INT64(0), text_to_cstring(PG_GETARG_TEXT_PP(4)));
	int promoted;

	promotion.enrollments = enrollments_of(fcinfo, &promotion.n);
	SPI_connect();
	promoted = campaign_promote_runs(&round, &promotion);
	SPI_finish();
	PG_RETURN_INT64(promoted);
}

/* drop_enrollments(workspace, enrollments, reason, actor): how many. */
Datum
campaign_api_drop_enrollments(PG_FUNCTION_ARGS)
{
	Promotion promotion = {.to = GRAPH_NONE, .cause = text_to_cstring(PG_GETARG_TEXT_PP(2))};
	Round round = round_of(PG_GETARG_INT64(0), text_to_cstring(PG_GETARG_TEXT_PP(3)));
	int dropped;

	promotion.enrollments = enrollments_of(fcinfo, &promotion.n);
	SPI_connect();
	dropped = campaign_promote_drop(&round, &promotion);
	SPI_finish();
	PG_RETURN_INT64(dropped);
}
