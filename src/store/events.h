/*
 * events.h
 *		The log of what happened: rows of campaign.event, gathered in memory and written at once.
 */
#ifndef CAMPAIGN_EVENTS_H
#define CAMPAIGN_EVENTS_H

#include "postgres.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "store/columns.h"

typedef struct EventLog
{
	int64 workspace;
	const char *actor; /* NULL = the engine */
	Column kind;
	Column campaign;
	Column prospect;
	Column enrollment;
	Column action;
	Column step;
	Column at;
	Column who;
	Column detail;
} EventLog;

/* An empty log in the current memory context. */
extern void campaign_events_init(EventLog *log, int64 workspace, const char *actor);

/* Ids of 0 and a step of -1 are null; detail may be NULL; actor NULL = that of the log. */
extern void campaign_events_add(EventLog *log, const char *kind, int64 campaign, int64 prospect,
								int64 enrollment, int64 action, int step, TimestampTz at,
								const char *actor, Jsonb *detail);

/* Writes what was gathered, and the one batch row by which the sealer finds it. */
extern void campaign_events_write(EventLog *log);

/* Part of a statement: the era whose partition takes new events. */
#define EVENTS_ERA "COALESCE((SELECT i.era FROM campaign.instance i), 0::smallint)"

/* What names the events that a transaction is about to write. */
typedef struct EventBatch
{
	int64 id;  /* of the batch row, which goes with them */
	Datum ids; /* of the events, as an array: between first and last */
	int64 first;
	int64 last;
} EventBatch;

/* Draws ids for n > 0 events: for statements that write events and their batch row themselves. */
extern void campaign_events_draw(EventBatch *batch, int n);

/* A detail of texts: {"key": value, ...} of pairs that end with NULL; those without a value left out. */
extern Jsonb *campaign_events_detail(const char *const *pairs);

#endif
