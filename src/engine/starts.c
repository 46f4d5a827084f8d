/*
 * starts.c
 *		Choosing what a dispatcher starts now, and freezing it.
 *
 * The order is that of the promises: lanes are claimed, quotas locked, actions locked, persons
 * locked, and only then is everything looked at that could forbid the start. What is written here is
 * the intent; not a byte leaves before it has committed.
 */
#include "engine/starts.h"

#include "engine/adapter_starts.h"
#include "engine/allotment.h"
#include "engine/bucket.h"
#include "engine/closing.h"
#include "engine/content.h"
#include "engine/frequency_check.h"
#include "engine/letter.h"
#include "engine/permit.h"
#include "engine/settlement.h"
#include "engine/solicitation.h"
#include "engine/starts_forms.h"
#include "engine/template_texts.h"
#include "store/fault.h"
#include "store/credits.h"
#include "store/instance.h"

/* More lanes than this wait for the next round. */
#define LANES_MAX 256

/* An action that cannot start this moment, for a reason that passes by itself, is looked at again. */
#define POSTPONE_USEC (USECS_PER_SEC / 2)

typedef struct Start
{
	const Round *round;
	int64 incarnation;
	const Lease *lease; /* NULL = this is a dispatcher */
	Allotment allotment;
	QueuedAction *actions;
	int n_actions;
	Recipient *recipients;
	SourceRow *rows;       /* that they stand for */
	MachineStates *states; /* of the recipients */
	CompiledCampaigns *campaigns;
	Settlement settlement;
	StartForms forms;
	const char *instance;
	FrequencyCheck frequency;
	Letters letters;
	AdapterStarts adapters;
	Solicitation solicitation;
	Closing closing;
	bool counts_credits;
	int64 credits; /* left of the workspace's */
	CreditBooking *spent;
	int n_spent;
} Start;

static void
look_at_recipients(Start *start)
{
	RecipientKey *keys = palloc(start->n_actions * sizeof(RecipientKey));
	int64 *campaigns = palloc(start->n_actions * sizeof(int64));
	int64 *accounts = palloc(start->n_actions * sizeof(int64));
	int i;

	for (i = 0; i < start->n_actions; i++)
	{
		keys[i].action = start->actions[i].id;
		keys[i].enrollment = start->actions[i].enrollment;
		keys[i].prospect = start->actions[i].prospect;
		keys[i].account =
			campaign_allotment_lane(&start->allotment, start->actions[i].lane)->account;
		campaigns[i] = start->actions[i].campaign;
		accounts[i] = keys[i].account;
	}
	start->recipients = palloc(start->n_actions * sizeof(Recipient));
	campaign_recipients_lock(start->round->workspace, keys, start->n_actions, start->recipients);
	start->campaigns = campaign_compiled_load(start->round->workspace, campaigns, start->n_actions,
											  start->round->now, true);
	start->rows = campaign_permit_rows(start->round, start->campaigns, start->actions,
									   start->recipients, start->n_actions);
	campaign_template_texts_find(start->round->workspace, start->campaigns, start->actions,
								 start->recipients, start->n_actions);
	start->states =
		campaign_permit_states(start->round, start->campaigns, start->actions, start->recipients,
							   start->rows, accounts, start->n_actions);
	campaign_letter_gather(&start->letters, start->round, start->campaigns, start->actions,
						   accounts, start->n_actions);
}

static void
hold(Start *start, const SettledAction *settled, const QueuedAction *action, const char *reason,
	 const char *detail)
{
	Jsonb *json =
		campaign_events_detail((const char *[]){"reason", reason, "detail", detail, NULL});
	ActionChange *change = campaign_settlement_change(&start->settlement, action->id, "held",
													  reason, action->attempt, action->maybe_sent);

	change->outcome = json;
	campaign_settlement_note(&start->settlement, settled, "action_held", "held", json);
}

/* The gateway honours keys, and still knows that of the action. */
static bool
knows_key(const QueuedAction *action, const ReadyLane *lane)
{
	return lane->idempotent &&
		   (lane->keys_since == DT_NOEND || action->key_since > lane->keys_since);
}

/* What may have got through is repeated only under such a key. An adapter knows better what it repeats. */
static bool
may_double(const QueuedAction *action, const ReadyLane *lane)
{
	return action->maybe_sent && lane->adapter == NULL && !knows_key(action, lane);
}

/* A second attempt of what may have got through already is no other contact. */
static bool
reaches(const QueuedAction *action, const ReadyLane *lane)
{
	return lane->reaches && !action->maybe_sent;
}

/* A campaign that is just being changed is not started from. */
static bool
may_be_counted(const Start *start, int64 id)
{
	CompiledCampaign *campaign = campaign_compiled_find(start->campaigns, id);

	return campaign != NULL && campaign->row->counts_contacts;
}

static void
look_at_frequency(Start *start)
{
	int64 *campaigns = palloc(start->n_actions * sizeof(int64));
	char **persons = palloc(start->n_actions * sizeof(char *));
	int n = 0;
	int i;

	for (i = 0; i < start->n_actions; i++)
	{
		const QueuedAction *action = &start->actions[i];

		if (!start->recipients[i].locked || start->recipients[i].person == NULL ||
			!may_be_counted(start, action->campaign) ||
			!reaches(action, campaign_allotment_lane(&start->allotment, action->lane)))
			continue;
		campaigns[n] = action->campaign;
		persons[n++] = start->recipients[i].person;
	}
	campaign_frequency_check_open(&start->frequency, start->round, campaigns, persons, n);
}

/* Only where something costs any: they are locked then. */
static void
look_at_credits(Start *start)
{
	int i;

	for (i = 0; i < start->n_actions; i++)
		if (campaign_allotment_lane(&start->allotment, start->actions[i].lane)->credits > 0)
			break;
	if (i < start->n_actions)
		start->counts_credits = campaign_credits_lock(start->round->workspace, &start->credits);
}

/* What the start costs: nothing again if an earlier one, that was paid for, may have got through. */
static int
cost_of(const Start *start, const QueuedAction *action, const ReadyLane *lane)
{
	return start->counts_credits && !action->maybe_sent ? lane->credits : 0;
}

static void
spend(Start *start, const QueuedAction *action, int cost)
{
	if (cost == 0)
		return;
	start->credits -= cost;
	start->spent[start->n_spent++] = (CreditBooking){action->id, -cost};
}

/* True if the person was contacted too recently: the action waits until it may. */
static bool
put_off(Start *start, const QueuedAction *action, const char *person)
{
	TimestampTz now = start->round->now;
	TimestampTz at = campaign_frequency_check_earliest(&start->frequency, action->campaign, person);
	ActionChange *change;

	if (at <= now)
		return false;
	change = campaign_settlement_change(&start->settlement, action->id, "queued",
										at == DT_NOEND ? NULL : "frequency", action->attempt,
										action->maybe_sent);
	change->not_before = at == DT_NOEND ? now + POSTPONE_USEC : at;
	return true;
}

/* What the lane's adapter makes of the content, if it has one; false = the action is held. */
static bool
make_request(Start *start, const SettledAction *settled, const ContentSources *sources,
			 Jsonb *content, Jsonb **request)
{
	const QueuedAction *action = sources->action;
	AdapterFault fault;

	*request = NULL;
	if (sources->lane->adapter == NULL)
		return true;
	*request =
		campaign_adapter_starts_request(&start->adapters, (int) (action - start->actions), sources,
										content, knows_key(action, sources->lane), &fault);
	if (*request == NULL)
		hold(start, settled, action, fault.reason, fault.detail);
	return *request != NULL;
}

/* It is looked at again as soon as there is a place. */
static void
leave_queued(Start *start, const QueuedAction *action)
{
	campaign_settlement_change(&start->settlement, action->id, "queued", NULL, action->attempt,
							   action->maybe_sent)
		->not_before = start->round->now;
}

/* Finds the place of the request; false = there is none, and the action stays queued. */
static bool
board(Start *start, const QueuedAction *action, const ReadyLane *lane, StartRequest *by)
{
	AdapterBatch *batch = NULL;

	/* each action of such a lane was taken with a place */
	if (by->request == NULL || lane->batch <= 1)
		return true;
	if (!campaign_adapter_starts_board(&start->adapters, (int) (action - start->actions), lane->id,
									   by->request, &start->allotment, &batch, &by->rides))
	{
		leave_queued(start, action);
		return false;
	}
	by->batch = batch;
	return true;
}

/* True if it was started, and so counts against the quota. */
static bool
start_action(Start *start, const SettledAction *settled, const QueuedAction *action,
			 const ReadyLane *lane, const Recipient *recipient, const CompiledCampaign *campaign,
			 const LetterFrame *letter)
{
	ContentSources sources = {.campaign = campaign,
							  .action = action,
							  .lane = lane,
							  .recipient = recipient,
							  .key = action->key,
							  .letter = letter,
							  .workspace = start->round->workspace,
							  .now = start->round->now};
	Jsonb *content = action->content;
	StartRequest by = {0};
	int cost = cost_of(start, action, lane);
	char *missing;

	if (sources.key == NULL)
		sources.key = campaign_content_key(start->instance, action->enrollment, action->step,
										   action->occurrence);
	if (may_double(action, lane))
	{
		hold(start, settled, action, "unknown_outcome",
			 "it may have been accepted, and the gateway does not know the key any more");
		return false;
	}
	if (content == NULL)
		content = campaign_content_render(&sources, &missing);
	if (content == NULL)
	{
		hold(start, settled, action, "missing_variable", missing);
		return false;
	}
	if (!make_request(start, settled, &sources, content, &by.request))
		return false;
	if (reaches(action, lane) && put_off(start, action, recipient->person))
		return false;
	if (cost > start->credits && cost > 0)
	{
		hold(start, settled, action, "no_credit",
			 psprintf("it costs %d, and " INT64_FORMAT " are left", cost, start->credits));
		return false;
	}
	if (!board(start, action, lane, &by))
		return false;
	spend(start, action, cost);
	if (reaches(action, lane))
		campaign_frequency_check_note(&start->frequency, recipient->person);
	if (action->content == NULL && campaign_content_drops_note(&sources))
		campaign_settlement_note(
			&start->settlement, settled, "note_left_out", NULL,
			campaign_events_detail((const char *[]){"account", lane->address, NULL}));
	if (letter != NULL)
		campaign_letter_note(&start->letters, action, lane->account, content);
	campaign_starts_forms_carry(&start->forms, settled, action, lane, recipient->person,
								sources.key, content, &by);
	if (by.request != NULL)
		campaign_adapter_starts_note(&start->adapters, (int) (action - start->actions));
	return true;
}

/* Does what the permit says; true if the action was started. */
static bool
carry_out(Start *start, const Permit *permit, int i)
{
	const QueuedAction *action = &start->actions[i];
	const Recipient *recipient = &start->recipients[i];
	CompiledCampaign *campaign = campaign_compiled_find(start->campaigns, action->campaign);
	SettledAction settled = {action->id,
							 action->campaign,
							 action->prospect,
							 action->enrollment,
							 action->step,
							 recipient->person,
							 campaign == NULL ? 0 : campaign->day};
	ActionChange *change;

	switch (permit->kind)
	{
		case PERMIT_START:
			return start_action(start, &settled, action,
								campaign_allotment_lane(&start->allotment, action->lane), recipient,
								campaign, campaign_letter_frame(&start->letters, i));
		case PERMIT_POSTPONE:
			change = campaign_settlement_change(&start->settlement, action->id, "queued", NULL,
												action->attempt, action->maybe_sent);
			change->not_before = start->round->now + POSTPONE_USEC;
			return false;
		case PERMIT_WAIT:
			change = campaign_settlement_change(&start->settlement, action->id, "queued",
												permit->code, action->attempt, action->maybe_sent);
			change->not_before = permit->until;
			if (campaign->open_at > start->round->now)
				campaign_closing_note(&start->closing, action->lane, campaign);
			return false;
		case PERMIT_LEAVE:
			/* the scheduler takes the run out, and with it this action, which waits for that */
			change = campaign_settlement_change(&start->settlement, action->id, "queued", NULL,
												action->attempt, action->maybe_sent);
			change->not_before = start->round->now + POSTPONE_USEC;
			campaign_settlement_report(&start->settlement, &settled, "refused", permit->code,
									   start->round->now);
			return false;
		case PERMIT_WITHDRAW:
			campaign_settlement_change(&start->settlement, action->id, "withdrawn", NULL,
									   action->attempt, action->maybe_sent);
			campaign_settlement_note(
				&start->settlement, &settled, "action_withdrawn", NULL,
				campaign_events_detail((const char *[]){"reason", "paused", NULL}));
			return false;
		case PERMIT_CANCEL:
			change = campaign_settlement_change(&start->settlement, action->id, "cancelled",
												permit->code, action->attempt, action->maybe_sent);
			change->finished_at = start->round->now;
			campaign_settlement_note(
				&start->settlement, &settled, "action_withdrawn", NULL,
				campaign_events_detail((const char *[]){"reason", permit->code, NULL}));
			return false;
		case PERMIT_SKIP:
			change = campaign_settlement_change(&start->settlement, action->id, "skipped",
												permit->code, action->attempt, action->maybe_sent);
			change->finished_at = start->round->now;
			campaign_settlement_note(&start->settlement, &settled, "action_skipped", "skipped",
									 NULL);
			campaign_settlement_report(&start->settlement, &settled, "skipped", permit->code,
									   start->round->now);
			return false;
		case PERMIT_REFUSE:
			change = campaign_settlement_change(&start->settlement, action->id, "failed",
												permit->code, action->attempt, action->maybe_sent);
			change->finished_at = start->round->now;
			campaign_settlement_note(
				&start->settlement, &settled, "action_failed",
				campaign_bucket_refused(permit->code, recipient->invited),
				campaign_events_detail((const char *[]){"code", permit->code, NULL}));
			campaign_settlement_report(&start->settlement, &settled, "refused", permit->code,
									   start->round->now);
			return false;
	}
	return false;
}

static void
start_actions(Start *start)
{
	int i;

	campaign_settlement_open(&start->settlement, start->round, start->n_actions);
	campaign_starts_forms_open(&start->forms, &start->settlement, start->lease, start->n_actions);
	start->spent = palloc(start->n_actions * sizeof(CreditBooking));
	campaign_closing_open(&start->closing, start->n_actions);
	for (i = 0; i < start->n_actions; i++)
	{
		const QueuedAction *action = &start->actions[i];
		Permit permit =
			campaign_permit_of(&start->recipients[i], action,
							   campaign_compiled_find(start->campaigns, action->campaign),
							   &start->rows[i], start->states[i], start->round->now);

		if (permit.kind == PERMIT_START &&
			reaches(action, campaign_allotment_lane(&start->allotment, action->lane)))
			permit = campaign_permit_present(&start->recipients[i], start->round->now);
		if (permit.kind == PERMIT_START &&
			reaches(action, campaign_allotment_lane(&start->allotment, action->lane)))
			permit = campaign_solicitation_permit(
				&start->solicitation, i, campaign_compiled_find(start->campaigns, action->campaign),
				start->recipients[i].person);

		if (carry_out(start, &permit, i) && !action->debited)
			campaign_allotment_debit(&start->allotment, action->lane);
	}
	campaign_letter_write(&start->letters);
	campaign_adapter_starts_write(&start->adapters);
	campaign_starts_forms_write_kept(&start->forms);
	campaign_credits_book(start->round->workspace, start->spent, start->n_spent, "spent",
						  start->round->now);
	campaign_frequency_check_close(&start->frequency);
	campaign_starts_forms_write_sent(&start->forms, start->incarnation);
	campaign_settlement_write(&start->settlement);
	campaign_closing_write(&start->closing, start->round);
	campaign_starts_forms_write_lent(&start->forms);
}

void
campaign_starts_round(const Round *round, int64 incarnation, bool network, const Lease *lease,
					  const StartPlaces *places, Started *started)
{
	Start start = {.round = round, .incarnation = incarnation, .lease = lease};

	memset(started, 0, sizeof(*started));
	if (campaign_allotment_open(&start.allotment, round, LANES_MAX, network, lease, places) == 0)
		return;
	start.n_actions = campaign_allotment_take(&start.allotment, &start.actions);
	if (start.n_actions > 0)
	{
		started->suspect = start.actions[0].id;
		CAMPAIGN_FAULT("start.claimed");
		look_at_credits(&start);
		look_at_recipients(&start);
		look_at_frequency(&start);
		/* its row has what links are signed with, and is made when it is first asked for */
		start.instance = campaign_instance_uuid();
		campaign_adapter_starts_open(&start.adapters, round, &start.allotment, start.actions,
									 start.n_actions);
		campaign_solicitation_open(&start.solicitation, round, start.campaigns, start.actions,
								   start.n_actions);
		CAMPAIGN_FAULT("start.checked");
		start_actions(&start);
		CAMPAIGN_FAULT("start.written");
	}
	campaign_allotment_close(&start.allotment);
	if (start.n_actions > 0)
		CAMPAIGN_FAULT("start.debited");
	started->items = start.forms.started;
	started->n = start.forms.n_started;
	started->touched = start.n_actions;
}
