/*
 * preview.c
 *		What a step of a campaign says to a prospect.
 */
#include "engine/preview.h"

#include "engine/content.h"
#include "engine/letter.h"
#include "engine/run_prospects.h"
#include "engine/source_rows.h"
#include "engine/template_texts.h"

/* The run as it stands, as far as texts and accounts go by it; it is not moved. */
static Enrollment
row_of(const Round *round, const PreviewSubject *subject)
{
	Enrollment row = {.id = subject->enrollment,
					  .campaign = subject->campaign,
					  .prospect = subject->prospect,
					  .lap = 1,
					  .status = "in_progress",
					  .due_at = DT_NOEND,
					  .parked_due_at = DT_NOEND,
					  .base_at = round->now,
					  .step_at = round->now,
					  .started_at = round->now,
					  .ended_at = DT_NOEND};

	return row;
}

/* The account that the run uses, else one that is connected to the prospect, else one that can send. */
static int64
account_of(const Runs *runs, const Run *run, const char *channel_class, const char *channel)
{
	const CompiledCampaign *campaign = run->campaign;
	int64 account = channel != NULL ? 0 : campaign_run_prospects_account(run, channel_class);
	int64 usable = 0;
	int64 any = 0;
	int i;

	for (i = 0; account == 0 && i < campaign->n_accounts; i++)
	{
		const CampaignAccount *one = &campaign->accounts[i];

		if (!campaign_compiled_serves(one, channel_class, channel))
			continue;
		if (campaign_run_prospects_relation(runs, run->row->prospect, one->account) ==
			RELATION_CONNECTED)
			account = one->account;
		any = any == 0 ? one->account : any;
		usable = usable == 0 && one->usable ? one->account : usable;
	}
	if (account != 0)
		return account;
	return usable != 0 ? usable : any;
}

static const ActionKind *
kind_of(const Run *run, int step)
{
	const ActionKind *kind = run->campaign->definition->steps[step].kind;

	if (kind == NULL)
		ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
						errmsg("step \"%s\" sends nothing", run->campaign->graph->steps[step].name),
						errdetail("It is no action."),
						errhint("The view steps lists the steps, and which kind each is.")));
	return kind;
}

static ReadyLane *
lane_of(const Round *round, const Runs *runs, const Run *run, int step)
{
	const ActionKind *kind = kind_of(run, step);
	LaneKey key = {.account = account_of(runs, run, kind->channel_class,
										 run->campaign->definition->steps[step].channel),
				   .kind = kind->name};
	ReadyLane *lane;

	if (key.account == 0 ||
		campaign_lanes_imagine(round->workspace, round->now, &key, 1, &lane) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("no account of the campaign serves channel class %s", kind->channel_class),
				 errdetail("An action of kind %s needs one.", kind->name),
				 errhint("alter_campaign(campaign, accounts => ...) adds one.")));
	return lane;
}

Jsonb *
campaign_preview_render(const Round *round, const PreviewSubject *subject)
{
	Enrollment row = row_of(round, subject);
	QueuedAction action = {.campaign = subject->campaign,
						   .prospect = subject->prospect,
						   .enrollment = subject->enrollment,
						   .step = subject->step};
	RecipientKey key = {.enrollment = subject->enrollment, .prospect = subject->prospect};
	ContentSources sources = {.action = &action, .workspace = round->workspace, .now = round->now};
	Letters letters;
	const CampaignRow *row_of_campaign;
	Recipient recipient;
	Runs runs;
	Jsonb *content;
	char *missing;

	campaign_runs_open(&runs, round, &row, 1, RUNS_FACTS_ALL, false);
	if (runs.n == 0)
		elog(ERROR, "campaign " INT64_FORMAT " is not there", subject->campaign);
	sources.campaign = runs.items[0].campaign;
	sources.lane = lane_of(round, &runs, &runs.items[0], subject->step);
	key.account = sources.lane->account;
	campaign_recipients_read(round->workspace, &key, 1, &recipient);
	row_of_campaign = sources.campaign->row;
	if (subject->prospect == 0)
	{
		campaign_recipients_imagine(&recipient, subject->imagined);
		recipient.row = subject->row;
	}
	else
		recipient.row =
			campaign_source_rows_read(round, &row_of_campaign, &subject->prospect, 1)->row;
	campaign_template_texts_find(round->workspace, runs.campaigns, &action, &recipient, 1);
	sources.recipient = &recipient;
	campaign_letter_gather(&letters, round, runs.campaigns, &action, &key.account, 1);
	sources.letter = campaign_letter_frame(&letters, 0);
	content = campaign_content_render(&sources, &missing);
	if (content == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND), errmsg("a text has a hole"),
				 errdetail("Variable \"%s\" of step \"%s\" has no value for %s.", missing,
						   sources.campaign->graph->steps[subject->step].name,
						   subject->prospect == 0
							   ? "whom the row would become"
							   : psprintf("prospect " INT64_FORMAT, subject->prospect)),
				 errhint("Write {{%s|...}}, with what stands there instead, or give the prospect "
						 "a value.",
						 missing)));
	return content;
}
