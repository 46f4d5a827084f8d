/*
 * lanes.h
 *		Rows of campaign.lane: when a dispatcher looks at an account's queue for a kind of action.
 *
 * Whoever queues an action holds its lane FOR KEY SHARE and lowers ready_at only where it is later;
 * whoever puts a lane to sleep, because nothing is queued, must get it FOR UPDATE first and look
 * again. So neither waits for the other for long, and no queued action is overlooked.
 */
#ifndef CAMPAIGN_LANES_H
#define CAMPAIGN_LANES_H

#include "postgres.h"
#include "store/fronts.h"
#include "utils/timestamp.h"

typedef struct LaneKey
{
	int64 account;
	const char *kind;
} LaneKey;

/* A lane that a dispatcher has claimed, with what it needs to send from it. */
typedef struct ReadyLane
{
	int64 id;
	int64 account;
	int64 channel;
	char *kind;
	bool usable; /* session connected, identity and member active, the secret there */
	bool network;
	bool mail; /* by SMTP */
	bool idempotent;
	bool not_accepted_on_5xx;
	bool doubted;           /* the last attempts did not get through to the server of its channel */
	TimestampTz keys_since; /* keys of then and before are forgotten; DT_NOEND = none is */
	bool allow_http;
	bool allow_private;
	bool allow_clear;    /* mail without TLS, where the server offers none */
	bool can_send_note;  /* the account may put a note into its invitations */
	bool reaches;        /* each of its actions is a contact of a person */
	bool limited;        /* there may be a quota, a pace or a rate for it; false = there is none */
	int credits;         /* that each of its actions costs */
	char *adapter;       /* of the channel; NULL = none */
	int batch;           /* actions that one request of it may carry */
	int max_note_length; /* of the account; 0 = it says nothing */
	TimestampTz closed_until; /* the service has said so; DT_NOEND = it has not */
	int places;
	long timeout_ms;
	long dot_timeout_ms;  /* of a mail: for the answer to its end */
	int session_messages; /* mails of one session */
	char *hello;          /* the name given to mail servers, or NULL */
	char *url;
	char *secret; /* its value, or NULL */
	char *address;
	char *display_name;
	char *member;
	TimestampTz ready_at;
	TimestampTz deferred_until; /* DT_NOEND = it is not */
	bool repeats;               /* something that may have got through is queued in it */
} ReadyLane;

/* The keys as two arrays, for unnest(). */
extern void campaign_lanes_keys(const LaneKey *keys, int n, Datum *accounts, Datum *kinds);

/* How many actions wait in the lane of each key; counted up to max. */
extern void campaign_lanes_waiting(int64 workspace, const LaneKey *keys, int n, int max,
								   Fronts *fronts, int *waiting);

/* The lanes of these keys, which may repeat, made where missing, in the order of the keys. */
extern void campaign_lanes_find(int64 workspace, const LaneKey *keys, int n, int64 *ids);

/*
 * Actions are being queued in these lanes (distinct), to start at ready[i] at the earliest. repeats:
 * some of them may have got through already, and those do not wait for a quota.
 */
extern void campaign_lanes_awaken(int64 workspace, const int64 *ids, const TimestampTz *ready,
								  int n, bool repeats);

/*
 * Dispatchers that share the lanes go by the account, so that what counts for an account is mostly asked
 * by one of them. l = the lane; the parameters of parts and part.
 */
#define LANE_OF_PART(parts, part) "(" parts " = 1 OR l.account_id % " parts " = " part ")"

/*
 * Claims up to limit lanes that are ready at now, passing over claimed ones and those of the full channels:
 * those of dispatcher `part` of `parts`. While that number is being changed, two may take a lane for theirs,
 * or none; the claim is what makes it one's own.
 */
extern int campaign_lanes_claim(int64 workspace, TimestampTz now, int limit, bool network,
								int parts, int part, const int64 *full, int n_full,
								ReadyLane **lanes);

/* Claims all lanes of these accounts from which agents take, in order of id; waits for other takers. */
extern int campaign_lanes_claim_pulled(int64 workspace, TimestampTz now, const int64 *accounts,
									   int n, ReadyLane **lanes);

/* The lanes of these keys as they would be claimed, id = place among the keys, from 1; locks nothing. */
extern int campaign_lanes_imagine(int64 workspace, TimestampTz now, const LaneKey *keys, int n,
								  ReadyLane **lanes);

/* Until when a quota defers such lanes (DT_NOEND = not); nobody looks at them by himself. */
extern void campaign_lanes_defer(int64 workspace, const int64 *ids, const TimestampTz *deferred,
								 int n);

/* When a claimed lane is to be looked at next. */
typedef struct LaneRest
{
	int64 lane;
	/* DT_NOEND puts it to sleep until its earliest queued action may start, or, if there is none, until one is queued */
	TimestampTz ready;
	TimestampTz deferred; /* until when a quota defers it; DT_NOEND = not */
	TimestampTz first;    /* of one that sleeps: its earliest action is sought from here on, */
	TimestampTz latest;   /* and what lies before is looked at then; DT_NOEND = nothing does */
} LaneRest;

extern void campaign_lanes_settle(int64 workspace, const LaneRest *rests, int n, TimestampTz now);

#endif
