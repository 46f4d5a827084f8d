/*
 * validation.c
 *		What the owner of a campaign has to approve before it is sent.
 */
#include "engine/validation.h"

#include "engine/content.h"
#include "engine/letter.h"
#include "engine/settlement.h"
#include "engine/source_rows.h"
#include "store/approvals.h"
#include "store/instance.h"
#include "store/zone.h"

/* What is being shown in one go. */
typedef struct Showing
{
	const Round *round;
	CompiledCampaigns *campaigns;
	HiddenAction *items;
	int n;
	ReadyLane **lanes; /* of each; NULL = its account is gone */
	Recipient *recipients;
	SourceRow *rows; /* that they stand for */
	Letters letters;
	Settlement settlement;
	int64 *later; /* runs whose row could not be read */
	int n_later;
	int64 *shown;
	Jsonb **contents;
	int n_shown;
	int64 *told; /* campaigns in which something was shown */
	int *counts;
	int n_told;
} Showing;

void
campaign_validation_open(Validation *validation, Runs *runs)
{
	memset(validation, 0, sizeof(*validation));
	validation->runs = runs;
}

static void
read_approved(Validation *validation)
{
	const Runs *runs = validation->runs;
	int64 *ids = palloc(Max(runs->n, 1) * sizeof(int64));
	int n = 0;
	int i;

	for (i = 0; i < runs->n; i++)
		if (runs->items[i].campaign->row->approval == CAMPAIGN_APPROVES_FIRST)
			ids[n++] = runs->items[i].row->id;
	validation->n_approved =
		campaign_approvals_runs(runs->round->workspace, ids, n, &validation->approved);
	validation->read = true;
}

static int
compare_ids(const void *a, const void *b)
{
	int64 left = *(const int64 *) a;
	int64 right = *(const int64 *) b;

	return left < right ? -1 : left > right;
}

bool
campaign_validation_needed(Validation *validation, const Run *run, int step)
{
	CampaignApproval approval = run->campaign->row->approval;

	if (approval == CAMPAIGN_APPROVES_NOTHING ||
		!run->campaign->definition->steps[step].kind->reaches)
		return false;
	if (approval == CAMPAIGN_APPROVES_ALL)
		return true;
	if (!validation->read)
		read_approved(validation);
	return bsearch(&run->row->id, validation->approved, validation->n_approved, sizeof(int64),
				   compare_ids) == NULL;
}

TimestampTz
campaign_validation_lapses_at(const CompiledCampaign *campaign, TimestampTz put_up_at)
{
	if (!campaign->row->lapses)
		return DT_NOEND;
	return campaign_calendar_window(campaign_zone_named(campaign->row->time_zone), CALENDAR_DAY,
									put_up_at)
		.end;
}

/* As they would be claimed: who sends, and what he can send. */
static void
read_lanes(Showing *showing)
{
	LaneKey *keys = palloc(showing->n * sizeof(LaneKey));
	ReadyLane *lanes;
	int found;
	int i;

	for (i = 0; i < showing->n; i++)
		keys[i] = (LaneKey){showing->items[i].account, showing->items[i].kind};
	found = campaign_lanes_imagine(showing->round->workspace, showing->round->now, keys, showing->n,
								   &lanes);
	showing->lanes = palloc0(showing->n * sizeof(ReadyLane *));
	for (i = 0; i < found; i++)
		showing->lanes[lanes[i].id - 1] = &lanes[i];
}

static void
read_recipients(Showing *showing)
{
	RecipientKey *keys = palloc(showing->n * sizeof(RecipientKey));
	int i;

	for (i = 0; i < showing->n; i++)
	{
		const QueuedAction *action = &showing->items[i].action;

		keys[i] = (RecipientKey){action->id, action->enrollment, action->prospect,
								 showing->items[i].account};
	}
	showing->recipients = palloc(showing->n * sizeof(Recipient));
	campaign_recipients_read(showing->round->workspace, keys, showing->n, showing->recipients);
}

static void
read_rows(Showing *showing)
{
	const CampaignRow **campaigns = palloc0(showing->n * sizeof(CampaignRow *));
	int64 *prospects = palloc(showing->n * sizeof(int64));
	int i;

	for (i = 0; i < showing->n; i++)
	{
		const CompiledCampaign *campaign =
			campaign_compiled_find(showing->campaigns, showing->items[i].action.campaign);

		campaigns[i] = campaign == NULL ? NULL : campaign->row;
		prospects[i] = showing->items[i].action.prospect;
	}
	showing->rows = campaign_source_rows_read(showing->round, campaigns, prospects, showing->n);
	for (i = 0; i < showing->n; i++)
		showing->recipients[i].row = showing->rows[i].row;
}

static void
read_letters(Showing *showing)
{
	QueuedAction *actions = palloc(showing->n * sizeof(QueuedAction));
	int64 *accounts = palloc(showing->n * sizeof(int64));
	int i;

	for (i = 0; i < showing->n; i++)
	{
		actions[i] = showing->items[i].action;
		accounts[i] = showing->items[i].account;
	}
	campaign_letter_gather(&showing->letters, showing->round, showing->campaigns, actions, accounts,
						   showing->n);
}

static void
hold(Showing *showing, const SettledAction *settled, const char *missing)
{
	Jsonb *detail = campaign_events_detail(
		(const char *[]){"reason", "missing_variable", "detail", missing, NULL});

	campaign_settlement_change(&showing->settlement, settled->id, "held", "missing_variable", 0,
							   false)
		->outcome = detail;
	campaign_settlement_note(&showing->settlement, settled, "action_held", "held", detail);
}

static void
show(Showing *showing, const char *instance, int i)
{
	const QueuedAction *action = &showing->items[i].action;
	const CompiledCampaign *campaign = campaign_compiled_find(showing->campaigns, action->campaign);
	const Recipient *recipient = &showing->recipients[i];
	char *key =
		campaign_content_key(instance, action->enrollment, action->step, action->occurrence);
	ContentSources sources = {.campaign = campaign,
							  .action = action,
							  .lane = showing->lanes[i],
							  .recipient = recipient,
							  .key = key,
							  .letter = campaign_letter_frame(&showing->letters, i),
							  .workspace = showing->round->workspace,
							  .now = showing->round->now};
	SettledAction settled = {action->id,   action->campaign,  action->prospect, action->enrollment,
							 action->step, recipient->person, campaign->day};
	char *missing = NULL;
	Jsonb *content;

	if (showing->rows[i].fault != NULL)
	{
		showing->later[showing->n_later++] = action->enrollment;
		return;
	}
	content = campaign_content_render(&sources, &missing);
	if (content == NULL)
	{
		hold(showing, &settled, missing);
		return;
	}
	if (campaign_content_drops_note(&sources))
		campaign_settlement_note(
			&showing->settlement, &settled, "note_left_out", NULL,
			campaign_events_detail((const char *[]){"account", sources.lane->address, NULL}));
	showing->shown[showing->n_shown] = action->id;
	showing->contents[showing->n_shown++] = content;
	if (showing->n_told == 0 || showing->told[showing->n_told - 1] != action->campaign)
	{
		showing->told[showing->n_told] = action->campaign;
		showing->counts[showing->n_told++] = 0;
	}
	showing->counts[showing->n_told - 1]++;
}

/* Once for a cohort, though it may come up in several rounds, if the owner has not decided meanwhile. */
static void
tell(Showing *showing)
{
	const Round *round = showing->round;
	int i;

	showing->n_told =
		campaign_approvals_untold(round->workspace, showing->told, showing->counts, showing->n_told,
								  showing->shown, showing->n_shown, round->now);
	for (i = 0; i < showing->n_told; i++)
		campaign_events_add(&showing->settlement.events, "validation_requested", showing->told[i],
							0, 0, 0, -1, round->now, NULL,
							campaign_events_detail((const char *[]){
								"actions", psprintf("%d", showing->counts[i]), NULL}));
	campaign_approvals_notify(round->workspace, showing->told, showing->counts, showing->n_told,
							  round->now);
}

void
campaign_validation_show(const Round *round, CompiledCampaigns *campaigns, const int64 *actions,
						 int n)
{
	Showing showing = {.round = round, .campaigns = campaigns};
	const char *instance;
	int i;

	if (n == 0)
		return;
	showing.n = campaign_approvals_hidden(round->workspace, actions, n, &showing.items);
	if (showing.n == 0)
		return;
	read_lanes(&showing);
	read_recipients(&showing);
	read_rows(&showing);
	read_letters(&showing);
	campaign_settlement_open(&showing.settlement, round, showing.n);
	showing.shown = palloc(showing.n * sizeof(int64));
	showing.contents = palloc(showing.n * sizeof(Jsonb *));
	showing.later = palloc(showing.n * sizeof(int64));
	showing.told = palloc(showing.n * sizeof(int64));
	showing.counts = palloc(showing.n * sizeof(int));
	instance = campaign_instance_uuid();
	for (i = 0; i < showing.n; i++)
		if (showing.lanes[i] != NULL &&
			campaign_compiled_find(campaigns, showing.items[i].action.campaign) != NULL)
			show(&showing, instance, i);
	campaign_approvals_show(round->workspace, showing.shown, showing.contents, showing.n_shown,
							round->now);
	campaign_approvals_later(round->workspace, showing.later, showing.n_later,
							 campaign_source_rows_retry(round->now));
	tell(&showing);
	campaign_settlement_write(&showing.settlement);
}
