/*
 * counters.h
 *		Deltas of statistics: gathered in memory, added up, appended at once, folded later.
 */
#ifndef CAMPAIGN_COUNTERS_H
#define CAMPAIGN_COUNTERS_H

#include "postgres.h"
#include "datatype/timestamp.h"
#include "utils/date.h"
#include "utils/hsearch.h"

typedef struct Counters
{
	int64 workspace;
	HTAB *deltas;
} Counters;

/* No deltas yet; memory in the current context. */
extern void campaign_counters_init(Counters *counters, int64 workspace);

/* kind must be a static text of at most 31 bytes. step -1 = of no step. */
extern void campaign_counters_add(Counters *counters, int64 campaign, int step, DateADT day,
								  const char *kind, int64 n);

/* Appends the deltas: one row for each (campaign, step, day, kind) that is not zero. */
extern void campaign_counters_write(Counters *counters);

/*
 * Moves deltas to the sums by day and of all days (sql/42_counted.sql), as far as they are not locked: so
 * that nothing waits, and nothing is counted twice. Those of places become one for each campaign. Returns
 * how many rows it took. By one process at a time.
 */
extern int campaign_counters_fold(int64 workspace, int limit);

#endif
