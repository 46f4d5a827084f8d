/*
 * outcome_recording.h
 *		What attempts that have come to an end lead to: their actions are done, queued again, awaited,
 *		failed or held, and what a start cost in vain is given back.
 *
 * Not what was heard of them: that has been read and classified (engine/outcome). Order of use: open,
 * settle or hold each action, and close, which writes all of it set-wise.
 */
#ifndef CAMPAIGN_OUTCOME_RECORDING_H
#define CAMPAIGN_OUTCOME_RECORDING_H

#include "core/retry_mail.h"
#include "engine/settlement.h"
#include "store/lanes.h"
#include "store/suppressions.h"

/* What the rows of an adapter make of it (engine/adapter_hearing), beyond the class. */
typedef struct AdapterHeard
{
	bool onward;              /* accepted, and another request of the action is to leave */
	const char *hold;         /* the action is held for this, until requeue(); NULL = it is not */
	TimestampTz not_before;   /* it comes again then, and that is no attempt; DT_NOEND = no */
	TimestampTz closed_until; /* nor does its lane start anything before; DT_NOEND = it does */
	const char *code;         /* of a failure; NULL = the usual one */
	const char *fact;         /* a kind of event to report of the person; NULL = none */
	Jsonb *fact_detail;
	bool repeatable;     /* to repeat the request does no harm */
	bool by_key;         /* nor where the gateway honours keys */
	bool maybe_sent;     /* an attempt at this request before may have got through */
	int attempts_before; /* of the action's, that do not count for it */
	int64 poll_every;    /* of what is pending, microseconds; 0 = nobody asks */
} AdapterHeard;

/* What was heard of an attempt. */
typedef struct Heard
{
	RetryClass class;
	RetryCause cause;    /* of a mail */
	const char *address; /* that it went to, or NULL */
	long retry_after_s;  /* -1 = the gateway said nothing of it */
	TimestampTz at;
	Jsonb *outcome;              /* for people */
	const AdapterHeard *adapter; /* NULL = its channel has none */
} Heard;

typedef struct Recording
{
	const Round *round;
	CompiledCampaigns *campaigns;
	Settlement settlement;
	int64 *awake; /* lanes to which actions return, each once */
	TimestampTz *awake_at;
	int n_awake;
	const OpenAction **awaited; /* of which a report is to come */
	int n_awaited;
	LaneKey *refunds; /* starts that surely came to nothing */
	TimestampTz *refunds_at;
	int n_refunds;
	char **unreached; /* persons whom those starts did not reach */
	TimestampTz *unreached_at;
	int64 *unpaid; /* of those, whose credits are given back */
	int n_unpaid;
	int64 *refused;             /* accounts that are not let in; they may repeat */
	const char **refused_codes; /* why; of the same place */
	int n_refused;
	Suppression *bounced; /* addresses that there are not */
	int n_bounced;
	int64 *closed; /* lanes whose limits services say are reached */
	TimestampTz *closed_until;
	int n_closed;
	int64 *forgotten; /* actions that are to be rendered anew */
	int n_forgotten;
} Recording;

/* For these actions at most, read and locked. */
extern void campaign_outcome_recording_open(Recording *recording, const Round *round,
											const OpenAction *actions, int n);

/* The last attempt of the action came to this. */
extern void campaign_outcome_recording_settle(Recording *recording, const OpenAction *action,
											  const Heard *heard);

/* Sets the action aside for this reason: somebody has to say what came of it. */
extern void campaign_outcome_recording_hold(Recording *recording, const OpenAction *action,
											const char *reason, Jsonb *outcome);

/* Writes everything. */
extern void campaign_outcome_recording_close(Recording *recording);

#endif
