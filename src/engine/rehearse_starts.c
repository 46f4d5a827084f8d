/*
 * rehearse_starts.c
 *		What leaves in a rehearsal.
 */
#include "engine/rehearse_starts.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "engine/content.h"
#include "engine/letter.h"
#include "engine/permit.h"
#include "engine/run_prospects.h"
#include "engine/template_texts.h"
#include "store/credits.h"

/* The actions of one pass, side by side. */
typedef struct Batch
{
	Figure **figures;
	QueuedAction *actions;
	Recipient *recipients;
	int64 *accounts;
	SourceRow *rows;
	MachineStates *states;
	Letters letters;
	int n;
} Batch;

/* ---- what is read once -------------------------------------------------------------- */

static void
read_contacts(Rehearsal *rehearsal)
{
	People *people = &rehearsal->people;
	char **persons = palloc(people->n * sizeof(char *));
	PersonContacts *all = palloc0(people->n * sizeof(PersonContacts));
	PersonContacts *stored;
	int n_stored;
	int n = 0;
	int i;

	for (i = 0; i < people->n; i++)
	{
		Figure *figure = people->by_person[i];
		char *person = figure->run->row->person;

		if (i == 0 || strcmp(person, persons[n - 1]) != 0)
		{
			all[n].person = person;
			persons[n++] = person;
		}
		figure->contacts = &all[n - 1];
	}
	n_stored = campaign_contacts_read(rehearsal->round.workspace, persons, n, &stored);
	for (i = 0; i < n_stored; i++)
	{
		int at = campaign_rehearse_people_person(people, stored[i].person);

		if (at < people->n)
			*people->by_person[at]->contacts = stored[i];
	}
	pfree(stored);
	pfree(persons);
}

void
campaign_rehearse_starts_open(Rehearsal *rehearsal)
{
	int64 campaign = rehearsal->request->campaign;
	CampaignRule *rules;
	int n_rules;

	rehearsal->counts_credits =
		campaign_credits_read(rehearsal->round.workspace, &rehearsal->credits);
	if (rehearsal->people.n > 0 &&
		campaign_contacts_rules(rehearsal->round.workspace, &campaign, 1, &rules, &n_rules))
	{
		rehearsal->frequency = rules[0].rule;
		read_contacts(rehearsal);
	}
}

/* ---- looking at the recipients -------------------------------------------------------- */

static QueuedAction
queued_action(const Figure *figure)
{
	const ImaginedAction *action = &figure->action;
	const Enrollment *row = figure->run->row;

	return (QueuedAction){.lane = action->lane,
						  .campaign = row->campaign,
						  .prospect = row->prospect,
						  .enrollment = row->id,
						  .step = action->step,
						  .occurrence = action->lap,
						  .queued_at = action->queued_at,
						  .not_before = action->not_before,
						  .key_since = DT_NOEND,
						  .content = action->content};
}

/* Columns of prospects are needed for texts, for where they are, and for what paths say of them. */
static bool
reads_prospects(const Rehearsal *rehearsal)
{
	const CompiledCampaign *campaign = rehearsal->people.runs.items[0].campaign;

	return rehearsal->request->contents || campaign->row->has_quiet_hours ||
		   campaign->definition->n_paths > 0;
}

/* What has happened in the rehearsal stands before what is stored. */
static void
imagine(const Rehearsal *rehearsal, const Figure *figure, int64 account, Recipient *recipient)
{
	const Run *run = figure->run;

	recipient->locked = true;
	recipient->wanted = true;
	recipient->paused = false;
	recipient->reported = false;
	recipient->report_held = false;
	recipient->facts = run->machine.events;
	recipient->relation =
		campaign_run_prospects_relation(&rehearsal->people.runs, run->row->prospect, account);
	recipient->suppressed = (run->states & GRAPH_STATE_SUPPRESSED) != 0;
	recipient->has_email = (run->states & GRAPH_STATE_HAS_EMAIL) != 0;
	recipient->person = run->row->person;
	if (run->imagined != NULL)
		campaign_recipients_imagine(recipient, run->imagined->columns);
	recipient->imagined = figure->attributes;
	if (figure->attributes != NULL && recipient->attributes != NULL)
		recipient->attributes =
			DatumGetJsonbP(DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(recipient->attributes),
											   JsonbPGetDatum(figure->attributes)));
}

static void
look_at_recipients(Rehearsal *rehearsal, Batch *batch)
{
	RecipientKey *keys = palloc0(batch->n * sizeof(RecipientKey));
	int i;

	batch->actions = palloc(batch->n * sizeof(QueuedAction));
	batch->recipients = palloc0(batch->n * sizeof(Recipient));
	batch->accounts = palloc(batch->n * sizeof(int64));
	for (i = 0; i < batch->n; i++)
	{
		batch->actions[i] = queued_action(batch->figures[i]);
		batch->accounts[i] = rehearsal->lanes.items[batch->figures[i]->action.lane].ready.account;
		keys[i].enrollment = batch->actions[i].enrollment;
		keys[i].prospect = batch->actions[i].prospect;
		keys[i].account = batch->accounts[i];
	}
	if (reads_prospects(rehearsal))
		campaign_recipients_read(rehearsal->round.workspace, keys, batch->n, batch->recipients);
	for (i = 0; i < batch->n; i++)
		imagine(rehearsal, batch->figures[i], batch->accounts[i], &batch->recipients[i]);
	campaign_template_texts_find(rehearsal->round.workspace, rehearsal->people.runs.campaigns,
								 batch->actions, batch->recipients, batch->n);
	batch->rows = campaign_permit_rows(&rehearsal->round, rehearsal->people.runs.campaigns,
									   batch->actions, batch->recipients, batch->n);
	batch->states =
		campaign_permit_states(&rehearsal->round, rehearsal->people.runs.campaigns, batch->actions,
							   batch->recipients, batch->rows, batch->accounts, batch->n);
	if (rehearsal->request->contents)
		campaign_letter_gather(&batch->letters, &rehearsal->round, rehearsal->people.runs.campaigns,
							   batch->actions, batch->accounts, batch->n);
}

/* ---- starting --------------------------------------------------------------------------- */

/* True if the person was contacted too recently: the action waits until it may. */
static bool
put_off(Rehearsal *rehearsal, Figure *figure)
{
	TimestampTz now = rehearsal->round.now;
	TimestampTz at;

	if (figure->contacts == NULL)
		return false;
	at = campaign_frequency_earliest(&rehearsal->frequency, figure->contacts->at,
									 figure->contacts->n, now);
	if (at <= now)
		return false;
	campaign_rehearse_lanes_put_off(&rehearsal->lanes, figure, at);
	return true;
}

/* The subject of the mail, which an answer in its thread has again. */
static void
note_subject(const Rehearsal *rehearsal, Figure *figure, Jsonb *content)
{
	Datum texts = DirectFunctionCall2(jsonb_object_field, JsonbPGetDatum(content),
									  CStringGetTextDatum("content"));
	JsonbValue subject;

	if (getKeyJsonValueFromContainer(&DatumGetJsonbP(texts)->root, "subject", strlen("subject"),
									 &subject) != NULL &&
		subject.type == jbvString)
		figure->subject = MemoryContextStrdup(
			rehearsal->life, pnstrdup(subject.val.string.val, subject.val.string.len));
}

/* The text, or a hole in it, which is told. */
static bool
render(const Rehearsal *rehearsal, const Batch *batch, int i, Jsonb **content)
{
	Figure *figure = batch->figures[i];
	ContentSources sources = {.campaign = figure->run->campaign,
							  .action = &batch->actions[i],
							  .lane = &rehearsal->lanes.items[figure->action.lane].ready,
							  .recipient = &batch->recipients[i],
							  .now = rehearsal->round.now};
	LetterFrame letter;
	char *missing;

	*content = figure->action.content;
	if (*content != NULL || !rehearsal->request->contents)
		return true;
	if (campaign_letter_frame(&batch->letters, i) != NULL)
	{
		letter = *campaign_letter_frame(&batch->letters, i);
		if (figure->subject != NULL)
			letter.subject = figure->subject;
		sources.letter = &letter;
	}
	*content = campaign_content_render(&sources, &missing);
	if (*content != NULL)
	{
		if (sources.letter != NULL)
			note_subject(rehearsal, figure, *content);
		return true;
	}
	campaign_rehearse_ledger_tell(rehearsal, figure, figure->action.step, "held",
								  psprintf("missing_variable %s", missing), NULL);
	return false;
}

/* The figure's action, which has been taken out of its queue, starts, if nothing keeps it still. */
static void
start(Rehearsal *rehearsal, const Batch *batch, int i)
{
	Figure *figure = batch->figures[i];
	const ReadyLane *lane = &rehearsal->lanes.items[figure->action.lane].ready;
	TimestampTz now = rehearsal->round.now;
	Jsonb *content;

	if (!render(rehearsal, batch, i, &content))
		return;
	if (lane->reaches && put_off(rehearsal, figure))
		return;
	if (rehearsal->counts_credits && lane->credits > 0 && lane->credits > rehearsal->credits)
	{
		campaign_rehearse_ledger_tell(rehearsal, figure, figure->action.step, "held", "no_credit",
									  NULL);
		return;
	}
	rehearsal->credits -= lane->credits;
	if (lane->reaches && figure->contacts != NULL)
		campaign_contacts_add(figure->contacts, now);
	campaign_rehearse_lanes_debit(&rehearsal->lanes, figure->action.lane, now);
	campaign_rehearse_ledger_tell(rehearsal, figure, figure->action.step, "executed", NULL,
								  content);
	campaign_rehearse_moves_report(rehearsal, figure, "complete", NULL);
	campaign_rehearse_answers_executed(&rehearsal->answers, figure, lane, figure->action.step,
									   figure->action.lap, now);
}

/* Not at this hour, or held back: until then, or, where nothing changes by itself, until it is let go. */
static void
wait_for(Rehearsal *rehearsal, Figure *figure, const Permit *permit)
{
	const CompiledCampaign *campaign = figure->run->campaign;
	bool by_hours = strcmp(permit->code, "slot") == 0 || strcmp(permit->code, "quiet_hours") == 0;
	TimestampTz until = by_hours || rehearsal->people.asks_time ? permit->until : DT_NOEND;

	figure->action.held_back = !by_hours;
	campaign_rehearse_lanes_put_off(&rehearsal->lanes, figure, until);
	if (campaign->open_at > rehearsal->round.now)
		campaign_rehearse_lanes_close(&rehearsal->lanes, figure->action.lane, rehearsal->round.now,
									  campaign->open_at);
}

static void
carry_out(Rehearsal *rehearsal, const Batch *batch, int i, const Permit *permit)
{
	Figure *figure = batch->figures[i];

	switch (permit->kind)
	{
		case PERMIT_START:
			start(rehearsal, batch, i);
			break;
		case PERMIT_WAIT:
			if (batch->rows[i].fault != NULL)
				campaign_rehearse_ledger_tell(rehearsal, figure, figure->action.step, "held",
											  permit->code, NULL);
			else
				wait_for(rehearsal, figure, permit);
			break;
		case PERMIT_SKIP:
			campaign_rehearse_ledger_tell(rehearsal, figure, figure->action.step, "skipped",
										  permit->code, NULL);
			campaign_rehearse_moves_report(rehearsal, figure, "skipped", permit->code);
			break;
		case PERMIT_REFUSE:
		case PERMIT_LEAVE:
			campaign_rehearse_ledger_tell(rehearsal, figure, figure->action.step, "refused",
										  permit->code, NULL);
			campaign_rehearse_moves_report(rehearsal, figure, "refused", permit->code);
			break;
		case PERMIT_POSTPONE:
		case PERMIT_WITHDRAW:
		case PERMIT_CANCEL:
			/* nobody else changes anything meanwhile */
			break;
	}
}

void
campaign_rehearse_starts_show(Rehearsal *rehearsal, Figure **figures, int n)
{
	Batch batch = {.figures = figures, .n = n};
	int i;

	if (n == 0 || !rehearsal->request->contents)
		return;
	look_at_recipients(rehearsal, &batch);
	for (i = 0; i < n; i++)
	{
		ImaginedAction *action = &figures[i]->action;
		Jsonb *content;

		action->awaits = render(rehearsal, &batch, i, &content);
		if (!action->awaits)
			continue;
		action->content = MemoryContextAlloc(rehearsal->life, VARSIZE(content));
		memcpy(action->content, content, VARSIZE(content));
	}
}

int
campaign_rehearse_starts(Rehearsal *rehearsal)
{
	Batch batch = {0};
	bool *looked = palloc(Max(rehearsal->lanes.n, 1) * sizeof(bool));
	int i;

	batch.figures = palloc(rehearsal->round.limit * sizeof(Figure *));
	batch.n =
		campaign_rehearse_lanes_take(&rehearsal->lanes, &rehearsal->round, batch.figures, looked);
	if (batch.n > 0)
		look_at_recipients(rehearsal, &batch);
	for (i = 0; i < batch.n; i++)
	{
		Permit permit = campaign_permit_of(&batch.recipients[i], &batch.actions[i],
										   batch.figures[i]->run->campaign, &batch.rows[i],
										   batch.states[i], rehearsal->round.now);

		carry_out(rehearsal, &batch, i, &permit);
	}
	campaign_rehearse_lanes_settle(&rehearsal->lanes, &rehearsal->round, looked);
	return batch.n;
}
