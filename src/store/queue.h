/*
 * queue.h
 *		The queue: rows of campaign.action on their way into a lane, out of it, and to a start. What
 *		becomes of them after that is in actions.h.
 */
#ifndef CAMPAIGN_QUEUE_H
#define CAMPAIGN_QUEUE_H

#include "postgres.h"
#include "store/fronts.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

typedef struct NewAction
{
	int64 id;
	int64 campaign;
	int64 prospect;
	int64 enrollment;
	int64 lane;
	int step;
	int occurrence;
	const char *kind;
	const char *
		state; /* queued, or awaiting_approval; withdrawn while its run is paused, or before it is cancelled */
	TimestampTz queued_at;
	TimestampTz not_before;
} NewAction;

/* A queued action that a dispatcher has locked. */
typedef struct QueuedAction
{
	int64 id;
	int64 lane;
	int64 campaign;
	int64 prospect;
	int64 enrollment;
	int step;
	int occurrence;
	int attempt;
	bool maybe_sent;
	bool debited; /* and the quotas' present windows have counted it */
	TimestampTz queued_at;
	TimestampTz not_before;
	char *key;             /* NULL before the first start */
	TimestampTz key_since; /* that start; DT_NOEND = none yet */
	Jsonb *content;        /* frozen at the first start */
} QueuedAction;

extern void campaign_queue_add(int64 workspace, const NewAction *actions, int n);

/* Takes these actions out of the queue for good, as far as they are queued or withdrawn. */
extern void campaign_queue_cancel(int64 workspace, const int64 *ids, int n, const char *reason,
								  TimestampTz now);

/* They are over, without having been done: as far as they are queued or withdrawn. */
extern void campaign_queue_skip(int64 workspace, const int64 *ids, int n, const char *reason,
								TimestampTz now);

/* An action that a pause took out of the queue. */
typedef struct WithdrawnAction
{
	int64 id;
	TimestampTz not_before;
	bool maybe_sent;
} WithdrawnAction;

/* Those of these actions that are withdrawn, by id, locked. */
extern int campaign_queue_withdrawn(int64 workspace, const int64 *ids, int n,
									WithdrawnAction **actions);

/* Where actions were put back: each lane once and in order, and when the first of each may start. */
typedef struct PutBackLanes
{
	int64 *ids;
	TimestampTz *ready;
	int n;
	bool repeats; /* some of them may have got through already */
} PutBackLanes;

/* One that was put back; not queued: it awaits the owner's approval. */
typedef struct PutBackAction
{
	int64 id;
	bool queued;
} PutBackAction;

/*
 * Queues those of these actions that a pause took out, or that were approved: which they are is in back,
 * with room for n.
 */
extern int campaign_queue_put_back(int64 workspace, const int64 *ids, int n, PutBackAction *back,
								   PutBackLanes *lanes);

/*
 * Locks up to limits[i] queued actions of lanes[i] that may start at now, passing over locked ones.
 * Those that may have got through already, of a start since since[i], are not among them. looks[i] is the
 * look at the lane, and done with this.
 */
extern int campaign_queue_take(int64 workspace, const int64 *lanes, const int *limits,
							   const TimestampTz *since, const FrontLook *looks, int n,
							   TimestampTz now, QueuedAction **actions);

/*
 * Those: up to limit, of any of the lanes. They were debited by that start, and have to be repeated
 * while the gateway knows their keys, so no quota is asked for them.
 */
extern int campaign_queue_take_repeats(int64 workspace, const int64 *lanes,
									   const TimestampTz *since, int n, int limit, TimestampTz now,
									   QueuedAction **actions);

/* An action on which a run is halted, as it stands. */
typedef struct StandingAction
{
	int64 id;
	int64 enrollment;
	int64 account;
	char *kind;
	char *state;
	TimestampTz queued_at;
	TimestampTz not_before;
	bool maybe_sent;
	Jsonb *content;        /* NULL before the first start */
	TimestampTz put_up_at; /* while it awaits approval, also out of the queue; else DT_NOEND */
} StandingAction;

/* These actions, as far as they are not over or have only just been done. Locks nothing. */
extern int campaign_queue_read(int64 workspace, const int64 *ids, int n, StandingAction **actions);

/* Those of a lane that belong to a campaign which sends nothing before until. */
typedef struct QueueClosed
{
	int64 lane;
	int64 campaign;
	TimestampTz until;
} QueueClosed;

/* Puts off up to limit queued actions of each that could start now, passing over locked ones. */
extern void campaign_queue_close(int64 workspace, const QueueClosed *closed, int n, int limit,
								 TimestampTz now);

/*
 * When the next queued action of each lane may start, and the next one that may have got through
 * already; DT_NOEND = none is queued. Of the former those that looks[i] shows.
 */
extern void campaign_queue_next(int64 workspace, const int64 *lanes, const TimestampTz *since,
								const FrontLook *looks, int n, TimestampTz *next,
								TimestampTz *repeat);

#endif
