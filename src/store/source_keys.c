/*
 * source_keys.c
 *		The keys by which prospects stand for rows of a source, and the rows behind them.
 */
#include "store/source_keys.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "store/columns.h"
#include "store/plan.h"
#include "store/source.h"

static StorePlan reading_plan = {.sql = "SELECT r.reader, r.query, r.prospect_source, r.fault"
										" FROM campaign.audience_reading($1, $2, $3) r",
								 .n_args = 3,
								 .types = {INT8OID, INT8OID, TIMESTAMPTZOID}};

/* A prospect that was merged into another one leaves it its rows. */
static StorePlan keys_plan = {
	.sql = "SELECT DISTINCT ON (v.i) v.i::int - 1, p.external_id"
		   " FROM unnest($2::bigint[]) WITH ORDINALITY AS v(id, i)"
		   " CROSS JOIN LATERAL (SELECT o.external_id, o.id FROM campaign.prospect o"
		   " WHERE o.workspace_id = $1 AND o.id = v.id AND o.source = $3"
		   " UNION ALL SELECT o.external_id, o.id FROM campaign.prospect o"
		   " WHERE o.workspace_id = $1 AND o.merged_into = v.id AND o.source = $3) p"
		   " WHERE p.external_id IS NOT NULL ORDER BY v.i, p.id <> v.id, p.id",
	.n_args = 3,
	.types = {INT8OID, INT8ARRAYOID, TEXTOID}};

static StorePlan rest_plan = {
	.sql = "UPDATE campaign.audience a SET slow_until = $3, slow_detail = $4 FROM"
		   " (SELECT o.id FROM campaign.audience o WHERE o.workspace_id = $1 AND o.id = $2"
		   " FOR NO KEY UPDATE SKIP LOCKED) w WHERE a.workspace_id = $1 AND a.id = w.id",
	.n_args = 4,
	.types = {INT8OID, INT8OID, TIMESTAMPTZOID, TEXTOID}};

void
campaign_source_keys_reading(int64 workspace, int64 audience, TimestampTz now,
							 SourceReading *reading)
{
	Datum values[3] = {Int64GetDatum(workspace), Int64GetDatum(audience), TimestampTzGetDatum(now)};
	bool is_null;

	campaign_plan_run_one(&reading_plan, values, NULL, false);
	reading->role = DatumGetObjectId(campaign_plan_datum(0, 1, &is_null));
	/* rules over prospects are ours to ask */
	if (is_null)
		reading->role = GetUserId();
	reading->query = campaign_plan_text(0, 2);
	reading->prospect_source = campaign_plan_text(0, 3);
	reading->fault = campaign_plan_text(0, 4);
	SPI_freetuptable(SPI_tuptable);
}

int
campaign_source_keys_of(int64 workspace, const char *prospect_source, const int64 *prospects, int n,
						SourceKey **keys)
{
	Datum values[3] = {Int64GetDatum(workspace), campaign_column_ids(prospects, n), (Datum) 0};
	int found;
	int i;

	*keys = palloc(Max(n, 1) * sizeof(SourceKey));
	if (prospect_source == NULL)
	{
		for (i = 0; i < n; i++)
			(*keys)[i] = (SourceKey){psprintf(INT64_FORMAT, prospects[i]), i};
		return n;
	}
	values[2] = CStringGetTextDatum(prospect_source);
	found = campaign_plan_run(&keys_plan, values, NULL, false);
	for (i = 0; i < found; i++)
	{
		(*keys)[i].item = campaign_plan_int32(i, 1, 0);
		(*keys)[i].key = campaign_plan_text(i, 2);
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}

/* What the statement has given: key, row, whether it matches. */
static int
take_rows(Tuplestorestate *rows, int max, SourceFound **found)
{
	TupleDesc columns = CreateTemplateTupleDesc(3);
	TupleTableSlot *slot;
	int n = 0;

	TupleDescInitEntry(columns, 1, "key", TEXTOID, -1, 0);
	TupleDescInitEntry(columns, 2, "row", JSONBOID, -1, 0);
	TupleDescInitEntry(columns, 3, "matches", BOOLOID, -1, 0);
	slot = MakeSingleTupleTableSlot(columns, &TTSOpsMinimalTuple);
	*found = palloc(Max(max, 1) * sizeof(SourceFound));
	while (n < max && tuplestore_gettupleslot(rows, true, false, slot))
	{
		bool is_null;
		Datum row;

		slot_getallattrs(slot);
		row = slot_getattr(slot, 2, &is_null);
		(*found)[n].row = is_null ? NULL : DatumGetJsonbPCopy(row);
		(*found)[n].matches = DatumGetBool(slot_getattr(slot, 3, &is_null));
		(*found)[n].key = TextDatumGetCString(slot_getattr(slot, 1, &is_null));
		n++;
	}
	ExecDropSingleTupleTableSlot(slot);
	return n;
}

bool
campaign_source_keys_read(const SourceReading *reading, const SourceKey *keys, int n, int limit_ms,
						  SourceFound **found, int *n_found, const char **code, char **detail)
{
	SourceRead read = {.role = reading->role, .sql = reading->query, .limit_ms = limit_ms};
	Tuplestorestate *rows = tuplestore_begin_heap(true, false, work_mem);
	Column column;
	bool good;
	int i;

	campaign_column_init(&column, TEXTOID);
	for (i = 0; i < n; i++)
		campaign_column_add_text(&column, keys[i].key);
	read.params = makeParamList(1);
	read.params->params[0].value = campaign_column_array(&column);
	read.params->params[0].isnull = false;
	read.params->params[0].pflags = PARAM_FLAG_CONST;
	read.params->params[0].ptype = TEXTARRAYOID;
	good = campaign_source_try(&read, rows, code, detail);
	/* a key that the source has twice counts once */
	if (good)
		*n_found = take_rows(rows, n, found);
	tuplestore_end(rows);
	return good;
}

void
campaign_source_keys_rest(int64 workspace, int64 audience, TimestampTz until, const char *detail)
{
	Datum values[4] = {Int64GetDatum(workspace), Int64GetDatum(audience),
					   TimestampTzGetDatum(until), CStringGetTextDatum(detail)};

	/* who only looks on tells nobody */
	if (XactReadOnly)
		return;
	campaign_plan_run(&rest_plan, values, NULL, false);
}
