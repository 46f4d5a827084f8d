/*
 * permit.c
 *		Whether an action that was taken from its queue may start.
 *
 * The questions are asked in order of what they protect: first that nothing is in flux, then that the
 * action is wanted at all, then the person's own stops, then the campaign's conditions.
 */
#include "engine/permit.h"

#include "engine/document.h"
#include "engine/letter.h"
#include "engine/opening.h"
#include "store/settings.h"

static MachineStates
states_of(const Recipient *recipient)
{
	MachineStates states = 0;

	if (recipient->relation == RELATION_CONNECTED)
		states |= GRAPH_STATE_CONNECTED;
	else if (recipient->relation == RELATION_PENDING)
		states |= GRAPH_STATE_PENDING;
	else
		states |= GRAPH_STATE_NOT_CONNECTED;
	if (recipient->has_email && campaign_letter_address(recipient) != NULL)
		states |= GRAPH_STATE_HAS_EMAIL;
	if (recipient->suppressed)
		states |= GRAPH_STATE_SUPPRESSED;
	return states;
}

/*
 * A second attempt of an action that may have got through already is not asked about relations: its
 * own first attempt may be what changed them.
 */
static const char *
refusal_of(GraphRequirement requires, MachineStates states, const QueuedAction *action)
{
	if (action->maybe_sent)
		return NULL;
	return campaign_machine_refusal(requires, states);
}

/* What is sent beside the run may be of another kind than the step where that stands. */
static GraphRequirement
requirement_of(const Recipient *recipient, const GraphStep *step)
{
	return recipient->beside ? recipient->requires : step->requires;
}

/* True if conditions decide about the action: nothing else forbids it already. */
static bool
is_open(const Recipient *recipient, const CompiledCampaign *campaign)
{
	return recipient->locked && recipient->wanted && !recipient->gone && campaign != NULL &&
		   campaign->row->live;
}

SourceRow *
campaign_permit_rows(const Round *round, CompiledCampaigns *campaigns, const QueuedAction *actions,
					 Recipient *recipients, int n)
{
	const CampaignRow **asked = palloc0(Max(n, 1) * sizeof(CampaignRow *));
	int64 *prospects = palloc(Max(n, 1) * sizeof(int64));
	SourceRow *rows;
	int i;

	for (i = 0; i < n; i++)
	{
		const CompiledCampaign *campaign = campaign_compiled_find(campaigns, actions[i].campaign);

		prospects[i] = actions[i].prospect;
		if (is_open(&recipients[i], campaign))
			asked[i] = campaign->row;
	}
	rows = campaign_source_rows_read(round, asked, prospects, n);
	for (i = 0; i < n; i++)
		recipients[i].row = rows[i].row;
	return rows;
}

MachineStates *
campaign_permit_states(const Round *round, CompiledCampaigns *campaigns,
					   const QueuedAction *actions, const Recipient *recipients,
					   const SourceRow *rows, const int64 *accounts, int n)
{
	MachineStates *states = palloc(Max(n, 1) * sizeof(MachineStates));
	Documents documents;
	int i;

	campaign_document_open(&documents, round, n);
	for (i = 0; i < n; i++)
	{
		const CompiledCampaign *campaign = campaign_compiled_find(campaigns, actions[i].campaign);
		DocumentKey key = {.campaign = actions[i].campaign,
						   .prospect = actions[i].prospect,
						   .enrollment = actions[i].enrollment,
						   .account = accounts[i],
						   .relation = recipients[i].relation,
						   .row = rows[i].row,
						   .imagined = recipients[i].imagined};

		states[i] = states_of(&recipients[i]);
		if (!is_open(&recipients[i], campaign) || rows[i].fault != NULL)
			continue;
		key.step = campaign->graph->steps[actions[i].step].name;
		campaign_document_add(&documents, campaign, &key, states[i], recipients[i].facts,
							  campaign_graph_paths_sending(campaign->graph, actions[i].step),
							  &states[i]);
	}
	campaign_document_ask(&documents);
	return states;
}

/* What may have got through already is seen to its end, however late it is. */
static bool
too_late(const QueuedAction *action, const CompiledCampaign *campaign, TimestampTz now)
{
	Instant allowed = campaign->definition->steps[action->step].max_lateness;

	return allowed > 0 && !action->maybe_sent && now - action->queued_at > allowed;
}

/* Nobody reports that hold_if does not hold any more, or that a report is not held any more. */
static TimestampTz
next_look(TimestampTz now)
{
	return now + campaign_settings.recheck * USECS_PER_SEC;
}

/*
 * Whether he still is of those whom the campaign is about: an invoice that was paid a second ago is not
 * dunned (B2, S3.10). Who was brought by hand from elsewhere is not asked.
 */
static bool
is_ruled_out(const CompiledCampaign *campaign, const SourceRow *row, TimestampTz now,
			 Permit *permit)
{
	const CampaignRow *settings = campaign->row;

	if (row->fault != NULL)
		*permit = (Permit){PERMIT_WAIT, row->fault, campaign_source_rows_retry(now)};
	else if (!row->governed || row->matches)
		return false;
	else if (settings->exits_unmatched)
		*permit = (Permit){PERMIT_LEAVE, "unmatched", 0};
	else if (settings->holds_unmatched && row->of_source)
		*permit = (Permit){PERMIT_WAIT, "unmatched", next_look(now)};
	else
		return false;
	return true;
}

Permit
campaign_permit_of(const Recipient *recipient, const QueuedAction *action,
				   const CompiledCampaign *campaign, const SourceRow *row, MachineStates states,
				   TimestampTz now)
{
	const Graph *graph;
	const GraphStep *step;
	const char *code;
	const char *closed;
	TimestampTz open_at;
	Permit permit;

	if (!recipient->gone && recipient->report_held)
		return (Permit){PERMIT_WAIT, "held_report", next_look(now)};
	if (!recipient->gone && (!recipient->locked || recipient->reported))
		return (Permit){PERMIT_POSTPONE, NULL, 0};
	if (campaign == NULL)
		return (Permit){PERMIT_POSTPONE, NULL, 0};
	if (!recipient->wanted || campaign->row->ended)
		return (Permit){PERMIT_CANCEL, "not_wanted", 0};
	if (!campaign->row->live || recipient->paused)
		return (Permit){PERMIT_WITHDRAW, NULL, 0};
	if (recipient->gone)
		return (Permit){PERMIT_REFUSE, "removed", 0};
	if (recipient->suppressed)
		return (Permit){PERMIT_REFUSE, "suppressed", 0};
	/* nobody is written to by it */
	if (recipient->at_once)
		return (Permit){PERMIT_START, NULL, 0};
	graph = campaign->graph;
	step = &graph->steps[action->step];
	/* what is sent beside the run does not take it out */
	code = recipient->beside ? NULL : campaign_machine_exit(graph, states, recipient->facts);
	if (code != NULL)
		return (Permit){PERMIT_LEAVE, code, 0};
	if (is_ruled_out(campaign, row, now, &permit))
		return permit;
	open_at = campaign_opening_at(campaign, recipient, now, &closed);
	if (open_at > now)
		return (Permit){PERMIT_WAIT, closed, open_at};
	if (campaign_machine_on_hold(graph, states, recipient->facts))
		return (Permit){PERMIT_WAIT, "hold_if", next_look(now)};
	code = refusal_of(requirement_of(recipient, step), states, action);
	if (code != NULL)
		return (Permit){PERMIT_REFUSE, code, 0};
	/* what nobody wrote into the sequence has no conditions of its own */
	if (recipient->beside && !step->aside)
		return (Permit){PERMIT_START, NULL, 0};
	if (!campaign_graph_holds(step->condition, states, recipient->facts))
		return (Permit){PERMIT_SKIP, "condition_false", 0};
	if (too_late(action, campaign, now))
		return (Permit){PERMIT_SKIP, "too_late", 0};
	return (Permit){PERMIT_START, NULL, 0};
}

Permit
campaign_permit_present(const Recipient *recipient, TimestampTz now)
{
	if (recipient->away_until != DT_NOEND && recipient->away_until > now)
		return (Permit){PERMIT_WAIT, "away", recipient->away_until};
	return (Permit){PERMIT_START, NULL, 0};
}
