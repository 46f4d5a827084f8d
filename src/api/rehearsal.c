/*
 * rehearsal.c
 *		Knowing beforehand, as SQL sees it: what a step would say, and a campaign lived through in memory.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"

#include "core/graph.h"
#include "engine/preview.h"
#include "engine/rehearse.h"
#include "store/clock.h"
#include "store/settings.h"

PG_FUNCTION_INFO_V1(campaign_api_render_step);
PG_FUNCTION_INFO_V1(campaign_api_rehearse);

/*
 * render_step(workspace, campaign, step, prospect, enrollment, imagined, source_row): what would be sent.
 * prospect NULL = he is imagined.
 */
Datum
campaign_api_render_step(PG_FUNCTION_ARGS)
{
	Round round = {.workspace = PG_GETARG_INT64(0),
				   .now = campaign_clock_now(),
				   .limit = campaign_settings.batch_rows,
				   .imagined = campaign_imagined_make(NULL, NULL, 0)};
	PreviewSubject subject = {.campaign = PG_GETARG_INT64(1),
							  .step = PG_GETARG_INT32(2),
							  .prospect = PG_ARGISNULL(3) ? 0 : PG_GETARG_INT64(3),
							  .enrollment = PG_ARGISNULL(4) ? 0 : PG_GETARG_INT64(4),
							  .imagined = PG_ARGISNULL(5) ? (Datum) 0 : PG_GETARG_DATUM(5),
							  .row = PG_ARGISNULL(6) ? NULL : PG_GETARG_JSONB_P(6)};
	MemoryContext caller = CurrentMemoryContext;
	Jsonb *content;
	Jsonb *result;

	SPI_connect();
	content = campaign_preview_render(&round, &subject);
	result = MemoryContextAlloc(caller, VARSIZE(content));
	memcpy(result, content, VARSIZE(content));
	SPI_finish();
	PG_RETURN_JSONB_P(result);
}

/* ---- a campaign lived through ------------------------------------------------------- */

static int
elements_of(FunctionCallInfo fcinfo, int argument, Oid type, Datum **values, bool **nulls)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(argument);
	int16 length;
	bool by_value;
	char alignment;
	int n;

	get_typlenbyvalalign(type, &length, &by_value, &alignment);
	deconstruct_array(array, type, length, by_value, alignment, values, nulls, &n);
	return n;
}

static int64 *
ids_of(FunctionCallInfo fcinfo, int argument, int *n)
{
	Datum *values;
	bool *nulls;
	int64 *ids;
	int i;

	*n = elements_of(fcinfo, argument, INT8OID, &values, &nulls);
	ids = palloc(Max(*n, 1) * sizeof(int64));
	for (i = 0; i < *n; i++)
		ids[i] = DatumGetInt64(values[i]);
	return ids;
}

/* Arguments first and first + 1: rows, and documents. */
static ImaginedProspects *
imagined_of(FunctionCallInfo fcinfo, int first)
{
	Datum *rows;
	Datum *documents;
	bool *nulls;
	int n = elements_of(fcinfo, first, ARR_ELEMTYPE(PG_GETARG_ARRAYTYPE_P(first)), &rows, &nulls);

	(void) elements_of(fcinfo, first + 1, JSONBOID, &documents, &nulls);
	return campaign_imagined_make(rows, documents, n);
}

/* Arguments first to first + 5, side by side: kind, rate, after, prospect, at, step. */
static Assumption *
assumptions_of(FunctionCallInfo fcinfo, int first, int *n)
{
	static const Oid types[6] = {TEXTOID, FLOAT8OID, INT8OID, INT8OID, TIMESTAMPTZOID, INT4OID};
	Datum *values[6];
	bool *nulls[6];
	Assumption *items;
	int i;

	for (i = 0; i < 6; i++)
		*n = elements_of(fcinfo, first + i, types[i], &values[i], &nulls[i]);
	items = palloc(Max(*n, 1) * sizeof(Assumption));
	for (i = 0; i < *n; i++)
	{
		items[i].kind = TextDatumGetCString(values[0][i]);
		items[i].rate = nulls[1][i] ? -1 : DatumGetFloat8(values[1][i]);
		items[i].after = nulls[2][i] ? 0 : DatumGetInt64(values[2][i]);
		items[i].prospect = nulls[3][i] ? 0 : DatumGetInt64(values[3][i]);
		items[i].at = nulls[4][i] ? DT_NOEND : DatumGetTimestampTz(values[4][i]);
		items[i].step = nulls[5][i] ? GRAPH_NONE : DatumGetInt32(values[5][i]);
	}
	return items;
}

/* Each row goes to the result, which moves to disk where it grows large. */
static void
put_row(void *arg, const RehearsedRow *row)
{
	ReturnSetInfo *result = arg;
	const char *texts[4] = {row->step, row->action, row->what, row->code};
	Datum values[7] = {TimestampTzGetDatum(row->at), Int64GetDatum(row->prospect)};
	bool nulls[7] = {false};
	int i;

	for (i = 0; i < 4; i++)
	{
		nulls[i + 2] = texts[i] == NULL;
		values[i + 2] = texts[i] == NULL ? (Datum) 0 : CStringGetTextDatum(texts[i]);
	}
	nulls[6] = row->content == NULL;
	values[6] = nulls[6] ? (Datum) 0 : JsonbPGetDatum(row->content);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * rehearse(workspace, campaign, parked, prospects, newcomers, imagined, documents, slots_since, until,
 * contents, kinds, rates, afters, subjects, ats, steps): prospects NULL = all who are inside;
 * slots_since NULL = no cohorts.
 */
Datum
campaign_api_rehearse(PG_FUNCTION_ARGS)
{
	Round round = {.workspace = PG_GETARG_INT64(0),
				   .now = campaign_clock_now(),
				   .limit = campaign_settings.batch_rows,
				   .imagined = imagined_of(fcinfo, 5)};
	RehearsalRequest request = {.campaign = PG_GETARG_INT64(1),
								.parked = PG_GETARG_BOOL(2),
								.n_prospects = -1,
								.slots_since =
									PG_ARGISNULL(7) ? DT_NOEND : PG_GETARG_TIMESTAMPTZ(7),
								.until = PG_GETARG_TIMESTAMPTZ(8),
								.contents = PG_GETARG_BOOL(9),
								.put = put_row,
								.arg = fcinfo->resultinfo};

	InitMaterializedSRF(fcinfo, 0);
	if (!PG_ARGISNULL(3))
		request.prospects = ids_of(fcinfo, 3, &request.n_prospects);
	request.newcomers = ids_of(fcinfo, 4, &request.n_newcomers);
	request.assumptions = assumptions_of(fcinfo, 10, &request.n_assumptions);
	SPI_connect();
	campaign_rehearse(&round, &request);
	SPI_finish();
	PG_RETURN_NULL();
}
