/*
 * starts_forms.c
 *		The forms in which an action is started.
 */
#include "engine/starts_forms.h"

#include "store/leases.h"

void
campaign_starts_forms_open(StartForms *forms, Settlement *settlement, const Lease *lease, int max)
{
	memset(forms, 0, sizeof(*forms));
	forms->settlement = settlement;
	forms->lease = lease;
	forms->started = palloc(max * sizeof(StartedAction));
	forms->attempts = palloc(max * sizeof(BegunAttempt));
	forms->kept = palloc(max * sizeof(OutboxRow));
}

/* It was accepted the moment it was kept. */
static void
keep(StartForms *forms, const SettledAction *settled, const QueuedAction *action,
	 const ReadyLane *lane, const char *key, Jsonb *content)
{
	TimestampTz now = forms->settlement->round->now;
	OutboxRow *row = &forms->kept[forms->n_kept++];
	ActionChange *change = campaign_settlement_change(forms->settlement, action->id, "complete",
													  NULL, action->attempt + 1, false);

	change->started_at = now;
	change->executed_at = now;
	change->finished_at = now;
	change->key = key;
	change->content = content;
	row->channel = lane->channel;
	row->account = lane->account;
	row->action = action->id;
	row->prospect = action->prospect;
	row->kind = lane->kind;
	row->key = key;
	row->content = content;
	campaign_settlement_note(forms->settlement, settled, "action_executed", "executed", NULL);
	campaign_settlement_report(forms->settlement, settled, "complete", NULL, now);
}

/* It is under way once this transaction has committed. */
static void
begin(StartForms *forms, const QueuedAction *action, const ReadyLane *lane, const char *person,
	  const char *key, Jsonb *content)
{
	StartedAction *started = &forms->started[forms->n_started++];

	started->lane = lane;
	started->action = action->id;
	started->attempt = action->attempt + 1;
	started->person = person;
	started->key = key;
	started->content = content;
	started->request = NULL;
	started->batch = NULL;
	started->rides = false;
}

/* It leaves once this transaction has committed. */
static void
send(StartForms *forms, const QueuedAction *action, const ReadyLane *lane, const char *person,
	 const char *key, Jsonb *content, const StartRequest *by)
{
	StartedAction *started = &forms->started[forms->n_started];
	BegunAttempt *attempt = &forms->attempts[forms->n_started];

	attempt->action = action->id;
	attempt->key = key;
	attempt->content = action->content == NULL ? content : NULL;
	begin(forms, action, lane, person, key, content);
	started->request = by->request;
	started->batch = by->batch;
	started->rides = by->rides;
}

/* It is in the hands of whoever takes it, who is to report on it. */
static void
lend(StartForms *forms, const SettledAction *settled, const QueuedAction *action,
	 const ReadyLane *lane, const char *person, const char *key, Jsonb *content)
{
	ActionChange *change =
		campaign_settlement_change(forms->settlement, action->id, "processing", "leased",
								   action->attempt + 1, action->maybe_sent);

	change->started_at = forms->settlement->round->now;
	change->key = key;
	change->content = content;
	begin(forms, action, lane, person, key, content);
	campaign_settlement_note(forms->settlement, settled, "action_pending", NULL,
							 campaign_events_detail((const char *[]){
								 "attempt", psprintf("%d", action->attempt + 1), NULL}));
}

void
campaign_starts_forms_carry(StartForms *forms, const SettledAction *settled,
							const QueuedAction *action, const ReadyLane *lane, const char *person,
							const char *key, Jsonb *content, const StartRequest *by)
{
	if (forms->lease != NULL)
		lend(forms, settled, action, lane, person, key, content);
	else if (lane->network)
		send(forms, action, lane, person, key, content, by);
	else
		keep(forms, settled, action, lane, key, content);
}

void
campaign_starts_forms_write_kept(const StartForms *forms)
{
	const Round *round = forms->settlement->round;

	campaign_outbox_add(round->workspace, forms->kept, forms->n_kept, round->now);
}

void
campaign_starts_forms_write_sent(const StartForms *forms, int64 incarnation)
{
	const Round *round = forms->settlement->round;

	if (forms->lease == NULL)
		campaign_deliveries_begin(round->workspace, incarnation, round->now, forms->attempts,
								  forms->n_started);
}

void
campaign_starts_forms_write_lent(const StartForms *forms)
{
	int64 *ids;
	int i;

	if (forms->lease == NULL)
		return;
	ids = palloc(Max(forms->n_started, 1) * sizeof(int64));
	for (i = 0; i < forms->n_started; i++)
		ids[i] = forms->started[i].action;
	campaign_leases_begin(forms->settlement->round->workspace, ids, forms->n_started,
						  forms->lease->until);
}
