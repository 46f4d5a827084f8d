/*
 * test_hours.c
 *		Weekly slots and quiet hours, on ordinary days and in the nights in which clocks are changed.
 */
#include "core/hours.h"
#include "unit.h"
#include "zones.h"

/* hours and minutes of a day */
#define TIME(hour, minute) ((hour) *INSTANT_HOUR + (minute) *INSTANT_MINUTE)

static void
test_slots(void)
{
	TestZone test = berlin();
	Zone zone = zone_of(&test);
	/* Monday 09:00 to 12:00 and 14:00 to 18:00, Friday to midnight, in any order */
	static const WeeklySlot slots[] = {
		{5, TIME(22, 0), TIME(24, 0)}, {1, TIME(14, 0), TIME(18, 0)}, {1, TIME(9, 0), TIME(12, 0)}};

	IS(campaign_hours_open(zone, NULL, 0, 5), 5, "without slots, at any hour");
	IS(campaign_hours_open(zone, slots, 3, AT(2026, 7, 6, 7, 0)), AT(2026, 7, 6, 7, 0),
	   "S1.8: a slot begins with its first instant, in the zone's time");
	IS(campaign_hours_open(zone, slots, 3, AT(2026, 7, 6, 7, 0) - 1), AT(2026, 7, 6, 7, 0),
	   "and not a microsecond earlier");
	IS(campaign_hours_open(zone, slots, 3, AT(2026, 7, 6, 10, 0) - 1), AT(2026, 7, 6, 10, 0) - 1,
	   "it is open to its last instant");
	IS(campaign_hours_open(zone, slots, 3, AT(2026, 7, 6, 10, 0)), AT(2026, 7, 6, 12, 0),
	   "the next one of the day follows");
	IS(campaign_hours_open(zone, slots, 3, AT(2026, 7, 6, 16, 0)), AT(2026, 7, 10, 20, 0),
	   "or that of a later day");
	IS(campaign_hours_open(zone, slots, 3, AT(2026, 7, 10, 22, 0) - 1), AT(2026, 7, 10, 22, 0) - 1,
	   "24:00 is the end of the day");
	IS(campaign_hours_open(zone, slots, 3, AT(2026, 7, 10, 22, 0)), AT(2026, 7, 13, 7, 0),
	   "and after it the week begins anew");
	IS(campaign_hours_open(zone, slots, 3, AT(2026, 12, 7, 3, 0)), AT(2026, 12, 7, 8, 0),
	   "S1.8: in winter at the same local time");
}

/* How many slots begin after one instant and not after another, each found from the one before. */
static int
slots_between(Zone zone, const WeeklySlot *slots, int n, Instant after, Instant upto)
{
	int found = 0;

	for (;;)
	{
		HoursSlot slot = campaign_hours_next_slot(zone, slots, n, after);

		if (slot.starts == INSTANT_NEVER || slot.starts > upto)
			return found;
		after = slot.starts;
		found++;
	}
}

static void
test_next_slot(void)
{
	TestZone test = berlin();
	Zone zone = zone_of(&test);
	static const WeeklySlot mornings[] = {{1, TIME(9, 0), TIME(12, 0)},
										  {3, TIME(0, 0), TIME(24, 0)}};
	static const WeeklySlot nights[] = {
		{7, TIME(2, 0), TIME(4, 0)}, {7, TIME(2, 30), TIME(5, 0)}, {7, TIME(2, 10), TIME(2, 50)}};
	HoursSlot slot = campaign_hours_next_slot(zone, mornings, 2, AT(2026, 7, 6, 7, 0) - 1);

	IS(slot.starts, AT(2026, 7, 6, 7, 0), "S1.4: the slot that begins next");
	IS(slot.ends, AT(2026, 7, 6, 10, 0), "and when it ends");
	slot = campaign_hours_next_slot(zone, mornings, 2, AT(2026, 7, 6, 7, 0));
	IS(slot.starts, AT(2026, 7, 7, 22, 0), "one that has begun is not the next one");
	IS(slot.ends, AT(2026, 7, 8, 22, 0), "24:00 is the end of the day");
	IS(campaign_hours_next_slot(zone, mornings, 0, 5).starts, INSTANT_NEVER,
	   "without slots there is none");
	IS(slots_between(zone, mornings, 2, AT(2026, 1, 1, 0, 0), AT(2026, 12, 31, 12, 0)), 104,
	   "S1.8: each slot comes once a week, through a year with its changes of clocks");
	slot = campaign_hours_next_slot(zone, nights, 3, AT(2026, 3, 28, 12, 0));
	IS(slot.starts, AT(2026, 3, 29, 1, 0), "one that begins in the gap begins after it");
	IS(slot.ends, AT(2026, 3, 29, 3, 0), "two that begin at once are one, to the later end");
	IS(slots_between(zone, nights, 3, AT(2026, 3, 28, 12, 0), AT(2026, 3, 29, 12, 0)), 1,
	   "and it comes once that night");
	IS(slots_between(zone, nights, 3, AT(2026, 10, 24, 12, 0), AT(2026, 10, 25, 12, 0)), 3,
	   "where local times come twice, each slot comes once");
}

static void
test_next_day(void)
{
	TestZone test = berlin();
	Zone zone = zone_of(&test);
	static const WeeklySlot mornings[] = {
		{1, TIME(9, 0), TIME(12, 0)}, {2, TIME(10, 0), TIME(12, 0)}, {5, TIME(0, 0), TIME(24, 0)}};

	IS(campaign_hours_next_day(zone, NULL, 0, AT(2026, 7, 6, 7, 0)), AT(2026, 7, 6, 22, 0),
	   "without slots, the next day begins at local midnight");
	IS(campaign_hours_next_day(zone, NULL, 0, AT(2026, 7, 6, 22, 0)), AT(2026, 7, 7, 22, 0),
	   "midnight belongs to the day that it begins");
	IS(campaign_hours_next_day(zone, mornings, 3, AT(2026, 7, 6, 1, 0)), AT(2026, 7, 7, 8, 0),
	   "S1.6: the first slot of the next local day, not one of the same");
	IS(campaign_hours_next_day(zone, mornings, 3, AT(2026, 7, 7, 1, 0)), AT(2026, 7, 9, 22, 0),
	   "a day without slots is passed over");
	IS(campaign_hours_next_day(zone, NULL, 0, AT(2026, 3, 28, 23, 30)), AT(2026, 3, 29, 22, 0),
	   "the short day ends after 23 hours");
	IS(campaign_hours_next_day(zone, NULL, 0, AT(2026, 10, 24, 22, 30)), AT(2026, 10, 25, 23, 0),
	   "the long one after 25");
}

static void
test_changed_clocks(void)
{
	TestZone test = berlin();
	Zone zone = zone_of(&test);
	TestZone no_friday = samoa();
	TestZone back_to_yesterday = st_johns();
	static const WeeklySlot in_gap[] = {{7, TIME(2, 15), TIME(2, 45)}};
	static const WeeklySlot from_gap[] = {{7, TIME(2, 30), TIME(4, 0)}};
	static const WeeklySlot into_gap[] = {{7, TIME(1, 0), TIME(2, 30)}};
	static const WeeklySlot friday[] = {{5, TIME(9, 0), TIME(17, 0)}};
	static const WeeklySlot first_hour[] = {{7, TIME(0, 0), TIME(1, 0)}};

	/* Sunday, 29 March: from 02:00, which is 01:00 UTC, to 03:00 */
	IS(campaign_hours_open(zone, from_gap, 1, AT(2026, 3, 28, 12, 0)), AT(2026, 3, 29, 1, 0),
	   "a slot that begins in the gap begins after it");
	IS(campaign_hours_open(zone, from_gap, 1, AT(2026, 3, 29, 2, 0)), AT(2026, 4, 5, 0, 30),
	   "and ends when it always does");
	IS(campaign_hours_open(zone, into_gap, 1, AT(2026, 3, 29, 1, 0) - 1), AT(2026, 3, 29, 1, 0) - 1,
	   "one that ends in the gap ends with it");
	IS(campaign_hours_open(zone, into_gap, 1, AT(2026, 3, 29, 1, 0)), AT(2026, 4, 4, 23, 0),
	   "and not an hour later");
	IS(campaign_hours_open(zone, in_gap, 1, AT(2026, 3, 28, 12, 0)), AT(2026, 4, 5, 0, 15),
	   "one that lies in the gap as a whole does not come that night");

	/* Sunday, 25 October: 02:00 to 03:00 comes twice, from 00:00 and from 01:00 UTC */
	IS(campaign_hours_open(zone, in_gap, 1, AT(2026, 10, 24, 12, 0)), AT(2026, 10, 25, 0, 15),
	   "a slot in the hour that comes twice comes the first time");
	IS(campaign_hours_open(zone, in_gap, 1, AT(2026, 10, 25, 0, 45)), AT(2026, 11, 1, 1, 15),
	   "and not the second time");
	IS(campaign_hours_open(zone, from_gap, 1, AT(2026, 10, 25, 1, 45)), AT(2026, 10, 25, 1, 45),
	   "one that goes on beyond that hour is open all through it");
	IS(campaign_hours_open(zone, into_gap, 1, AT(2026, 10, 25, 0, 30)), AT(2026, 11, 1, 0, 0),
	   "one that ends in that hour ends the first time");

	IS(campaign_hours_open(zone_of(&no_friday), friday, 1, AT(2011, 12, 29, 20, 0)),
	   AT(2012, 1, 5, 19, 0), "a day that is left out has no slot");
	IS(campaign_hours_open(zone_of(&back_to_yesterday), first_hour, 1, AT(2005, 11, 6, 2, 30)),
	   AT(2005, 11, 6, 2, 30), "a slot after midnight begins before the clocks go back over it");
	IS(campaign_hours_open(zone_of(&back_to_yesterday), first_hour, 1, AT(2005, 11, 6, 3, 0)),
	   AT(2005, 11, 6, 3, 0), "and is open until it ends, also while it is yesterday again");
	IS(campaign_hours_next_day(zone_of(&back_to_yesterday), NULL, 0, AT(2005, 11, 6, 3, 0)),
	   AT(2005, 11, 7, 3, 30), "the day that has begun is over only once");
}

/* Whatever is asked: never back, in a slot, and nothing in a slot was passed over. */
static void
test_openings_hold(void)
{
	TestZone zones[] = {berlin(), lord_howe(), samoa(), st_johns()};
	static const WeeklySlot slots[] = {
		{6, TIME(22, 30), TIME(24, 0)}, {7, TIME(0, 0), TIME(2, 30)}, {3, TIME(9, 0), TIME(17, 0)}};
	bool good = true;

	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
	{
		Zone zone = zone_of(&zones[i]);
		Instant from = zones[i].changes[0] - 20 * INSTANT_DAY;
		Instant last = campaign_hours_open(zone, slots, 3, from);

		for (Instant at = from; at < from + 300 * INSTANT_DAY; at += 7 * INSTANT_MINUTE)
		{
			Instant open = campaign_hours_open(zone, slots, 3, at);

			good &= open >= at && open >= last && (at > last || open == last);
			good &= campaign_hours_open(zone, slots, 3, open) == open;
			last = open;
		}
	}
	OK(good, "openings follow each other and lie in slots, in every zone");
}

static void
test_quiet_hours(void)
{
	TestZone test = berlin();
	Zone zone = zone_of(&test);
	QuietHours night = {TIME(20, 0), TIME(8, 0)};
	QuietHours noon = {TIME(12, 0), TIME(14, 0)};
	QuietHours early = {TIME(2, 30), TIME(3, 30)};

	IS(campaign_hours_loud(zone, night, AT(2026, 7, 6, 18, 0) - 1), AT(2026, 7, 6, 18, 0) - 1,
	   "before the quiet hours it is not quiet");
	IS(campaign_hours_loud(zone, night, AT(2026, 7, 6, 18, 0)), AT(2026, 7, 7, 6, 0),
	   "quiet hours go over midnight");
	IS(campaign_hours_loud(zone, night, AT(2026, 7, 7, 6, 0) - 1), AT(2026, 7, 7, 6, 0),
	   "to their last instant");
	IS(campaign_hours_loud(zone, night, AT(2026, 7, 7, 6, 0)), AT(2026, 7, 7, 6, 0),
	   "and are over when they are over");
	IS(campaign_hours_loud(zone, noon, AT(2026, 7, 7, 11, 0)), AT(2026, 7, 7, 12, 0),
	   "or lie within a day");
	IS(campaign_hours_loud(zone, noon, AT(2026, 7, 7, 9, 0)), AT(2026, 7, 7, 9, 0),
	   "which is loud before them");
	IS(campaign_hours_loud(zone, night, AT(2026, 3, 28, 20, 0)), AT(2026, 3, 29, 6, 0),
	   "the night in which clocks go forward is shorter");
	IS(campaign_hours_loud(zone, early, AT(2026, 3, 29, 1, 0)), AT(2026, 3, 29, 1, 30),
	   "what would begin in the gap begins after it");
	IS(campaign_hours_loud(zone, early, AT(2026, 10, 25, 0, 30)), AT(2026, 10, 25, 2, 30),
	   "where it begins comes twice: it begins the first time");
}

int
main(void)
{
	test_slots();
	test_next_slot();
	test_next_day();
	test_changed_clocks();
	test_openings_hold();
	test_quiet_hours();
	return unit_done();
}
