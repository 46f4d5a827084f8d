/*
 * outcome.c
 *		What becomes of actions whose attempt has come to an end.
 */
#include "engine/outcome.h"

#include "core/retry.h"
#include "engine/isolation.h"
#include "engine/settlement.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "store/fault.h"
#include "store/contacts.h"
#include "store/credits.h"
#include "store/deliveries.h"
#include "store/lanes.h"
#include "store/quotas.h"

/* So much of an answer is kept for people to read. */
#define KEPT_ANSWER 2000

/* An action with which so many dispatchers have died may be what they die of: it is set aside. */
#define CRASHES_MAX 3

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
	recording->awaited = palloc(Max(n, 1) * sizeof(OpenAction *));
	recording->refunds = palloc(Max(n, 1) * sizeof(LaneKey));
	recording->refunds_at = palloc(Max(n, 1) * sizeof(TimestampTz));
	recording->unreached = palloc(Max(n, 1) * sizeof(char *));
	recording->unreached_at = palloc(Max(n, 1) * sizeof(TimestampTz));
	recording->unpaid = palloc(Max(n, 1) * sizeof(int64));
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
decide(const Recording *recording, const OpenAction *action, RetryClass class, long retry_after_s,
	   TimestampTz at)
{
	RetryLadder ladder = campaign_retry_default_ladder();
	RetryAttempt attempt = {.class = class,
							.attempt = action->attempt,
							.idempotent = action->idempotent,
							.maybe_sent = action->maybe_sent,
							.key_ends_at = action->key_ends_at,
							.retry_after = Max(retry_after_s, 0) * INSTANT_SECOND,
							.seed = (uint64) action->id};

	ladder.first = action->retry_first_ms * INT64CONST(1000);
	ladder.cap = action->retry_cap_ms * INT64CONST(1000);
	ladder.max_attempts =
		campaign_compiled_attempts(campaign_compiled_find(recording->campaigns, action->campaign),
								   action->step, action->retries);
	return campaign_retry_decide(&ladder, &attempt, at);
}

/* The transaction of the start is given back to the quotas, if nothing can have come of it. */
static void
note_refund(Recording *recording, const OpenAction *action, RetryClass class)
{
	if (class != RETRY_NOT_SENT_RETRY && class != RETRY_NOT_SENT_FINAL)
		return;
	/* an attempt before this one may have got through, and it was paid for once */
	if (action->maybe_sent)
		return;
	recording->refunds[recording->n_refunds].account = action->account;
	recording->refunds[recording->n_refunds].kind = action->kind;
	recording->refunds_at[recording->n_refunds++] = action->started_at;
	recording->unreached[recording->n_unpaid] = action->person;
	recording->unreached_at[recording->n_unpaid] = action->started_at;
	recording->unpaid[recording->n_unpaid++] = action->id;
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

/* The gateway took it on, and will tell: until then it is nobody's, and takes no place. */
static void
await(Recording *recording, const OpenAction *action, const SettledAction *settled, Jsonb *outcome)
{
	ActionChange *change =
		campaign_settlement_change(&recording->settlement, action->id, "processing",
								   "awaiting_report", action->attempt, action->maybe_sent);

	change->outcome = outcome;
	campaign_settlement_note(&recording->settlement, settled, "action_pending", NULL, outcome);
	recording->awaited[recording->n_awaited++] = action;
}

static void
hold(Recording *recording, const OpenAction *action, const SettledAction *settled,
	 const char *reason, Jsonb *outcome)
{
	ActionChange *change = campaign_settlement_change(&recording->settlement, action->id, "held",
													  reason, action->attempt, true);

	change->outcome = outcome;
	campaign_settlement_note(&recording->settlement, settled, "action_held", "held", outcome);
}

static SettledAction
settled_of(const Recording *recording, const OpenAction *action)
{
	CompiledCampaign *campaign = campaign_compiled_find(recording->campaigns, action->campaign);

	return (SettledAction){action->id,
						   action->campaign,
						   action->prospect,
						   action->enrollment,
						   action->step,
						   action->person,
						   campaign == NULL ? 0 : campaign->day};
}

static void
settle(Recording *recording, const OpenAction *action, RetryClass class, long retry_after_s,
	   TimestampTz at, Jsonb *outcome)
{
	SettledAction settled = settled_of(recording, action);
	RetryVerdict verdict = decide(recording, action, class, retry_after_s, at);
	bool maybe_sent = action->maybe_sent || class == RETRY_AMBIGUOUS;
	Settlement *settlement = &recording->settlement;
	ActionChange *change;

	note_refund(recording, action, class);
	switch (verdict.decision)
	{
		case RETRY_DONE:
			change = campaign_settlement_change(settlement, action->id, "complete", NULL,
												action->attempt, false);
			change->executed_at = at;
			change->finished_at = at;
			change->outcome = outcome;
			campaign_settlement_note(settlement, &settled, "action_executed", "executed", NULL);
			campaign_settlement_report(settlement, &settled, "complete", NULL, at);
			break;
		case RETRY_AWAIT:
			await(recording, action, &settled, outcome);
			break;
		case RETRY_AGAIN:
			if (action->crashes >= CRASHES_MAX)
				hold(recording, action, &settled, "quarantined", outcome);
			else
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
			hold(recording, action, &settled, "unknown_outcome", outcome);
			break;
	}
}

static void
refund(const Recording *recording)
{
	QuotaLimit *limits;
	int n;
	int i;

	if (recording->n_refunds == 0)
		return;
	n = campaign_quotas_lock(recording->round->workspace, recording->refunds, recording->n_refunds,
							 recording->round->now, &limits);
	for (i = 0; i < recording->n_refunds; i++)
		campaign_quotas_refund(limits, n, i, recording->refunds_at[i]);
	campaign_quotas_write(recording->round->workspace, limits, n);
}

static void
close_recording(Recording *recording)
{
	refund(recording);
	campaign_settlement_write(&recording->settlement);
	campaign_actions_await(recording->round->workspace, recording->awaited, recording->n_awaited);
	campaign_contacts_refund(recording->round->workspace, recording->unreached,
							 recording->unreached_at, recording->n_unpaid);
	campaign_credits_refund(recording->round->workspace, recording->unpaid, recording->n_unpaid,
							recording->round->now);
	campaign_lanes_awaken(recording->round->workspace, recording->awake, recording->awake_at,
						  recording->n_awake, true);
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

/* What has come to an end: with what was heard of it, or, of a dead incarnation, with nothing. */
typedef struct Ended
{
	const Round *round;
	int64 incarnation;
	const int64 *ids;
	const DeliveryOutcome *outcomes; /* in the order of the ids, or NULL */
} Ended;

/* What most come to: accepted, by a start of which all is known that is to be written. */
static bool
is_accepted(const DeliveryOutcome *outcome)
{
	return outcome->person != NULL &&
		   campaign_retry_classify((RetryTransport) outcome->transport, outcome->status,
								   outcome->retry_after_s >= 0) == RETRY_ACCEPTED;
}

/* Writes down those that were accepted; the ids of the others come back. */
static int
record_accepted(const Ended *ended, int first, int n, int64 *others, int *n_others)
{
	AcceptedAttempt *attempts = palloc(n * sizeof(AcceptedAttempt));
	int n_attempts = 0;
	int i;

	for (i = first; i < first + n; i++)
	{
		const DeliveryOutcome *outcome = &ended->outcomes[i];

		if (is_accepted(outcome))
			attempts[n_attempts++] =
				(AcceptedAttempt){outcome->action, outcome->attempt, outcome->person,
								  outcome_json(outcome), outcome->at};
		else
			others[(*n_others)++] = ended->ids[i];
	}
	return campaign_deliveries_complete(ended->round->workspace, ended->incarnation,
										ended->round->now, attempts, n_attempts);
}

/* Each as its class and its channel say. outcomes: NULL, of a dead incarnation. */
static int
record_each(const Ended *ended, const int64 *ids, int n_ids, const DeliveryOutcome *outcomes, int n)
{
	const Round *round = ended->round;
	OpenAction *actions;
	Recording recording;
	int open = campaign_actions_open(round->workspace, ids, n_ids, ended->incarnation, &actions);
	int i;

	open_recording(&recording, round, actions, open);
	for (i = 0; i < open; i++)
	{
		const DeliveryOutcome *outcome;

		if (outcomes == NULL)
		{
			settle(&recording, &actions[i], RETRY_AMBIGUOUS, -1, round->now,
				   campaign_events_detail((const char *[]){
					   "detail", "the dispatcher ended before the answer came", NULL}));
			continue;
		}
		outcome = outcome_of(outcomes, n, &actions[i]);
		if (outcome != NULL)
			settle(&recording, &actions[i], classify(outcome, &actions[i]), outcome->retry_after_s,
				   outcome->at, outcome_json(outcome));
	}
	close_recording(&recording);
	return open;
}

static int
record_part(void *arg, int first, int n)
{
	const Ended *ended = arg;
	int64 *others = palloc(n * sizeof(int64));
	int n_others = 0;
	int recorded = 0;

	CAMPAIGN_FAULT("outcome.write");
	if (ended->outcomes == NULL)
		recorded = record_each(ended, &ended->ids[first], n, NULL, 0);
	else
	{
		recorded = record_accepted(ended, first, n, others, &n_others);
		if (n_others > 0)
			recorded += record_each(ended, others, n_others, &ended->outcomes[first], n);
	}
	CAMPAIGN_FAULT("outcome.written");
	return recorded;
}

/* What came of it cannot be written down: so nobody knows, and the reason says what was heard. */
static void
hold_part(void *arg, int which, const char *reason)
{
	const Ended *ended = arg;
	const DeliveryOutcome *outcome = ended->outcomes == NULL ? NULL : &ended->outcomes[which];
	OpenAction *actions;
	Recording recording;
	SettledAction settled;
	int open = campaign_actions_open(ended->round->workspace, &ended->ids[which], 1,
									 ended->incarnation, &actions);

	if (open == 0)
		return;
	open_recording(&recording, ended->round, actions, open);
	settled = settled_of(&recording, actions);
	hold(&recording, actions, &settled, "unknown_outcome",
		 campaign_events_detail((const char *[]){
			 "detail", reason, "status",
			 outcome == NULL || outcome->status == 0 ? NULL : psprintf("%d", outcome->status),
			 NULL}));
	close_recording(&recording);
}

int
campaign_outcome_record(const Round *round, int64 incarnation, const DeliveryOutcome *outcomes,
						int n)
{
	int64 *ids = palloc(Max(n, 1) * sizeof(int64));
	Ended ended = {round, incarnation, ids, outcomes};
	IsolatedWork work = {record_part, hold_part, &ended};
	int i;

	for (i = 0; i < n; i++)
		ids[i] = outcomes[i].action;
	return campaign_isolation_bisect(&work, n);
}

int
campaign_outcome_recover(const Round *round, int64 incarnation, const int64 *actions, int n)
{
	Ended ended = {round, incarnation, actions, NULL};
	IsolatedWork work = {record_part, hold_part, &ended};

	campaign_actions_crashed(round->workspace, actions, n, incarnation);
	return campaign_isolation_bisect(&work, n);
}
