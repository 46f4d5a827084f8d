/*
 * outcome.c
 *		What becomes of actions whose attempt has come to an end.
 */
#include "engine/outcome.h"

#include "core/retry.h"
#include "engine/settlement.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "store/fault.h"
#include "store/lanes.h"
#include "store/quotas.h"

/* So much of an answer is kept for people to read. */
#define KEPT_ANSWER 2000

typedef struct Recording
{
	const Round *round;
	CompiledCampaigns *campaigns;
	Settlement settlement;
	int64 *awake; /* lanes to which actions return, each once */
	TimestampTz *awake_at;
	int n_awake;
	LaneKey *refunds; /* starts that surely came to nothing */
	TimestampTz *refunds_at;
	int n_refunds;
} Recording;

static void
open_recording(Recording *recording, const Round *round, const OpenAction *actions, int n)
{
	int64 *campaigns = palloc(Max(n, 1) * sizeof(int64));
	int i;

	memset(recording, 0, sizeof(*recording));
	recording->round = round;
	for (i = 0; i < n; i++)
		campaigns[i] = actions[i].campaign;
	recording->campaigns =
		campaign_compiled_load(round->workspace, campaigns, n, round->now, false);
	campaign_settlement_open(&recording->settlement, round, n);
	recording->awake = palloc(Max(n, 1) * sizeof(int64));
	recording->awake_at = palloc(Max(n, 1) * sizeof(TimestampTz));
	recording->refunds = palloc(Max(n, 1) * sizeof(LaneKey));
	recording->refunds_at = palloc(Max(n, 1) * sizeof(TimestampTz));
}

/* Text that the database can hold, of bytes that a gateway sent. */
static char *
readable(const char *bytes, size_t length)
{
	StringInfoData text;
	size_t i;

	initStringInfo(&text);
	for (i = 0; i < Min(length, KEPT_ANSWER); i++)
		appendStringInfoChar(&text, bytes[i] == '\0' ? ' ' : bytes[i]);
	if (pg_verify_mbstr(GetDatabaseEncoding(), text.data, text.len, true))
		return text.data;
	for (i = 0; i < (size_t) text.len; i++)
		if ((unsigned char) text.data[i] >= 0x80)
			text.data[i] = '?';
	return text.data;
}

static Jsonb *
outcome_json(const DeliveryOutcome *outcome)
{
	return campaign_events_detail((const char *[]){
		"detail", outcome->detail, "status",
		outcome->status == 0 ? NULL : psprintf("%d", outcome->status), "answer",
		outcome->body == NULL ? NULL : readable(outcome->body, outcome->body_len), NULL});
}

static RetryClass
classify(const DeliveryOutcome *outcome, const OpenAction *action)
{
	RetryClass class = campaign_retry_classify((RetryTransport) outcome->transport, outcome->status,
											   outcome->retry_after_s >= 0);

	if (class == RETRY_AMBIGUOUS && action->not_accepted_on_5xx &&
		outcome->transport == RETRY_TRANSPORT_OK && outcome->status >= 500)
		return RETRY_NOT_SENT_RETRY;
	return class;
}

static RetryVerdict
decide(const OpenAction *action, RetryClass class, long retry_after_s, TimestampTz at)
{
	RetryLadder ladder = campaign_retry_default_ladder();
	RetryAttempt attempt = {.class = class,
							.attempt = action->attempt,
							.idempotent = action->idempotent,
							.maybe_sent = action->maybe_sent,
							.key_ends_at = INSTANT_NEVER,
							.retry_after = Max(retry_after_s, 0) * INSTANT_SECOND,
							.seed = (uint64) action->id};

	ladder.first = action->retry_first_ms * INT64CONST(1000);
	ladder.max_attempts = action->retries;
	return campaign_retry_decide(&ladder, &attempt, at);
}

/* The transaction of the start is given back to the quotas, if nothing can have come of it. */
static void
note_refund(Recording *recording, const OpenAction *action, RetryClass class)
{
	if (class != RETRY_NOT_SENT_RETRY && class != RETRY_NOT_SENT_FINAL)
		return;
	recording->refunds[recording->n_refunds].account = action->account;
	recording->refunds[recording->n_refunds].kind = action->kind;
	recording->refunds_at[recording->n_refunds++] = action->started_at;
}

/* An action returns to this lane; the earliest of each lane counts. */
static void
awaken(Recording *recording, int64 lane, TimestampTz at)
{
	int i;

	for (i = 0; i < recording->n_awake; i++)
		if (recording->awake[i] == lane)
			break;
	recording->awake[i] = lane;
	recording->awake_at[i] = i == recording->n_awake ? at : Min(recording->awake_at[i], at);
	recording->n_awake = Max(recording->n_awake, i + 1);
}

static void
retry(Recording *recording, const OpenAction *action, const SettledAction *settled, bool maybe_sent,
	  TimestampTz at, Jsonb *outcome)
{
	ActionChange *change = campaign_settlement_change(&recording->settlement, action->id, "queued",
													  NULL, action->attempt, maybe_sent);

	change->not_before = at;
	change->outcome = outcome;
	campaign_settlement_note(&recording->settlement, settled, "action_retried", "retried", outcome);
	awaken(recording, action->lane, at);
}

static void
settle(Recording *recording, const OpenAction *action, RetryClass class, long retry_after_s,
	   TimestampTz at, Jsonb *outcome)
{
	CompiledCampaign *campaign = campaign_compiled_find(recording->campaigns, action->campaign);
	SettledAction settled = {action->id,
							 action->campaign,
							 action->prospect,
							 action->enrollment,
							 action->step,
							 action->person,
							 campaign == NULL ? 0 : campaign->day};
	RetryVerdict verdict = decide(action, class, retry_after_s, at);
	bool maybe_sent = action->maybe_sent || class == RETRY_AMBIGUOUS;
	Settlement *settlement = &recording->settlement;
	ActionChange *change;

	note_refund(recording, action, class);
	switch (verdict.decision)
	{
		case RETRY_DONE:
		case RETRY_AWAIT:
			change = campaign_settlement_change(settlement, action->id, "complete", NULL,
												action->attempt, false);
			change->executed_at = at;
			change->finished_at = at;
			change->outcome = outcome;
			campaign_settlement_note(settlement, &settled, "action_executed", "executed", NULL);
			campaign_settlement_report(settlement, &settled, "complete", NULL, at);
			break;
		case RETRY_AGAIN:
			retry(recording, action, &settled, maybe_sent, verdict.at, outcome);
			break;
		case RETRY_FAIL:
			change = campaign_settlement_change(settlement, action->id, "failed", "delivery_failed",
												action->attempt, false);
			change->finished_at = at;
			change->outcome = outcome;
			campaign_settlement_note(settlement, &settled, "action_failed", "failed", outcome);
			campaign_settlement_report(settlement, &settled, "failed", "delivery_failed", at);
			break;
		case RETRY_UNKNOWN:
			change = campaign_settlement_change(settlement, action->id, "held", "unknown_outcome",
												action->attempt, true);
			change->outcome = outcome;
			campaign_settlement_note(settlement, &settled, "action_held", "held", outcome);
			break;
	}
}

static void
refund(const Recording *recording)
{
	QuotaLimit *limits;
	int n;
	int i;
	int k;

	if (recording->n_refunds == 0)
		return;
	n = campaign_quotas_lock(recording->round->workspace, recording->refunds, recording->n_refunds,
							 recording->round->now, &limits);
	for (i = 0; i < n; i++)
		for (k = 0; k < n; k++)
			if (limits[k].usage_id == limits[i].usage_id)
				campaign_quota_refund(&limits[k].usage, 1, recording->refunds_at[limits[i].lane]);
	campaign_quotas_write(recording->round->workspace, limits, n);
}

static void
close_recording(Recording *recording)
{
	CAMPAIGN_FAULT("outcome.write");
	refund(recording);
	campaign_settlement_write(&recording->settlement);
	campaign_lanes_awaken(recording->round->workspace, recording->awake, recording->awake_at,
						  recording->n_awake);
	CAMPAIGN_FAULT("outcome.written");
}

static const DeliveryOutcome *
outcome_of(const DeliveryOutcome *outcomes, int n, const OpenAction *action)
{
	int i;

	for (i = 0; i < n; i++)
		if (outcomes[i].action == action->id && outcomes[i].attempt == action->attempt)
			return &outcomes[i];
	return NULL;
}

int
campaign_outcome_record(const Round *round, int64 incarnation, const DeliveryOutcome *outcomes,
						int n)
{
	int64 *ids = palloc(Max(n, 1) * sizeof(int64));
	OpenAction *actions;
	Recording recording;
	int open;
	int i;

	for (i = 0; i < n; i++)
		ids[i] = outcomes[i].action;
	open = campaign_actions_open(round->workspace, ids, n, incarnation, &actions);
	open_recording(&recording, round, actions, open);
	for (i = 0; i < open; i++)
	{
		const DeliveryOutcome *outcome = outcome_of(outcomes, n, &actions[i]);

		if (outcome != NULL)
			settle(&recording, &actions[i], classify(outcome, &actions[i]), outcome->retry_after_s,
				   outcome->at, outcome_json(outcome));
	}
	close_recording(&recording);
	return open;
}

int
campaign_outcome_recover(const Round *round, int64 incarnation, const int64 *actions, int n)
{
	OpenAction *open_actions;
	Recording recording;
	int open = campaign_actions_open(round->workspace, actions, n, incarnation, &open_actions);
	int i;

	open_recording(&recording, round, open_actions, open);
	for (i = 0; i < open; i++)
		settle(&recording, &open_actions[i], RETRY_AMBIGUOUS, -1, round->now,
			   campaign_events_detail((const char *[]){
				   "detail", "the dispatcher ended before the answer came", NULL}));
	close_recording(&recording);
	return open;
}
