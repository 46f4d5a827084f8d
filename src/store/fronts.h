/*
 * fronts.h
 *		Where what waits begins, as far as this process knows.
 *
 * What waits is read in the order of an index: the earliest first. What has been served leaves dead entries at the
 * front of it, and while somebody holds an old snapshot neither a scan nor a vacuum may clear them away, so that
 * each look would read all of them again. A process that has found this to be slow begins where it has come to,
 * and now and then looks at the whole: what came to lie before, being late or put there, is found then. As long as
 * looks are quick each of them is whole. Only workers remember; commands always look at the whole.
 *
 * Nothing here is true for others, and nothing has to be undone: a process that has forgotten it is only slower.
 */
#ifndef CAMPAIGN_FRONTS_H
#define CAMPAIGN_FRONTS_H

#include "postgres.h"
#include "utils/timestamp.h"

typedef struct Fronts Fronts;

/* What waits, and what its key is: a time, or an id that grows. */
typedef enum FrontKind
{
	FRONT_DUE,             /* enrollments of all workspaces, by due_at */
	FRONT_REPORTED,        /* rows of the inbox of all workspaces, by id */
	FRONT_DUE_INSIDE,      /* the same of one workspace */
	FRONT_REPORTED_INSIDE, /* the same of one workspace */
	FRONT_READY,           /* lanes of all workspaces, by ready_at */
	FRONT_QUEUED,          /* actions of one lane, by not_before */
	FRONT_WAITING          /* the same for who counts them, and knows the lane by another number */
} FrontKind;

/* One look at one of them. */
typedef struct FrontLook
{
	Fronts *fronts;
	FrontKind kind;
	int64 workspace; /* 0 = of all */
	int64 lane;      /* 0 = it is none */
	int64
		from; /* the look is to begin here; PG_INT64_MIN, which is -infinity of times, = at the whole */
	int64 begun; /* when, by a clock that nobody sets, in microseconds */
} FrontLook;

extern Fronts *campaign_fronts_open(MemoryContext context);

/* fronts NULL = the whole. */
extern FrontLook campaign_fronts_look(Fronts *fronts, FrontKind kind, int64 workspace, int64 lane);

/* Of a look that found nothing by ids, which say nothing of those to come. */
#define FRONT_UNKNOWN PG_INT64_MAX /* as DT_NOEND */

/*
 * It is done, and found nothing that waits before `first`. Where one statement looked at several, `parts` says at
 * how many, and each is taken to have cost as much.
 */
extern void campaign_fronts_seen(const FrontLook *look, int64 first, int parts);

/* When the whole is looked at again, if this was not; else DT_NOEND. It has to be, before anybody rests for longer. */
extern TimestampTz campaign_fronts_whole_at(const FrontLook *look, TimestampTz now);

#endif
