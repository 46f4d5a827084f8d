/*
 * approvals.h
 *		Actions that the owner of their campaign has to approve before they are queued.
 *
 * Such an action has put_up_at. It awaits approval, or is withdrawn by a pause, until approved_at says that
 * it was given; its contents are frozen when it is first shown. What is to be shown and when is decided
 * in engine/validation.
 */
#ifndef CAMPAIGN_APPROVALS_H
#define CAMPAIGN_APPROVALS_H

#include "postgres.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "store/queue.h"

/* An action that awaits approval and has no contents yet. */
typedef struct HiddenAction
{
	QueuedAction action; /* as far as rendering needs it */
	int64 account;
	char *kind;
} HiddenAction;

/* An action that is put up, and was not approved. */
typedef struct OpenApproval
{
	int64 action;
	TimestampTz put_up_at;
} OpenApproval;

/* Those of these runs of which the owner has approved an action, by id. */
extern int campaign_approvals_runs(int64 workspace, const int64 *enrollments, int n,
								   int64 **approved);

/* These actions, just written, need approval. */
extern void campaign_approvals_ask(int64 workspace, const int64 *actions, int n, TimestampTz now);

/* Those of these actions that await approval unseen, by campaign, locked. */
extern int campaign_approvals_hidden(int64 workspace, const int64 *actions, int n,
									 HiddenAction **hidden);

/* Freezes their contents, and puts them up now. */
extern void campaign_approvals_show(int64 workspace, const int64 *actions, Jsonb *const *contents,
									int n, TimestampTz now);

/* The contents of some actions of these runs could not be made: looked at again then. */
extern void campaign_approvals_later(int64 workspace, const int64 *enrollments, int n,
									 TimestampTz at);

/* Those of these actions that wait for an approval, also out of the queue; by id. */
extern int campaign_approvals_open(int64 workspace, const int64 *actions, int n,
								   OpenApproval **open);

/*
 * Keeps those of these campaigns whose owners do not know yet that something waits for them: nothing else
 * than these actions was put up since the last slot began, or on this day, and awaits approval still.
 * How many are left.
 */
extern int campaign_approvals_untold(int64 workspace, int64 *campaigns, int *shown, int n,
									 const int64 *actions, int n_actions, TimestampTz now);

/* Tells the owners of these campaigns, by the channel that each has for it, that so many were put up. */
extern void campaign_approvals_notify(int64 workspace, const int64 *campaigns, const int *shown,
									  int n, TimestampTz now);

#endif
