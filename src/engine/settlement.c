/*
 * settlement.c
 *		What a dispatcher's transaction writes about actions.
 */
#include "engine/settlement.h"

#include "store/wake.h"

void
campaign_settlement_open(Settlement *settlement, const Round *round, int max)
{
	memset(settlement, 0, sizeof(*settlement));
	settlement->round = round;
	settlement->max = Max(max, 1);
	settlement->changes = palloc(settlement->max * sizeof(ActionChange));
	/* an outcome of each, and a fact */
	settlement->reports = palloc0(2 * settlement->max * sizeof(InboxRow));
	campaign_events_init(&settlement->events, round->workspace, round->actor);
	campaign_counters_init(&settlement->counters, round->workspace);
}

ActionChange *
campaign_settlement_change(Settlement *settlement, int64 action, const char *state,
						   const char *reason, int attempt, bool maybe_sent)
{
	ActionChange *change;

	Assert(settlement->n_changes < settlement->max);
	change = &settlement->changes[settlement->n_changes++];
	memset(change, 0, sizeof(*change));
	change->id = action;
	change->state = state;
	change->reason = reason;
	change->attempt = attempt;
	change->maybe_sent = maybe_sent;
	change->not_before = DT_NOEND;
	change->started_at = DT_NOEND;
	change->executed_at = DT_NOEND;
	change->finished_at = DT_NOEND;
	return change;
}

void
campaign_settlement_note(Settlement *settlement, const SettledAction *action, const char *event,
						 const char *counter, Jsonb *detail)
{
	campaign_events_add(&settlement->events, event, action->campaign, action->prospect,
						action->enrollment, action->id, action->step, settlement->round->now, NULL,
						detail);
	if (counter != NULL)
		campaign_counters_add(&settlement->counters, action->campaign, action->step, action->day,
							  counter, 1);
}

void
campaign_settlement_report(Settlement *settlement, const SettledAction *action, const char *outcome,
						   const char *code, TimestampTz at)
{
	InboxRow *row;

	Assert(settlement->n_reports < 2 * settlement->max);
	row = &settlement->reports[settlement->n_reports++];
	row->kind = "outcome";
	row->person = action->person;
	row->prospect = action->prospect;
	row->enrollment = action->enrollment;
	row->action = action->id;
	row->outcome = outcome;
	row->code = code;
	row->occurred_at = at;
}

void
campaign_settlement_fact(Settlement *settlement, const SettledAction *action, const char *kind,
						 int64 account, TimestampTz at, Jsonb *detail)
{
	InboxRow *row;

	Assert(settlement->n_reports < 2 * settlement->max);
	row = &settlement->reports[settlement->n_reports++];
	row->kind = kind;
	row->person = action->person;
	row->prospect = action->prospect;
	row->action = action->id;
	row->account = account;
	row->occurred_at = at;
	row->detail = detail;
}

void
campaign_settlement_write(Settlement *settlement)
{
	int64 workspace = settlement->round->workspace;

	campaign_actions_change(workspace, settlement->changes, settlement->n_changes);
	campaign_inbox_add(workspace, settlement->reports, settlement->n_reports);
	campaign_events_write(&settlement->events);
	campaign_counters_write(&settlement->counters);
	if (settlement->n_changes > 0)
		campaign_wake_request(WAKE_SCHEDULER);
}
