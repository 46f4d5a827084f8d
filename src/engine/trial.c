/*
 * trial.c
 *		Texts that are sent for trial.
 */
#include "engine/trial.h"

#include "core/retry.h"
#include "core/retry_mail.h"
#include "store/events.h"
#include "store/outbox.h"

/* So many in one transaction, for each workspace. */
#define TRIALS_MAX 16

/* What the channels of these need to send them. One whose account cannot send now fails; how many are left. */
static int
find_lanes(const Round *round, int64 incarnation, Trial *trials, int n)
{
	LaneKey *keys = palloc(n * sizeof(LaneKey));
	ReadyLane *lanes;
	int found;
	int left = 0;
	int i;

	for (i = 0; i < n; i++)
		keys[i] = (LaneKey){.account = trials[i].test->account, .kind = trials[i].test->kind};
	found = campaign_lanes_imagine(round->workspace, round->now, keys, n, &lanes);
	for (i = 0; i < found; i++)
		trials[lanes[i].id - 1].lane = &lanes[i];
	for (i = 0; i < n; i++)
	{
		if (trials[i].lane != NULL && trials[i].lane->usable)
			trials[left++] = trials[i];
		else
			campaign_test_sends_end(round->workspace, incarnation, trials[i].test->id, false,
									campaign_events_detail((const char *[]){
										"detail", "the account cannot send now", NULL}),
									round->now);
	}
	return left;
}

int
campaign_trial_start(const Round *round, int64 incarnation, bool network, Trial **trials, int *n)
{
	TestSend *tests;
	int taken = campaign_test_sends_take(round->workspace, round->now, TRIALS_MAX, network,
										 incarnation, &tests);
	OutboxRow *kept = palloc(Max(taken, 1) * sizeof(OutboxRow));
	int n_kept = 0;
	int i;

	*n = 0;
	*trials = palloc0(Max(taken, 1) * sizeof(Trial));
	for (i = 0; i < taken; i++)
	{
		const TestSend *test = &tests[i];

		if (!test->kept)
		{
			(*trials)[(*n)++].test = test;
			continue;
		}
		kept[n_kept++] = (OutboxRow){.channel = test->channel,
									 .account = test->account,
									 .action = test->id,
									 .prospect = test->prospect,
									 .kind = test->kind,
									 .key = test->key,
									 .content = test->content};
	}
	campaign_outbox_add(round->workspace, kept, n_kept, round->now);
	if (*n > 0)
		*n = find_lanes(round, incarnation, *trials, *n);
	return taken;
}

static bool
is_accepted(const DeliveryOutcome *outcome)
{
	const DeliveredMail *mail = outcome->mail;

	if (mail != NULL)
		return campaign_retry_mail_classify((RetryMailEnd) mail->end, (RetryMailStage) mail->stage,
											outcome->status, mail->enhanced)
				   .class
			   == RETRY_ACCEPTED;
	return outcome->transport == RETRY_TRANSPORT_OK && outcome->status >= 200 &&
		   outcome->status <= 299;
}

int
campaign_trial_record(const Round *round, int64 incarnation, const DeliveryOutcome *outcomes, int n)
{
	int i;

	for (i = 0; i < n; i++)
	{
		const DeliveryOutcome *one = &outcomes[i];
		campaign_test_sends_end(round->workspace, incarnation, one->action, is_accepted(one),
								campaign_events_detail((const char *[]){
									"status", one->status == 0 ? NULL : psprintf("%d", one->status),
									"detail", one->detail, NULL}),
								one->at);
	}
	return n;
}

int
campaign_trial_recover(int64 incarnation, TimestampTz now, bool (*alive)(int64 incarnation))
{
	int64 *workspaces;
	int64 *incarnations;
	int n = campaign_test_sends_foreign(incarnation, &workspaces, &incarnations);
	int forgotten = 0;
	int i;

	for (i = 0; i < n; i++)
		if (!alive(incarnations[i]))
			forgotten += campaign_test_sends_forget(workspaces[i], incarnations[i], now);
	return forgotten;
}
