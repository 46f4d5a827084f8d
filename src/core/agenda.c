/*
 * agenda.c
 *		Where an instant stands among weekly slots.
 */
#include "core/agenda.h"

/* A slot comes within a week and a day, and one that a gap has swallowed a week after that. */
#define DAYS_LOOKED_AT 17

/* What there is to be said about one slot of one day; false if it does not count, or not come, that day. */
static bool
occurrence(Zone zone, const WeeklySlot *slot, AgendaScope scope, Day day, Instant *starts,
		   Instant *ends)
{
	if (slot->weekday != campaign_calendar_weekday(day))
		return false;
	*starts = campaign_calendar_instant(zone, day, slot->starts);
	*ends = campaign_calendar_instant(zone, day, slot->ends);
	if (*starts >= *ends || *ends <= scope.since || (scope.whole && *starts < scope.since))
		return false;
	*starts = campaign_instant_later(*starts, scope.since);
	return true;
}

static void
look_at_day(Zone zone, const WeeklySlot *slots, int n, AgendaScope scope, Day day, Instant now,
			Agenda *agenda)
{
	int i;

	for (i = 0; i < n; i++)
	{
		Instant starts;
		Instant ends;

		if (!occurrence(zone, &slots[i], scope, day, &starts, &ends))
			continue;
		if (starts > now)
		{
			if (starts < agenda->next_at)
				agenda->next_at = starts;
			continue;
		}
		if (agenda->began_at == INSTANT_NEVER || starts > agenda->began_at)
			agenda->began_at = starts;
		agenda->in_progress |= now < ends;
	}
}

static void
count_day(Zone zone, const WeeklySlot *slots, int n, AgendaScope scope, Day day, Instant now,
		  Agenda *agenda)
{
	int i;

	for (i = 0; i < n; i++)
	{
		Instant starts;
		Instant ends;

		if (!occurrence(zone, &slots[i], scope, day, &starts, &ends))
			continue;
		agenda->day_slots++;
		agenda->day_left += starts > now;
		if (starts < agenda->day_starts)
			agenda->day_starts = starts;
	}
}

Agenda
campaign_agenda_at(Zone zone, const WeeklySlot *slots, int n, AgendaScope scope, Instant now)
{
	Agenda agenda = {false, INSTANT_NEVER, INSTANT_NEVER, INSTANT_NEVER, 0, 0};
	Day today = campaign_calendar_local_day(zone, now);
	Day day;

	if (n == 0)
		return agenda;
	count_day(zone, slots, n, scope, today, now, &agenda);
	/* where clocks are put back over midnight, a day is not over when the next one has begun */
	for (day = today - 1; day <= today + 1; day++)
		look_at_day(zone, slots, n, scope, day, now, &agenda);
	for (day = today + 2; day < today + DAYS_LOOKED_AT && agenda.next_at == INSTANT_NEVER; day++)
		look_at_day(zone, slots, n, scope, day, now, &agenda);
	for (day = today - 2; day > today - DAYS_LOOKED_AT && agenda.began_at == INSTANT_NEVER; day--)
		look_at_day(zone, slots, n, scope, day, now, &agenda);
	return agenda;
}
