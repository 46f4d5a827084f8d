/*
 * rehearse_approval.c
 *		What the owner of a campaign has to approve in a rehearsal, and is taken to say of it.
 */
#include "engine/rehearse_approval.h"

#include "store/zone.h"

void
campaign_rehearse_approval_open(Rehearsal *rehearsal)
{
	campaign_validation_open(&rehearsal->validation, &rehearsal->people.runs);
}

bool
campaign_rehearse_approval_needed(Rehearsal *rehearsal, const Figure *figure, int step)
{
	MemoryContext before = MemoryContextSwitchTo(rehearsal->life);
	bool needed = campaign_validation_needed(&rehearsal->validation, figure->run, step);

	MemoryContextSwitchTo(before);
	return needed &&
		   !(figure->approved && figure->run->campaign->row->approval == CAMPAIGN_APPROVES_FIRST);
}

void
campaign_rehearse_approval_expect(Rehearsal *rehearsal, Figure *figure)
{
	TimestampTz lapses_at =
		campaign_validation_lapses_at(figure->run->campaign, figure->action.put_up_at);
	bool decided = campaign_rehearse_answers_put_up(&rehearsal->answers, figure, lapses_at,
													rehearsal->round.now);

	if (!decided && lapses_at == DT_NOEND)
		campaign_rehearse_ledger_tell(rehearsal, figure, figure->action.step, "held",
									  "awaiting_approval", NULL);
}

/* In a campaign with cohorts it is the next slot of a later day than that on which it was put up (S1.5). */
static TimestampTz
sent_from(const Figure *figure, TimestampTz now)
{
	const CampaignRow *row = figure->run->campaign->row;
	TimestampTz earliest;
	HoursSlot slot;
	Zone zone;

	if (row->cohort_size < 0)
		return now;
	zone = campaign_zone_named(row->time_zone);
	earliest = campaign_calendar_window(zone, CALENDAR_DAY, figure->action.put_up_at).end;
	earliest = Max(earliest, now);
	slot = campaign_hours_next_slot(zone, row->slots, row->n_slots, earliest - 1);
	return slot.starts == INSTANT_NEVER ? earliest : slot.starts;
}

void
campaign_rehearse_approval_decide(Rehearsal *rehearsal, Figure *figure, const char *decision)
{
	ImaginedAction *action = &figure->action;
	const char *code = strcmp(decision, ANSWER_BLOCKED) == 0 ? "blocked_by_owner" : "not_approved";

	if (action->id == 0 || !action->awaits)
		return;
	if (strcmp(decision, ANSWER_LAPSED) != 0)
		campaign_rehearse_ledger_tell(rehearsal, figure, action->step, "decided", decision, NULL);
	if (strcmp(decision, ANSWER_APPROVED) == 0)
	{
		figure->approved = true;
		action->awaits = false;
		action->not_before = sent_from(figure, rehearsal->round.now);
		if (campaign_runs_moves(figure->run))
			campaign_rehearse_lanes_put(&rehearsal->lanes, figure);
		return;
	}
	campaign_machine_leave(&figure->run->machine, END_END, code,
						   campaign_rehearse_ledger_empty(rehearsal));
	campaign_rehearse_ledger_apply(rehearsal, figure);
}
