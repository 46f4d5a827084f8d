/*
 * notice.c
 *		What members are told over channels of the network.
 */
#include "engine/notice.h"

#include "engine/outcome.h"
#include "store/events.h"
#include "store/fault.h"
#include "store/notices.h"

/* So many in one transaction, for each workspace. */
#define NOTICES_MAX 16

/* What an attempt has come to. */
typedef struct Told
{
	RetryMailClass class;
	Instant retry_after;
	TimestampTz at;
	Jsonb *outcome;
} Told;

/* What the attempt leads to, as for an action. */
static NoticeChange
change_of(const Notice *notice, const Told *told)
{
	RetryLadder ladder = campaign_retry_mail_rungs(notice->ladder, told->class.cause);
	RetryAttempt attempt = {.class = told->class.class,
							.attempt = notice->attempt,
							.idempotent = notice->lane.idempotent,
							.maybe_sent = notice->maybe_sent,
							.key_ends_at = notice->key_ends_at,
							.retry_after = told->retry_after,
							.seed = (uint64) notice->id};
	RetryVerdict verdict = campaign_retry_decide(&ladder, &attempt, told->at);
	NoticeChange change = {.id = notice->id,
						   .maybe_sent = notice->maybe_sent || told->class.class == RETRY_AMBIGUOUS,
						   .not_before = DT_NOEND,
						   .finished_at = told->at,
						   .outcome = told->outcome};

	switch (verdict.decision)
	{
		case RETRY_DONE:
		case RETRY_AWAIT: /* nobody reports on it: that it was taken on is all there is to know */
			change.state = "complete";
			break;
		case RETRY_AGAIN:
			change.state = "queued";
			change.not_before = verdict.at;
			change.finished_at = DT_NOEND;
			break;
		case RETRY_FAIL:
			change.state = "failed";
			break;
		case RETRY_UNKNOWN:
			change.state = "unknown";
			break;
	}
	return change;
}

/* The channel is of the network no more, or lacks its secret: it may be mended. */
static NoticeChange
unsendable(const Notice *notice, TimestampTz now)
{
	Told told = {.class = {.class = RETRY_NOT_SENT_RETRY},
				 .at = now,
				 .outcome = campaign_events_detail(
					 (const char *[]){"detail", "the channel cannot send now", NULL})};

	return change_of(notice, &told);
}

int
campaign_notice_start(const Round *round, int64 incarnation, SideSend **sends, int *n)
{
	Notice *notices;
	int taken =
		campaign_notices_take(round->workspace, round->now, NOTICES_MAX, incarnation, &notices);
	NoticeChange *changes = palloc(Max(taken, 1) * sizeof(NoticeChange));
	int n_changes = 0;
	int i;

	*n = 0;
	*sends = palloc(Max(taken, 1) * sizeof(SideSend));
	for (i = 0; i < taken; i++)
	{
		const Notice *notice = &notices[i];

		if (!notice->lane.usable)
			changes[n_changes++] = unsendable(notice, round->now);
		else
			(*sends)[(*n)++] = (SideSend){DELIVERY_NOTICE, notice->id,      notice->attempt,
										  notice->key,     notice->content, &notice->lane};
	}
	campaign_notices_change(round->workspace, changes, n_changes);
	if (taken > 0)
		CAMPAIGN_FAULT("notice.started");
	return taken;
}

static Told
told_of(const Notice *notice, const DeliveryOutcome *outcome)
{
	return (Told){.class = campaign_outcome_classify(outcome, notice->lane.not_accepted_on_5xx),
				  .retry_after = Max(outcome->retry_after_s, 0) * INSTANT_SECOND,
				  .at = outcome->at,
				  .outcome = campaign_outcome_json(outcome)};
}

int
campaign_notice_record(const Round *round, int64 incarnation, const DeliveryOutcome *outcomes,
					   int n)
{
	int64 *ids = palloc(Max(n, 1) * sizeof(int64));
	NoticeChange *changes;
	Notice *notices;
	int open;
	int changed = 0;
	int i;
	int k;

	for (i = 0; i < n; i++)
		ids[i] = outcomes[i].action;
	open = campaign_notices_open(round->workspace, incarnation, ids, n, &notices);
	changes = palloc(Max(open, 1) * sizeof(NoticeChange));
	for (i = 0; i < open; i++)
		for (k = 0; k < n; k++)
			if (outcomes[k].action == notices[i].id && outcomes[k].attempt == notices[i].attempt)
			{
				Told told = told_of(&notices[i], &outcomes[k]);

				changes[changed++] = change_of(&notices[i], &told);
				break;
			}
	campaign_notices_change(round->workspace, changes, changed);
	if (changed > 0)
		CAMPAIGN_FAULT("notice.recorded");
	return n;
}

/* A mail whose dot was not let go was surely not sent; of all else nobody knows. */
static Told
told_nothing(const Notice *notice, TimestampTz now)
{
	bool not_sent = notice->lane.mail && !notice->dotted;

	return (Told){.class = {not_sent ? RETRY_NOT_SENT_RETRY : RETRY_AMBIGUOUS,
							not_sent ? RETRY_CAUSE_OURS : RETRY_CAUSE_NONE},
				  .at = now,
				  .outcome = campaign_events_detail((const char *[]){
					  "detail", "the dispatcher ended before the answer came", NULL})};
}

static int
recover_incarnation(int64 workspace, int64 incarnation, TimestampTz now)
{
	Notice *notices;
	int open = campaign_notices_open(workspace, incarnation, NULL, 0, &notices);
	NoticeChange *changes = palloc(Max(open, 1) * sizeof(NoticeChange));
	int i;

	for (i = 0; i < open; i++)
	{
		Told told = told_nothing(&notices[i], now);

		changes[i] = change_of(&notices[i], &told);
	}
	campaign_notices_change(workspace, changes, open);
	return open;
}

int
campaign_notice_recover(int64 incarnation, TimestampTz now, bool (*alive)(int64 incarnation))
{
	int64 *workspaces;
	int64 *incarnations;
	int n = campaign_notices_foreign(incarnation, &workspaces, &incarnations);
	int recovered = 0;
	int i;

	for (i = 0; i < n; i++)
		if (!alive(incarnations[i]))
			recovered += recover_incarnation(workspaces[i], incarnations[i], now);
	return recovered;
}
