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

/* What was heard of an attempt. */
typedef struct Heard
{
	RetryClass class;
	RetryCause cause;    /* of a mail */
	const char *address; /* that it went to, or NULL */
	long retry_after_s;  /* -1 = the gateway said nothing of it */
	TimestampTz at;
	Jsonb *outcome; /* for people */
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
	int64 *refused; /* accounts that a mail server does not let in; they may repeat */
	int n_refused;
	Suppression *bounced; /* addresses that there are not */
	int n_bounced;
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
