/*
 * resolution.c
 *		What is said of an action from outside.
 */
#include "engine/resolution.h"

#include "core/retry.h"
#include "engine/settlement.h"
#include "store/lanes.h"
#include "store/leases.h"
#include "store/wake.h"

/* One action on its way to be settled. */
typedef struct Subject
{
	const Round *round;
	const OpenAction *action;
	SettledAction settled;
	int attempts; /* that it may have in all */
	Settlement *settlement;
	Jsonb *detail;
} Subject;

Resolution
campaign_resolution_named(const char *name)
{
	static const char *const names[] = {"complete", "rejected", "failed",
										"retry",    "resend",   "given_up"};
	int i;

	for (i = 0; i < (int) lengthof(names); i++)
		if (strcmp(names[i], name) == 0)
			return (Resolution) i;
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					errmsg("unknown resolution of an action"), errdetail("It is \"%s\".", name)));
}

static Subject
subject_of(const Round *round, Settlement *settlement, CompiledCampaigns *campaigns,
		   const OpenAction *action, Jsonb *detail)
{
	CompiledCampaign *campaign = campaign_compiled_find(campaigns, action->campaign);
	Subject subject = {
		.round = round,
		.action = action,
		.settled = {action->id, action->campaign, action->prospect, action->enrollment,
					action->step, action->person, campaign == NULL ? 0 : campaign->day},
		.attempts = campaign_compiled_attempts(campaign, action->step, action->ladder.max_attempts),
		.settlement = settlement,
		.detail = detail};

	return subject;
}

static CompiledCampaigns *
campaigns_of(const Round *round, const OpenAction *actions, int n)
{
	int64 *ids = palloc(Max(n, 1) * sizeof(int64));
	int i;

	for (i = 0; i < n; i++)
		ids[i] = actions[i].campaign;
	return campaign_compiled_load(round->workspace, ids, n, round->now, false);
}

static ActionChange *
change(Subject *subject, const char *state, const char *reason)
{
	ActionChange *written =
		campaign_settlement_change(subject->settlement, subject->action->id, state, reason,
								   subject->action->attempt, subject->action->maybe_sent);

	written->outcome = subject->detail;
	return written;
}

static void
complete(Subject *subject, TimestampTz at)
{
	ActionChange *written = change(subject, "complete", NULL);

	written->executed_at = at;
	written->finished_at = subject->round->now;
	written->maybe_sent = false;
	campaign_settlement_note(subject->settlement, &subject->settled, "action_executed", "executed",
							 subject->detail);
	campaign_settlement_report(subject->settlement, &subject->settled, "complete", NULL, at);
}

static void
fail(Subject *subject, const char *outcome, const char *code, TimestampTz at)
{
	ActionChange *written = change(subject, "failed", code);

	written->finished_at = at;
	campaign_settlement_note(subject->settlement, &subject->settled, "action_failed", "failed",
							 subject->detail != NULL
								 ? subject->detail
								 : campaign_events_detail((const char *[]){"code", code, NULL}));
	campaign_settlement_report(subject->settlement, &subject->settled, outcome, code, at);
}

static void
wake_lane(const Subject *subject, TimestampTz at)
{
	campaign_lanes_awaken(subject->round->workspace, &subject->action->lane, &at, 1, false);
	campaign_wake_request(WAKE_DISPATCHERS);
}

/* By the gateway's own word the last attempt came to nothing. */
static void
retry(Subject *subject, TimestampTz at)
{
	const OpenAction *action = subject->action;
	ActionChange *written;

	if (action->attempt >= subject->attempts)
	{
		fail(subject, "failed", "delivery_failed", at);
		return;
	}
	written = change(subject, "queued", NULL);
	written->not_before =
		subject->round->now +
		campaign_retry_delay(&action->ladder, action->attempt, (uint64) action->id, 0);
	campaign_settlement_note(subject->settlement, &subject->settled, "action_retried", "retried",
							 subject->detail);
	wake_lane(subject, written->not_before);
}

static void
settle(Subject *subject, Resolution resolution, TimestampTz at)
{
	switch (resolution)
	{
		case RESOLUTION_COMPLETE:
			complete(subject, Max(at, subject->action->started_at));
			break;
		case RESOLUTION_REJECTED:
			fail(subject, "failed", "rejected", at);
			break;
		case RESOLUTION_FAILED:
			fail(subject, "failed", "delivery_failed", at);
			break;
		case RESOLUTION_GIVEN_UP:
			fail(subject, "failed", "given_up", at);
			break;
		case RESOLUTION_RETRY:
			retry(subject, at);
			break;
		case RESOLUTION_RESEND:
			campaign_settlement_note(subject->settlement, &subject->settled, "action_retried",
									 "retried", subject->detail);
			wake_lane(subject, subject->round->now);
			break;
	}
}

bool
campaign_resolution_apply(const Round *round, int64 action, Resolution resolution, TimestampTz at,
						  Jsonb *detail)
{
	Settlement settlement;
	OpenAction *actions;
	Subject subject;

	if (resolution == RESOLUTION_RESEND &&
		!campaign_actions_renew(round->workspace, action, round->now))
		return false;
	if (campaign_actions_lock(round->workspace, &action, 1, &actions) == 0)
		return false;
	campaign_settlement_open(&settlement, round, 1);
	subject = subject_of(round, &settlement, campaigns_of(round, actions, 1), actions, detail);
	settle(&subject, resolution, at);
	campaign_settlement_write(&settlement);
	return true;
}

void
campaign_resolution_hold(const Round *round, int64 action, const char *reason)
{
	Settlement settlement;
	OpenAction *actions;
	Subject subject;

	if (campaign_actions_lock(round->workspace, &action, 1, &actions) == 0)
		return;
	campaign_settlement_open(&settlement, round, 1);
	subject = subject_of(round, &settlement, campaigns_of(round, actions, 1), actions,
						 campaign_events_detail(
							 (const char *[]){"reason", "internal_error", "detail", reason, NULL}));
	change(&subject, "held", "internal_error");
	campaign_settlement_note(&settlement, &subject.settled, "action_held", "held", subject.detail);
	campaign_settlement_write(&settlement);
}

static void
hold(Subject *subject, const char *reason, const char *detail)
{
	Jsonb *json =
		campaign_events_detail((const char *[]){"reason", reason, "detail", detail, NULL});
	ActionChange *written = change(subject, "held", reason);

	written->maybe_sent = true;
	written->outcome = json;
	campaign_settlement_note(subject->settlement, &subject->settled, "action_held", "held", json);
}

/*
 * Nobody reported before the lease ran out. The agent may have done the work all the same: it is given
 * out again as what may have got through, which was paid for once, or waits for a decision.
 */
static void
end_lease(Subject *subject, const EndedLease *lease)
{
	const OpenAction *action = subject->action;
	ActionChange *written;

	if (lease->overdue)
		fail(subject, "expired", "expired", action->expires_at);
	else if (!lease->returns)
		hold(subject, "unknown_outcome", "the lease ran out before the agent reported");
	else if (!lease->wanted)
	{
		written = change(subject, "cancelled", "not_wanted");
		written->finished_at = subject->round->now;
	}
	else if (action->attempt >= subject->attempts)
		hold(subject, "quarantined", psprintf("%d leases ran out", action->attempt));
	else
	{
		written = change(subject, "queued", NULL);
		written->maybe_sent = true;
		written->not_before = subject->round->now;
		campaign_settlement_note(
			subject->settlement, &subject->settled, "action_retried", "retried",
			campaign_events_detail(
				(const char *[]){"detail", "the lease ran out before the agent reported", NULL}));
	}
}

static void
end_leases(const Round *round, const int64 *ids, int n)
{
	Settlement settlement;
	CompiledCampaigns *campaigns;
	OpenAction *actions;
	EndedLease *leases;
	int i;

	n = Min(campaign_actions_lock(round->workspace, ids, n, &actions),
			campaign_leases_read(round->workspace, ids, n, round->now, &leases));
	campaigns = campaigns_of(round, actions, n);
	campaign_settlement_open(&settlement, round, n);
	for (i = 0; i < n; i++)
	{
		Subject subject = subject_of(round, &settlement, campaigns, &actions[i], NULL);

		Assert(actions[i].id == leases[i].action);
		end_lease(&subject, &leases[i]);
	}
	campaign_settlement_write(&settlement);
}

int
campaign_resolution_expire(const Round *round)
{
	Settlement settlement;
	CompiledCampaigns *campaigns;
	OpenAction *actions;
	int64 *ids;
	int64 *leased;
	int n_leased;
	int n = campaign_actions_expired(round->workspace, round->now, round->limit, &ids, &leased,
									 &n_leased);
	int i;

	if (n_leased > 0)
		end_leases(round, leased, n_leased);
	if (n == 0)
		return n_leased;
	n = campaign_actions_lock(round->workspace, ids, n, &actions);
	campaigns = campaigns_of(round, actions, n);
	campaign_settlement_open(&settlement, round, n);
	for (i = 0; i < n; i++)
	{
		Subject subject = subject_of(round, &settlement, campaigns, &actions[i], NULL);

		fail(&subject, "expired", "expired", actions[i].expires_at);
	}
	campaign_settlement_write(&settlement);
	return n + n_leased;
}
