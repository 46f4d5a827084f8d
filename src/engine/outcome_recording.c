/*
 * outcome_recording.c
 *		What each attempt that has come to an end leads to.
 */
#include "engine/outcome_recording.h"

#include "catalog/pg_collation.h"
#include "utils/formatting.h"

#include "engine/bucket.h"
#include "store/accounts.h"
#include "store/contacts.h"
#include "store/credits.h"
#include "store/exchanges.h"
#include "store/quotas.h"

/* An action with which so many dispatchers have died may be what they die of: it is set aside. */
#define CRASHES_MAX 3

/* The wait after what was no fault of the message's. */
#define SOON (30 * INSTANT_SECOND)

void
campaign_outcome_recording_open(Recording *recording, const Round *round, const OpenAction *actions,
								int n)
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
	recording->refused = palloc(Max(n, 1) * sizeof(int64));
	recording->refused_codes = palloc(Max(n, 1) * sizeof(char *));
	recording->bounced = palloc(Max(n, 1) * sizeof(Suppression));
	recording->closed = palloc(Max(n, 1) * sizeof(int64));
	recording->closed_until = palloc(Max(n, 1) * sizeof(TimestampTz));
	recording->forgotten = palloc(Max(n, 1) * sizeof(int64));
}

static RetryVerdict
decide(const Recording *recording, const OpenAction *action, const Heard *heard)
{
	RetryLadder ladder = campaign_retry_mail_rungs(action->ladder, heard->cause);
	RetryAttempt attempt = {.class = heard->class,
							.attempt = action->attempt,
							.idempotent = action->idempotent,
							.maybe_sent = action->maybe_sent,
							.key_ends_at = action->key_ends_at,
							.retry_after = Max(heard->retry_after_s, 0) * INSTANT_SECOND,
							.seed = (uint64) action->id};

	if (heard->adapter != NULL)
	{
		const AdapterHeard *by = heard->adapter;

		attempt.attempt = Max(action->attempt - by->attempts_before, 1);
		attempt.idempotent = by->repeatable || (action->idempotent && by->by_key);
		attempt.maybe_sent = by->maybe_sent;
		attempt.key_ends_at = by->repeatable ? DT_NOEND : action->key_ends_at;
	}
	ladder.max_attempts =
		campaign_compiled_attempts(campaign_compiled_find(recording->campaigns, action->campaign),
								   action->step, ladder.max_attempts);
	/* it is no fault of the message's: it waits, and when it may go on it goes on soon */
	if (heard->cause == RETRY_CAUSE_LOGIN || heard->cause == RETRY_CAUSE_OURS)
	{
		ladder.first = Min(ladder.first, SOON);
		ladder.cap = ladder.first;
		ladder.max_attempts = PG_INT32_MAX;
	}
	return campaign_retry_decide(&ladder, &attempt, heard->at);
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
await(Recording *recording, const OpenAction *action, const SettledAction *settled,
	  const Heard *heard)
{
	Jsonb *outcome = heard->outcome;
	ActionChange *change =
		campaign_settlement_change(&recording->settlement, action->id, "processing",
								   "awaiting_report", action->attempt, action->maybe_sent);

	change->outcome = outcome;
	campaign_settlement_note(&recording->settlement, settled, "action_pending", NULL, outcome);
	if (heard->adapter != NULL)
	{
		OpenAction *polled = palloc(sizeof(OpenAction));

		*polled = *action;
		polled->poll_at =
			heard->adapter->poll_every > 0 ? heard->at + heard->adapter->poll_every : DT_NOEND;
		action = polled;
	}
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

/* A refusal of the kind that we would have made ourselves, had we known, takes the same way (D6). */
static void
fail_by_adapter(Recording *recording, const OpenAction *action, const SettledAction *settled,
				const Heard *heard)
{
	const char *code = heard->adapter->code == NULL ? "delivery_failed" : heard->adapter->code;
	const char *bucket = campaign_bucket_refused(code, false);
	ActionChange *change = campaign_settlement_change(&recording->settlement, action->id, "failed",
													  code, action->attempt, false);

	change->finished_at = heard->at;
	change->outcome = heard->outcome;
	campaign_settlement_note(&recording->settlement, settled, "action_failed",
							 bucket == NULL ? "failed" : bucket, heard->outcome);
	campaign_settlement_report(&recording->settlement, settled,
							   bucket == NULL ? "failed" : "refused", code, heard->at);
}

/* The next request of the action leaves as soon as may be; what it cost was paid by the first. */
static void
go_on(Recording *recording, const OpenAction *action)
{
	ActionChange *change = campaign_settlement_change(&recording->settlement, action->id, "queued",
													  NULL, action->attempt, true);

	change->not_before = recording->round->now;
	awaken(recording, action->lane, recording->round->now);
}

/* It waits for somebody to put something right, and for nothing else. */
static void
set_aside(Recording *recording, const OpenAction *action, const SettledAction *settled,
		  const Heard *heard)
{
	ActionChange *change =
		campaign_settlement_change(&recording->settlement, action->id, "held", heard->adapter->hold,
								   action->attempt, action->maybe_sent);

	change->outcome = heard->outcome;
	campaign_settlement_note(&recording->settlement, settled, "action_held", "held",
							 heard->outcome);
	recording->forgotten[recording->n_forgotten++] = action->id;
}

/* What goes beyond the decisions of core/retry; false = they have to do. */
static bool
settle_by_adapter(Recording *recording, const OpenAction *action, const SettledAction *settled,
				  const Heard *heard)
{
	const AdapterHeard *by = heard->adapter;

	if (by->fact != NULL)
		campaign_settlement_fact(&recording->settlement, settled, by->fact, action->account,
								 heard->at, by->fact_detail);
	if (by->closed_until != DT_NOEND)
	{
		recording->closed[recording->n_closed] = action->lane;
		recording->closed_until[recording->n_closed++] = by->closed_until;
	}
	if (by->onward)
		go_on(recording, action);
	else if (by->hold != NULL)
		set_aside(recording, action, settled, heard);
	else if (by->not_before != DT_NOEND)
		retry(recording, action, settled, action->maybe_sent, by->not_before, heard->outcome);
	else
		return false;
	return true;
}

/*
 * It surely came to nothing. An address that there is not is a bounce: the person leaves by it, as if a
 * report had come back, and nothing more goes there (B13).
 */
static void
fail(Recording *recording, const OpenAction *action, const SettledAction *settled,
	 const Heard *heard)
{
	bool bounced = heard->cause == RETRY_CAUSE_ADDRESS;
	const char *code = bounced ? "bounced" : "delivery_failed";
	ActionChange *change = campaign_settlement_change(&recording->settlement, action->id, "failed",
													  code, action->attempt, false);

	change->finished_at = heard->at;
	change->outcome = heard->outcome;
	campaign_settlement_note(&recording->settlement, settled, "action_failed", "failed",
							 heard->outcome);
	if (!bounced)
	{
		campaign_settlement_report(&recording->settlement, settled, "failed", code, heard->at);
		return;
	}
	campaign_settlement_fact(&recording->settlement, settled, code, 0, heard->at, heard->outcome);
	if (heard->address != NULL)
		recording->bounced[recording->n_bounced++] = (Suppression){
			"email", str_tolower(heard->address, strlen(heard->address), DEFAULT_COLLATION_OID),
			code};
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

void
campaign_outcome_recording_settle(Recording *recording, const OpenAction *action,
								  const Heard *heard)
{
	SettledAction settled = settled_of(recording, action);
	RetryVerdict verdict = decide(recording, action, heard);
	bool maybe_sent = action->maybe_sent || heard->class == RETRY_AMBIGUOUS;
	Settlement *settlement = &recording->settlement;
	TimestampTz at = heard->at;
	Jsonb *outcome = heard->outcome;
	ActionChange *change;

	note_refund(recording, action, heard->class);
	if (heard->cause == RETRY_CAUSE_LOGIN)
	{
		recording->refused_codes[recording->n_refused] = heard->adapter == NULL ? "login_refused"
														 : heard->adapter->code == NULL
															 ? "session_ended"
															 : heard->adapter->code;
		recording->refused[recording->n_refused++] = action->account;
	}
	if (heard->adapter != NULL && settle_by_adapter(recording, action, &settled, heard))
		return;
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
			await(recording, action, &settled, heard);
			break;
		case RETRY_AGAIN:
			if (action->crashes >= CRASHES_MAX)
				hold(recording, action, &settled, "quarantined", outcome);
			else
				retry(recording, action, &settled, maybe_sent, verdict.at, outcome);
			break;
		case RETRY_FAIL:
			if (heard->adapter != NULL)
				fail_by_adapter(recording, action, &settled, heard);
			else
				fail(recording, action, &settled, heard);
			break;
		case RETRY_UNKNOWN:
			hold(recording, action, &settled, "unknown_outcome", outcome);
			break;
	}
}

void
campaign_outcome_recording_hold(Recording *recording, const OpenAction *action, const char *reason,
								Jsonb *outcome)
{
	SettledAction settled = settled_of(recording, action);

	hold(recording, action, &settled, reason, outcome);
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

void
campaign_outcome_recording_close(Recording *recording)
{
	refund(recording);
	campaign_settlement_write(&recording->settlement);
	if (recording->n_bounced > 0)
		campaign_suppressions_add(recording->round->workspace, recording->bounced,
								  recording->n_bounced, recording->round->now);
	if (recording->n_refused > 0)
		campaign_accounts_disconnect(recording->round->workspace, recording->refused,
									 recording->refused_codes, recording->n_refused);
	campaign_exchanges_close_lanes(recording->round->workspace, recording->closed,
								   recording->closed_until, recording->n_closed);
	campaign_exchanges_forget(recording->round->workspace, recording->forgotten,
							  recording->n_forgotten);
	campaign_actions_await(recording->round->workspace, recording->awaited, recording->n_awaited);
	campaign_contacts_refund(recording->round->workspace, recording->unreached,
							 recording->unreached_at, recording->n_unpaid);
	campaign_credits_refund(recording->round->workspace, recording->unpaid, recording->n_unpaid,
							recording->round->now);
	campaign_lanes_awaken(recording->round->workspace, recording->awake, recording->awake_at,
						  recording->n_awake, true);
}
