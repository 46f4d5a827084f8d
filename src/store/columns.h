/*
 * columns.h
 *		Array parameters of set-wise statements: one growing column for each unnest() argument.
 */
#ifndef CAMPAIGN_COLUMNS_H
#define CAMPAIGN_COLUMNS_H

#include "postgres.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

typedef struct Column
{
	Oid type; /* of an element: INT8OID, INT4OID, TEXTOID, TIMESTAMPTZOID, BOOLOID, JSONBOID, DATEOID */
	int n;
	int max;
	Datum *values;
	bool *nulls;
} Column;

/* An empty column, in the current memory context. */
extern void campaign_column_init(Column *column, Oid type);

extern void campaign_column_add(Column *column, Datum value);
extern void campaign_column_add_null(Column *column);
extern void campaign_column_add_int64(Column *column, int64 value);
extern void campaign_column_add_int32(Column *column, int32 value);
extern void campaign_column_add_bool(Column *column, bool value);
extern void campaign_column_add_text(Column *column, const char *value); /* NULL = null */
extern void campaign_column_add_time(Column *column, TimestampTz value); /* DT_NOEND = null */
extern void campaign_column_add_id(Column *column, int64 value);         /* 0 = null */
extern void campaign_column_add_json(Column *column, Jsonb *value);      /* NULL = null */

/* The column as an array datum, in the current memory context. */
extern Datum campaign_column_array(const Column *column);

/* An array of these ids. */
extern Datum campaign_column_ids(const int64 *ids, int n);

/* An array of these times; DT_NOEND = null. */
extern Datum campaign_column_times(const TimestampTz *times, int n);

#endif
