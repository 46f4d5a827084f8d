/*
 * trial.c
 *		Texts that are sent for trial.
 */
#include "engine/trial.h"

#include "engine/outcome.h"
#include "store/events.h"
#include "store/outbox.h"
#include "store/test_sends.h"

/* So many in one transaction, for each workspace. */
#define TRIALS_MAX 16

/* What the channels of these need to send them. One whose account cannot send now fails; how many are left. */
static int
find_lanes(const Round *round, int64 incarnation, const TestSend *const *tests, int n,
		   SideSend *sends)
{
	LaneKey *keys = palloc(Max(n, 1) * sizeof(LaneKey));
	ReadyLane **lane_of = palloc0(Max(n, 1) * sizeof(ReadyLane *));
	ReadyLane *lanes;
	int found;
	int left = 0;
	int i;

	for (i = 0; i < n; i++)
		keys[i] = (LaneKey){.account = tests[i]->account, .kind = tests[i]->kind};
	found = campaign_lanes_imagine(round->workspace, round->now, keys, n, &lanes);
	for (i = 0; i < found; i++)
		lane_of[lanes[i].id - 1] = &lanes[i];
	for (i = 0; i < n; i++)
	{
		if (lane_of[i] != NULL && lane_of[i]->usable && lane_of[i]->adapter == NULL)
			sends[left++] = (SideSend){.form = DELIVERY_TRIAL,
									   .id = tests[i]->id,
									   .key = tests[i]->key,
									   .content = tests[i]->content,
									   .lane = lane_of[i]};
		else
			campaign_test_sends_end(round->workspace, incarnation, tests[i]->id, false,
									campaign_events_detail((const char *[]){
										"detail",
										lane_of[i] != NULL && lane_of[i]->adapter != NULL
											? "the service takes no texts for trial"
											: "the account cannot send now",
										NULL}),
									round->now);
	}
	return left;
}

int
campaign_trial_start(const Round *round, int64 incarnation, bool network, SideSend **sends, int *n)
{
	TestSend *tests;
	int taken = campaign_test_sends_take(round->workspace, round->now, TRIALS_MAX, network,
										 incarnation, &tests);
	const TestSend **leaving = palloc(Max(taken, 1) * sizeof(TestSend *));
	OutboxRow *kept = palloc(Max(taken, 1) * sizeof(OutboxRow));
	int n_leaving = 0;
	int n_kept = 0;
	int i;

	*n = 0;
	for (i = 0; i < taken; i++)
	{
		const TestSend *test = &tests[i];

		if (!test->kept)
		{
			leaving[n_leaving++] = test;
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
	*sends = palloc(Max(n_leaving, 1) * sizeof(SideSend));
	if (n_leaving > 0)
		*n = find_lanes(round, incarnation, leaving, n_leaving, *sends);
	return taken;
}

static bool
is_accepted(const DeliveryOutcome *outcome)
{
	RetryClass class = campaign_outcome_classify(outcome, false).class;

	return class == RETRY_ACCEPTED || class == RETRY_PENDING;
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
