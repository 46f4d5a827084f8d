/*
 * source_keys.h
 *		The keys by which prospects stand for rows of a source, and the rows behind them.
 */
#ifndef CAMPAIGN_SOURCE_KEYS_H
#define CAMPAIGN_SOURCE_KEYS_H

#include "postgres.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

/* As whom, and by which statement, rows of an audience are read. */
typedef struct SourceReading
{
	Oid role;
	char *query;
	char *prospect_source; /* NULL: the audience is over prospects, whose ids are the keys */
	char *fault;           /* a code: they cannot be read; else NULL */
} SourceReading;

typedef struct SourceKey
{
	const char *key;
	int item; /* which of the prospects that were asked about */
} SourceKey;

typedef struct SourceFound
{
	char *key;
	Jsonb *row; /* NULL where the audience is over prospects */
	bool matches;
} SourceFound;

extern void campaign_source_keys_reading(int64 workspace, int64 audience, TimestampTz now,
										 SourceReading *reading);

/* The keys of those of the prospects that are of this source; how many. */
extern int campaign_source_keys_of(int64 workspace, const char *prospect_source,
								   const int64 *prospects, int n, SourceKey **keys);

/* The rows behind them; false as campaign_source_try(). */
extern bool campaign_source_keys_read(const SourceReading *reading, const SourceKey *keys, int n,
									  int limit_ms, SourceFound **found, int *n_found,
									  const char **code, char **detail);

/* Rounds leave the source alone until then; unless somebody is changing the audience, who mends it. */
extern void campaign_source_keys_rest(int64 workspace, int64 audience, TimestampTz until,
									  const char *detail);

#endif
