/*
 * side_actions.h
 *		What is wanted beside runs: messages of stages, messages by hand, payments. A row is asked for in
 *		any transaction, and becomes an action by the scheduler, which alone locks lanes.
 */
#ifndef CAMPAIGN_SIDE_ACTIONS_H
#define CAMPAIGN_SIDE_ACTIONS_H

#include "postgres.h"
#include "utils/timestamp.h"

typedef struct SideAction
{
	int64 id; /* of the action that it becomes, too */
	int64 enrollment;
	int step;
	char *kind;
	char *channel;      /* by which it is to leave; NULL = by any */
	bool at_once;       /* whatever the slots say */
	bool queued_before; /* there is an action, which a pause took out of the queue */
	bool moot;          /* it is for who stands at a stage, and the run does not any more */
} SideAction;

/* Locks up to limit of those that are wanted by now. */
extern int campaign_side_actions_claim(int64 workspace, TimestampTz now, int limit,
									   SideAction **actions);

/* They are wanted no more: they are in the queue. */
extern void campaign_side_actions_done(int64 workspace, const int64 *ids, int n);

/* They wait until the run, or its campaign, goes on. */
extern void campaign_side_actions_park(int64 workspace, const int64 *ids, int n);

/* They failed by themselves, and wait for a person. */
extern void campaign_side_actions_hold(int64 workspace, int64 id, const char *reason);

/* They are looked at again at this time. */
extern void campaign_side_actions_put_off(int64 workspace, const int64 *ids, int n, TimestampTz at);

/* The runs have entered these stages: what is sent on entry, and by dates, is wanted. */
extern void campaign_side_actions_enter(int64 workspace, const int64 *enrollments,
										const int32 *stages, int n);

/* The runs have left for good: nothing that waits for them is sent any more. */
extern void campaign_side_actions_close(int64 workspace, const int64 *enrollments, int n);

/* A run of which a reply was reported, and whom its campaign wants told of that. */
typedef struct ReplyGoal
{
	int64 enrollment;
	int step;            /* where it stood */
	const char *channel; /* the name of a channel for what is handed over to a CRM */
	TimestampTz replied_at;
} ReplyGoal;

/* Wants a hand-over for each, once in the life of a run: of a second reply nothing is told (S2.15). */
extern void campaign_side_actions_tell_reply(int64 workspace, const ReplyGoal *goals, int n,
											 TimestampTz now);

/* These actions, of which their runs know nothing, came to this outcome. */
extern void campaign_side_actions_settle(int64 workspace, const int64 *actions,
										 const char **outcomes, int n);

#endif
