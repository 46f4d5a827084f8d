/*
 * actions.h
 *		Rows of campaign.action once they are begun: changed, given an outcome, taken back. How they get
 *		there is in queue.h.
 */
#ifndef CAMPAIGN_ACTIONS_H
#define CAMPAIGN_ACTIONS_H

#include "postgres.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "core/retry.h"

/* What becomes of an action: of one that is locked, or under way in this incarnation. */
typedef struct ActionChange
{
	int64 id;
	const char *state;
	const char *reason;
	int attempt;
	bool maybe_sent;
	TimestampTz not_before;  /* DT_NOEND = unchanged */
	TimestampTz started_at;  /* DT_NOEND = unchanged */
	TimestampTz executed_at; /* DT_NOEND = null */
	TimestampTz finished_at; /* DT_NOEND = null */
	int64 incarnation;       /* 0 = null */
	const char *key;         /* NULL = unchanged */
	Jsonb *content;          /* NULL = unchanged */
	Jsonb *outcome;          /* NULL = unchanged */
} ActionChange;

/* An action under way, as recorded. */
typedef struct OpenAction
{
	int64 id;
	int64 lane;
	int64 campaign;
	int64 prospect;
	int64 enrollment;
	int64 incarnation;
	int step;
	int attempt;
	int64 account;
	bool maybe_sent;
	char *kind;
	char *person;
	bool idempotent;
	bool not_accepted_on_5xx;
	char *adapter;      /* of its channel; NULL = none */
	bool mail;          /* by SMTP: nothing is accepted before the dot */
	bool dotted;        /* and the dot of this attempt may have left */
	RetryLadder ladder; /* of its channel */
	int crashes;        /* dispatchers that died with it under way */
	TimestampTz started_at;
	TimestampTz key_ends_at;   /* the gateway knows the key until then; DT_NOEND = for ever */
	TimestampTz pending_until; /* a report is awaited until then, if this attempt is taken on */
	TimestampTz expires_at;    /* that instant, once it is awaited; or the deadline of a task */
	TimestampTz poll_at;       /* when to ask for it first; DT_NOEND = its gateway is not asked */
} OpenAction;

/* Writes changes set-wise. */
extern void campaign_actions_change(int64 workspace, const ActionChange *changes, int n);

/* Of these ids, those under way in this incarnation, locked. Others were settled by somebody else. */
extern int campaign_actions_open(int64 workspace, const int64 *ids, int n, int64 incarnation,
								 OpenAction **actions);

/* These actions whatever their state, locked. */
extern int campaign_actions_lock(int64 workspace, const int64 *ids, int n, OpenAction **actions);

/* A report about these is awaited, as they say: processing, under no incarnation any more. */
extern void campaign_actions_await(int64 workspace, const OpenAction *const *actions, int n);

/*
 * What nobody reported on in time, and tasks that nobody took in time, locked: about limit of either.
 * Those of them that an agent has taken are in leased instead.
 */
extern int campaign_actions_expired(int64 workspace, TimestampTz now, int limit, int64 **ids,
									int64 **leased, int *n_leased);

/* Counts that the incarnation died with these under way. */
extern void campaign_actions_crashed(int64 workspace, const int64 *ids, int n, int64 incarnation);

/*
 * Queues it as another occurrence, with a key and contents of its own, for now; false if its run does
 * not wait for it any more. Locks the run first, as rounds do: lock no action before.
 */
extern bool campaign_actions_renew(int64 workspace, int64 id, TimestampTz now);

/* Incarnations but this one that have actions under way, in any workspace. */
extern int campaign_actions_incarnations(int64 but, int64 **incarnations);

/* What these have under way; at most limit. */
extern int campaign_actions_left_by(const int64 *of, int n, int limit, int64 **workspaces,
									int64 **ids, int64 **incarnations);

#endif
