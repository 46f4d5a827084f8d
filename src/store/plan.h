/*
 * plan.h
 *		Statements prepared once in a process and run many times over SPI.
 *
 * A statement is a static StorePlan beside the function that runs it: its text with every name
 * qualified, and its argument types. The caller holds an SPI connection, and
 * everything runs as whoever is the current user: the engine's callers have switched to the
 * extension's owner. Statements are planned generically, since their arguments are mostly arrays
 * whose lengths say nothing about how many rows of a workspace there are. A plan is made anew every
 * few seconds of use: one from when a table was empty reads all of it for as long as nobody analyzes
 * the table, while a new one sees how large it has become.
 */
#ifndef CAMPAIGN_PLAN_H
#define CAMPAIGN_PLAN_H

#include "postgres.h"
#include "executor/spi.h"
#include "utils/timestamp.h"

#define PLAN_MAX_ARGS 24

typedef struct StorePlan
{
	const char *sql;
	int n_args;
	Oid types[PLAN_MAX_ARGS];
	SPIPlanPtr plan; /* NULL until first run */
	TimestampTz planned_at;
} StorePlan;

/*
 * Runs a statement; rows stay in SPI_tuptable, how many is returned. nulls as for SPI (NULL = none).
 * read_only sees only what was there when the surrounding statement began: pass false where the
 * function must see what other transactions have committed meanwhile.
 */
extern int campaign_plan_run(StorePlan *plan, Datum *values, const char *nulls, bool read_only);

/* As campaign_plan_run, and an error unless it is one row. */
extern void campaign_plan_run_one(StorePlan *plan, Datum *values, const char *nulls,
								  bool read_only);

/* Of row `row` and column `column` (from 1) of the last result. Text is copied to the current context. */
extern int64 campaign_plan_int64(int row, int column, int64 if_null);
extern int32 campaign_plan_int32(int row, int column, int32 if_null);
extern int16 campaign_plan_int16(int row, int column, int16 if_null);
extern bool campaign_plan_bool(int row, int column, bool if_null);
extern TimestampTz campaign_plan_time(int row, int column); /* DT_NOEND if null */
extern char *campaign_plan_text(int row, int column);       /* NULL if null */
extern Datum campaign_plan_datum(int row, int column, bool *is_null);

#endif
