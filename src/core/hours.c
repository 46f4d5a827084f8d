/*
 * hours.c
 *		When something may be sent.
 */
#include "core/hours.h"

/* A slot comes within a week and a day, and one that a gap has swallowed a week after that. */
#define DAYS_LOOKED_AT 17

/* The first instant, not before this one, in a slot of this local day; INSTANT_NEVER if there is none. */
static Instant
open_on_day(Zone zone, const WeeklySlot *slots, int n, Day day, Instant at)
{
	Instant first = INSTANT_NEVER;
	int weekday = campaign_calendar_weekday(day);
	int i;

	for (i = 0; i < n; i++)
	{
		Instant start;

		if (slots[i].weekday != weekday)
			continue;
		start = campaign_instant_later(campaign_calendar_instant(zone, day, slots[i].starts), at);
		if (start < first && start < campaign_calendar_instant(zone, day, slots[i].ends))
			first = start;
	}
	return first;
}

Instant
campaign_hours_open(Zone zone, const WeeklySlot *slots, int n, Instant at)
{
	/* where clocks are put back over midnight, a day is not over when the next one has begun */
	Day day = campaign_calendar_local_day(zone, at) - 1;
	Instant first = INSTANT_NEVER;
	int i;

	if (n == 0)
		return at;
	/* local times that follow each other stand for instants that do: the first day that has one wins */
	for (i = 0; i < DAYS_LOOKED_AT && first == INSTANT_NEVER; i++)
		first = open_on_day(zone, slots, n, day + i, at);
	return first;
}

/* The slot of this local day that begins first after this instant; of several at once, that which ends last. */
static HoursSlot
next_of_day(Zone zone, const WeeklySlot *slots, int n, Day day, Instant after)
{
	HoursSlot next = {INSTANT_NEVER, INSTANT_NEVER};
	int weekday = campaign_calendar_weekday(day);
	int i;

	for (i = 0; i < n; i++)
	{
		HoursSlot slot;

		if (slots[i].weekday != weekday)
			continue;
		slot.starts = campaign_calendar_instant(zone, day, slots[i].starts);
		slot.ends = campaign_calendar_instant(zone, day, slots[i].ends);
		if (slot.starts <= after || slot.starts >= slot.ends || slot.starts > next.starts)
			continue;
		if (slot.starts < next.starts || slot.ends > next.ends)
			next = slot;
	}
	return next;
}

HoursSlot
campaign_hours_next_slot(Zone zone, const WeeklySlot *slots, int n, Instant after)
{
	Day day = campaign_calendar_local_day(zone, after) - 1;
	HoursSlot next = {INSTANT_NEVER, INSTANT_NEVER};
	int i;

	for (i = 0; i < DAYS_LOOKED_AT && n > 0 && next.starts == INSTANT_NEVER; i++)
		next = next_of_day(zone, slots, n, day + i, after);
	return next;
}

Instant
campaign_hours_next_day(Zone zone, const WeeklySlot *slots, int n, Instant at)
{
	return campaign_hours_open(zone, slots, n,
							   campaign_calendar_window(zone, CALENDAR_DAY, at).end);
}

Instant
campaign_hours_loud(Zone zone, QuietHours quiet, Instant at)
{
	Day today = campaign_calendar_local_day(zone, at);
	int over_midnight = quiet.to <= quiet.from;
	Day day;

	for (day = today - 1; day <= today + 1; day++)
	{
		Instant end = campaign_calendar_instant(zone, day + over_midnight, quiet.to);

		if (at < end && at >= campaign_calendar_instant(zone, day, quiet.from))
			return end;
	}
	return at;
}
