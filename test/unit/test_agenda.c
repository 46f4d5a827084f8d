/*
 * test_agenda.c
 *		Where an instant stands among slots: before, in, between; on the day of a launch; when clocks change.
 */
#include "core/agenda.h"
#include "unit.h"
#include "zones.h"

/* hours and minutes of a day */
#define TIME(hour, minute) ((hour) *INSTANT_HOUR + (minute) *INSTANT_MINUTE)

/* Monday 09:00 to 12:00 and 14:00 to 18:00, Friday to midnight */
static const WeeklySlot slots[] = {
	{5, TIME(22, 0), TIME(24, 0)}, {1, TIME(14, 0), TIME(18, 0)}, {1, TIME(9, 0), TIME(12, 0)}};

static const AgendaScope always = {INT64_MIN, false};

static void
test_week(void)
{
	TestZone test = berlin();
	Zone zone = zone_of(&test);
	Agenda agenda = campaign_agenda_at(zone, slots, 3, always, AT(2026, 7, 6, 7, 0) - 1);

	OK(!agenda.in_progress, "S1.11: a microsecond before it, no slot is in progress");
	IS(agenda.next_at, AT(2026, 7, 6, 7, 0), "and it is the next one");
	IS(agenda.began_at, AT(2026, 7, 3, 20, 0), "the last one was that of Friday");
	IS(agenda.day_starts, AT(2026, 7, 6, 7, 0), "the day begins with its first slot");
	IS(agenda.day_slots, 2, "S1.17: and has two");
	IS(agenda.day_left, 2, "neither of which has begun");

	agenda = campaign_agenda_at(zone, slots, 3, always, AT(2026, 7, 6, 7, 0));
	IS(agenda.day_left, 1, "of the slots of the day one is left");
	OK(agenda.in_progress, "S1.12: with its first instant it is in progress");
	IS(agenda.began_at, AT(2026, 7, 6, 7, 0), "and has begun");
	IS(agenda.next_at, AT(2026, 7, 6, 12, 0), "the next one is that of the afternoon");

	agenda = campaign_agenda_at(zone, slots, 3, always, AT(2026, 7, 6, 10, 0));
	OK(!agenda.in_progress, "it ends before its end");
	IS(agenda.began_at, AT(2026, 7, 6, 7, 0), "it is the last that has begun");

	agenda = campaign_agenda_at(zone, slots, 3, always, AT(2026, 7, 8, 10, 0));
	IS(agenda.day_slots, 0, "a day without slots has none");
	IS(agenda.day_starts, INSTANT_NEVER, "and no first one");
	IS(agenda.next_at, AT(2026, 7, 10, 20, 0), "the next one is on Friday");
	IS(agenda.began_at, AT(2026, 7, 6, 12, 0), "the last one was on Monday");

	agenda = campaign_agenda_at(zone, slots, 0, always, 5);
	OK(!agenda.in_progress && agenda.next_at == INSTANT_NEVER, "without slots there is nothing");
}

static void
test_scope(void)
{
	TestZone test = berlin();
	Zone zone = zone_of(&test);
	AgendaScope middle = {AT(2026, 7, 6, 8, 0), false};
	AgendaScope whole = {AT(2026, 7, 6, 8, 0), true};
	Agenda agenda = campaign_agenda_at(zone, slots, 3, middle, AT(2026, 7, 6, 7, 30));

	OK(!agenda.in_progress, "before the campaign begins no slot of it is in progress");
	IS(agenda.began_at, INSTANT_NEVER, "none has begun");
	IS(agenda.next_at, AT(2026, 7, 6, 8, 0), "it begins in the middle of one");
	agenda = campaign_agenda_at(zone, slots, 3, middle, AT(2026, 7, 6, 8, 0));
	OK(agenda.in_progress && agenda.began_at == AT(2026, 7, 6, 8, 0),
	   "and then that is in progress");
	agenda = campaign_agenda_at(zone, slots, 3, whole, AT(2026, 7, 6, 8, 0));
	OK(!agenda.in_progress, "cohorts wait for one that begins");
	IS(agenda.next_at, AT(2026, 7, 6, 12, 0), "which is the next");
	IS(agenda.day_slots, 1, "and the only one of the day that counts");
}

static void
test_changed_clocks(void)
{
	TestZone test = berlin();
	Zone zone = zone_of(&test);
	static const WeeklySlot in_gap[] = {{7, TIME(2, 15), TIME(2, 45)}};
	static const WeeklySlot twice[] = {{7, TIME(2, 0), TIME(2, 30)}};
	Agenda agenda = campaign_agenda_at(zone, in_gap, 1, always, AT(2026, 3, 29, 0, 30));

	IS(agenda.day_slots, 0, "a slot in the gap does not come that day");
	IS(agenda.next_at, AT(2026, 4, 5, 0, 15), "but a week later");
	agenda = campaign_agenda_at(zone, twice, 1, always, AT(2026, 10, 25, 1, 15));
	OK(!agenda.in_progress, "the hour that comes twice has its slots once");
	IS(agenda.began_at, AT(2026, 10, 25, 0, 0), "the first time");
}

int
main(void)
{
	test_week();
	test_scope();
	test_changed_clocks();
	return unit_done();
}
