/*
 * test_calendar.c
 *		Dates, local times and windows, in zones with awkward changes.
 */
#include "unit.h"
#include "zones.h"

static void
test_dates(void)
{
	CivilDate date = {1600, 1, 1};
	Day day = DAY(1600, 1, 1);
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool good = true;

	IS(DAY(2000, 1, 1), 0, "2000-01-01 is day 0");
	IS(DAY(1970, 1, 1), -10957, "1970-01-01 is day -10957");
	IS(campaign_calendar_weekday(0), 6, "day 0 was a Saturday");
	IS(campaign_calendar_weekday(DAY(1969, 7, 20)), 7, "the moon was reached on a Sunday");
	IS(DAY(2026, 14, 1), DAY(2027, 2, 1), "months carry into years");
	IS(DAY(2026, -1, 1), DAY(2025, 11, 1), "in both directions");

	for (; date.year < 2800 && good; day++)
	{
		CivilDate back = campaign_calendar_date(day);
		bool leap = date.year % 4 == 0 && (date.year % 100 != 0 || date.year % 400 == 0);
		int length = lengths[date.month - 1] + (date.month == 2 && leap ? 1 : 0);

		good = campaign_calendar_day(date) == day && back.year == date.year &&
			   back.month == date.month && back.day == date.day;
		if (++date.day > length)
		{
			date.day = 1;
			date.month++;
		}
		if (date.month > 12)
		{
			date.month = 1;
			date.year++;
		}
	}
	OK(good, "every day from 1600 to 2800 has its date, and back");
}

/* Days counted one by one, in a zone whose clocks are changed meanwhile. */
static bool
counts_right(Zone zone, const Day *holidays, Instant from, int n)
{
	Instant until = campaign_calendar_business_days(zone, holidays, 2, from, n);
	Day last = campaign_calendar_local_day(zone, until);

	for (Day day = campaign_calendar_local_day(zone, from) + 1; day <= last; day++)
	{
		bool business =
			campaign_calendar_weekday(day) < 6 && day != holidays[0] && day != holidays[1];

		n -= business ? 1 : 0;
		if (day == last && !business)
			return false;
	}
	return n == 0 &&
		   until == campaign_calendar_instant(zone, last, campaign_calendar_local_time(zone, from));
}

static void
test_business_days(void)
{
	TestZone test = berlin();
	Zone zone = zone_of(&test);
	Day holidays[2] = {DAY(2026, 4, 3), DAY(2026, 4, 6)}; /* Good Friday, Easter Monday */
	bool good = true;

	IS(campaign_calendar_business_days(zone, NULL, 0, AT(2026, 3, 2, 9, 30), 5),
	   AT(2026, 3, 9, 9, 30), "five business days after a Monday is the Monday after");
	IS(campaign_calendar_business_days(zone, NULL, 0, AT(2026, 3, 7, 12, 0), 1),
	   AT(2026, 3, 9, 12, 0), "one after a Saturday is Monday");
	IS(campaign_calendar_business_days(zone, NULL, 0, AT(2026, 3, 6, 23, 30), 1),
	   AT(2026, 3, 8, 23, 30),
	   "late on Friday in UTC is Saturday in Berlin: Monday, half past midnight");
	IS(campaign_calendar_business_days(zone, holidays, 2, AT(2026, 4, 2, 10, 0), 1),
	   AT(2026, 4, 7, 10, 0), "holidays are no business days");
	IS(campaign_calendar_business_days(zone, NULL, 0, AT(2026, 3, 27, 9, 0), 1),
	   AT(2026, 3, 30, 8, 0), "it is the same local time, though clocks were changed");
	IS(campaign_calendar_business_days(zone, NULL, 0, AT(2026, 10, 23, 7, 0), 1),
	   AT(2026, 10, 26, 8, 0), "and when they are changed back");
	for (int hour = 0; hour < 400 * 24 && good; hour += 7)
		good =
			counts_right(zone, holidays, AT(2026, 1, 1, 0, 0) + hour * INSTANT_HOUR, 1 + hour % 9);
	OK(good, "days that are counted one by one come out the same");
}

static void
test_local_times(void)
{
	TestZone test = berlin();
	Zone zone = zone_of(&test);

	IS(campaign_calendar_instant(zone, DAY(2026, 7, 1), 9 * INSTANT_HOUR), AT(2026, 7, 1, 7, 0),
	   "nine in summer is seven UTC");
	IS(campaign_calendar_instant(zone, DAY(2026, 12, 1), 9 * INSTANT_HOUR), AT(2026, 12, 1, 8, 0),
	   "nine in winter is eight UTC");
	IS(campaign_calendar_instant(zone, DAY(2026, 3, 29), 2 * INSTANT_HOUR + INSTANT_MINUTE),
	   AT(2026, 3, 29, 1, 0), "a time in the gap is the first instant after it");
	IS(campaign_calendar_instant(zone, DAY(2026, 3, 29), 3 * INSTANT_HOUR + INSTANT_MINUTE),
	   AT(2026, 3, 29, 1, 1), "a time after the gap is itself");
	IS(campaign_calendar_instant(zone, DAY(2026, 10, 25), 2 * INSTANT_HOUR + 30 * INSTANT_MINUTE),
	   AT(2026, 10, 25, 0, 30), "a time that comes twice is its first occurrence");
	IS(campaign_calendar_instant(zone, DAY(2026, 10, 24), 25 * INSTANT_HOUR),
	   AT(2026, 10, 24, 23, 0), "a time past midnight carries");

	IS(campaign_calendar_local_day(zone, AT(2026, 6, 30, 22, 0)), DAY(2026, 7, 1),
	   "a local day begins at local midnight");
	IS(campaign_calendar_local_day(zone, AT(2026, 6, 30, 22, 0) - 1), DAY(2026, 6, 30),
	   "and not before");
	IS(campaign_calendar_local_time(zone, AT(2026, 6, 30, 22, 1)), INSTANT_MINUTE,
	   "and so does the local time");
	IS(campaign_calendar_local_day(zone, AT(1999, 12, 30, 1, 0)), -2, "also before day 0");

	test = lord_howe();
	IS(campaign_calendar_instant(zone, DAY(2026, 10, 4), 2 * INSTANT_HOUR + INSTANT_MINUTE),
	   AT(2026, 10, 3, 15, 30), "a gap of half an hour");
	test = samoa();
	IS(campaign_calendar_instant(zone, DAY(2011, 12, 30), 9 * INSTANT_HOUR),
	   AT(2011, 12, 30, 10, 0), "a day that was left out is the first instant of the next");
}

static void
test_windows(void)
{
	TestZone test = berlin();
	Zone zone = zone_of(&test);
	CalendarWindow window;

	window = campaign_calendar_window(zone, CALENDAR_WEEK, AT(2026, 7, 8, 12, 0));
	IS(window.start, AT(2026, 7, 5, 22, 0), "S2.24, D7: a week begins Monday 00:00 local time");
	IS(window.end, AT(2026, 7, 12, 22, 0), "and ends with the next");
	window = campaign_calendar_window(zone, CALENDAR_WEEK, AT(2026, 7, 5, 22, 0) - 1);
	IS(window.end, AT(2026, 7, 5, 22, 0), "Sunday 23:59 lies in the week before");
	window = campaign_calendar_window(zone, CALENDAR_WEEK, AT(2026, 3, 29, 12, 0));
	IS(window.end - window.start, 7 * INSTANT_DAY - INSTANT_HOUR, "a week may lack an hour");
	window = campaign_calendar_window(zone, CALENDAR_DAY, AT(2026, 10, 25, 12, 0));
	IS(window.end - window.start, 25 * INSTANT_HOUR, "a day may have an hour more");
	window = campaign_calendar_window(zone, CALENDAR_MONTH, AT(2026, 12, 31, 22, 30));
	IS(window.start, AT(2026, 11, 30, 23, 0), "a month begins on its first");
	IS(window.end, AT(2026, 12, 31, 23, 0), "and ends with the year");
	window = campaign_calendar_window(zone, CALENDAR_HOUR, AT(2026, 10, 25, 1, 30));
	IS(window.start, AT(2026, 10, 25, 0, 0), "an hour that comes twice is one window");
	IS(window.end, AT(2026, 10, 25, 2, 0), "of two hours");

	test = st_johns();
	window = campaign_calendar_window(zone, CALENDAR_DAY, AT(2005, 11, 6, 3, 0));
	IS(window.start, AT(2005, 11, 6, 2, 30),
	   "a day that has begun is not over because the clock goes back across midnight");
	test = samoa();
	window = campaign_calendar_window(zone, CALENDAR_DAY, AT(2011, 12, 30, 10, 0));
	IS(window.start, AT(2011, 12, 30, 10, 0), "after a day that was left out comes the next");
	IS(window.end, AT(2011, 12, 31, 10, 0), "of full length");
}

/* Walks through more than a year: every instant lies in its window, and each begins where one ends. */
static bool
windows_join(TestZone *test, CalendarPeriod period, Instant from)
{
	Zone zone = zone_of(test);
	CalendarWindow last = campaign_calendar_window(zone, period, from);

	for (Instant now = from; now < from + 500 * INSTANT_DAY; now += 10 * INSTANT_MINUTE)
	{
		CalendarWindow window = campaign_calendar_window(zone, period, now);

		/* a change can leave a window of a minute, which falls between two looks */
		while (last.end < window.start)
		{
			CalendarWindow next = campaign_calendar_window(zone, period, last.end);

			if (next.start != last.end || next.end <= next.start)
				return false;
			last = next;
		}
		if (now < window.start || now >= window.end ||
			(window.start != last.end && window.start != last.start))
		{
			printf("# at %lld: %lld .. %lld after %lld .. %lld\n", (long long) now,
				   (long long) window.start, (long long) window.end, (long long) last.start,
				   (long long) last.end);
			return false;
		}
		last = window;
	}
	return true;
}

static void
test_windows_join(void)
{
	TestZone zones[] = {berlin(), lord_howe(), samoa(), st_johns(), {{345, 345, 345}, {0, 0}}};
	static const char *names[] = {"hours", "days", "weeks", "months"};
	char name[64];

	for (int period = CALENDAR_HOUR; period <= CALENDAR_MONTH; period++)
	{
		bool good = true;

		for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
			good &= windows_join(&zones[i], (CalendarPeriod) period,
								 zones[i].changes[0] - 60 * INSTANT_DAY);
		snprintf(name, sizeof(name), "%s follow each other without gap and overlap", names[period]);
		OK(good, name);
	}
}

int
main(void)
{
	test_dates();
	test_business_days();
	test_local_times();
	test_windows();
	test_windows_join();
	return unit_done();
}
