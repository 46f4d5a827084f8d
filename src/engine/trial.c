/*
 * trial.c
 *		Texts that are sent for trial.
 */
#include "engine/trial.h"

#include "core/retry.h"
#include "store/events.h"
#include "store/outbox.h"

/* So many in one transaction, for each workspace. */
#define TRIALS_MAX 16

int
campaign_trial_start(const Round *round, int64 incarnation, bool network, TestSend **tests, int *n)
{
	int taken = campaign_test_sends_take(round->workspace, round->now, TRIALS_MAX, network,
										 incarnation, tests);
	OutboxRow *kept = palloc(Max(taken, 1) * sizeof(OutboxRow));
	int n_kept = 0;
	int i;

	*n = 0;
	for (i = 0; i < taken; i++)
	{
		const TestSend *test = &(*tests)[i];

		if (!test->kept)
		{
			(*tests)[(*n)++] = *test;
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
	return taken;
}

int
campaign_trial_record(const Round *round, int64 incarnation, const DeliveryOutcome *outcomes, int n)
{
	int i;

	for (i = 0; i < n; i++)
	{
		const DeliveryOutcome *one = &outcomes[i];
		bool accepted =
			one->transport == RETRY_TRANSPORT_OK && one->status >= 200 && one->status <= 299;

		campaign_test_sends_end(round->workspace, incarnation, one->action, accepted,
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
