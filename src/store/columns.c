/*
 * columns.c
 *		Array parameters of set-wise statements.
 */
#include "store/columns.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

void
campaign_column_init(Column *column, Oid type)
{
	column->type = type;
	column->n = 0;
	column->max = 64;
	column->values = palloc(column->max * sizeof(Datum));
	column->nulls = palloc(column->max * sizeof(bool));
}

static void
append(Column *column, Datum value, bool is_null)
{
	if (column->n == column->max)
	{
		column->max *= 2;
		column->values = repalloc(column->values, column->max * sizeof(Datum));
		column->nulls = repalloc(column->nulls, column->max * sizeof(bool));
	}
	column->values[column->n] = value;
	column->nulls[column->n] = is_null;
	column->n++;
}

void
campaign_column_add(Column *column, Datum value)
{
	append(column, value, false);
}

void
campaign_column_add_null(Column *column)
{
	append(column, (Datum) 0, true);
}

void
campaign_column_add_int64(Column *column, int64 value)
{
	append(column, Int64GetDatum(value), false);
}

void
campaign_column_add_int32(Column *column, int32 value)
{
	append(column, Int32GetDatum(value), false);
}

void
campaign_column_add_bool(Column *column, bool value)
{
	append(column, BoolGetDatum(value), false);
}

void
campaign_column_add_text(Column *column, const char *value)
{
	append(column, value == NULL ? (Datum) 0 : CStringGetTextDatum(value), value == NULL);
}

void
campaign_column_add_time(Column *column, TimestampTz value)
{
	append(column, TimestampTzGetDatum(value), value == DT_NOEND);
}

void
campaign_column_add_id(Column *column, int64 value)
{
	append(column, Int64GetDatum(value), value == 0);
}

void
campaign_column_add_json(Column *column, Jsonb *value)
{
	append(column, value == NULL ? (Datum) 0 : JsonbPGetDatum(value), value == NULL);
}

Datum
campaign_column_array(const Column *column)
{
	int16 length;
	bool by_value;
	char align;
	int dims[1];
	int lower[1] = {1};

	if (column->n == 0)
		return PointerGetDatum(construct_empty_array(column->type));
	get_typlenbyvalalign(column->type, &length, &by_value, &align);
	dims[0] = column->n;
	return PointerGetDatum(construct_md_array(column->values, column->nulls, 1, dims, lower,
											  column->type, length, by_value, align));
}

Datum
campaign_column_ids(const int64 *ids, int n)
{
	Column column;
	int i;

	campaign_column_init(&column, INT8OID);
	for (i = 0; i < n; i++)
		campaign_column_add_int64(&column, ids[i]);
	return campaign_column_array(&column);
}

Datum
campaign_column_times(const TimestampTz *times, int n)
{
	Column column;
	int i;

	campaign_column_init(&column, TIMESTAMPTZOID);
	for (i = 0; i < n; i++)
		campaign_column_add_time(&column, times[i]);
	return campaign_column_array(&column);
}
