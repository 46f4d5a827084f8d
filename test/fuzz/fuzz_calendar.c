/*
 * fuzz_calendar.c
 *		Zones with any changes of clocks, and instants as far as PostgreSQL has them, against models that look
 *		at every day: windows meet, slots and quiet hours are what they say, everything happens once.
 */
#include "fuzz.h"

#include "core/hours.h"

/* What a timestamptz can be. */
#define EARLIEST (INT64_C(-211813488000000000) + 30 * INSTANT_DAY)
#define LATEST (INT64_C(9223371331200000000) - 1500 * INSTANT_DAY)
#define CHANGES 6
#define SLOTS 5

typedef struct FuzzZone
{
	int n;
	Instant changes[CHANGES];
	int32_t seconds[CHANGES + 1];
} FuzzZone;

static int32_t
fuzz_offset(void *arg, Instant instant)
{
	const FuzzZone *zone = arg;
	int i = 0;

	while (i < zone->n && instant >= zone->changes[i])
		i++;
	return zone->seconds[i];
}

/* Clocks as they are somewhere, changed by up to a day at any time, some days apart. */
static void
make_zone(Choices *choices, FuzzZone *zone, Instant around)
{
	Instant at = around - choose(choices, 9) * INSTANT_DAY;

	zone->n = choose(choices, CHANGES + 1);
	zone->seconds[0] = (int32_t) choose_between(choices, -12 * 3600, 14 * 3600);
	for (int i = 0; i < zone->n; i++)
	{
		int32_t by = choose(choices, 3) == 0 ? (int32_t) choose_between(choices, -86400, 86400)
											 : (choose(choices, 9) - 4) * 1800;

		at += 3 * INSTANT_DAY + choose_between(choices, 0, 3 * INSTANT_DAY);
		zone->changes[i] = at;
		zone->seconds[i + 1] = zone->seconds[i] + by;
		if (zone->seconds[i + 1] < -86400 || zone->seconds[i + 1] > 86400)
			zone->seconds[i + 1] = zone->seconds[i];
	}
}

static int
make_slots(Choices *choices, WeeklySlot *slots)
{
	int n = choose(choices, SLOTS + 1);

	for (int i = 0; i < n; i++)
	{
		slots[i].weekday = 1 + choose(choices, 7);
		slots[i].starts = choose(choices, 2) ? choose(choices, 48) * (INSTANT_HOUR / 2)
											 : choose_between(choices, 0, INSTANT_DAY - 1);
		slots[i].ends = choose_between(choices, slots[i].starts + 1, INSTANT_DAY);
	}
	return n;
}

static void
check_dates(Choices *choices)
{
	Day day = (Day) choose_between(choices, -2451507, 106751983);
	CivilDate date = campaign_calendar_date(day);
	CivilDate next = campaign_calendar_date(day + 1);
	int weekday = campaign_calendar_weekday(day);

	hold(campaign_calendar_day(date) == day);
	hold(date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= 31);
	hold(next.day == date.day + 1 ||
		 (next.day == 1 &&
		  (next.month == date.month + 1 || (next.month == 1 && next.year == date.year + 1))));
	hold(weekday >= 1 && weekday <= 7 && campaign_calendar_weekday(day + 1) == weekday % 7 + 1);
}

static void
check_windows(Zone zone, Instant now)
{
	for (int period = CALENDAR_HOUR; period <= CALENDAR_MONTH; period++)
	{
		CalendarWindow window = campaign_calendar_window(zone, (CalendarPeriod) period, now);
		CalendarWindow last =
			campaign_calendar_window(zone, (CalendarPeriod) period, window.end - 1);
		CalendarWindow next = campaign_calendar_window(zone, (CalendarPeriod) period, window.end);

		hold(window.start <= now && now < window.end);
		hold(last.start == window.start && last.end == window.end);
		hold(next.start == window.end);
	}
}

/* A local time that there is leads back to itself, or to its first occurrence. */
static void
check_local(Zone zone, Instant at)
{
	Day day = campaign_calendar_local_day(zone, at);
	Instant time = campaign_calendar_local_time(zone, at);
	Instant first = campaign_calendar_instant(zone, day, time);

	hold(time >= 0 && time < INSTANT_DAY);
	hold(first <= at);
	hold(campaign_calendar_local_day(zone, first) == day &&
		 campaign_calendar_local_time(zone, first) == time);
}

/* All occurrences of slots around an instant, each day looked at: the best of them by either question. */
static void
check_slots(Zone zone, const WeeklySlot *slots, int n, Instant at)
{
	Day today = campaign_calendar_local_day(zone, at);
	Instant open = n == 0 ? at : INSTANT_NEVER;
	HoursSlot next = {INSTANT_NEVER, INSTANT_NEVER};
	HoursSlot got;

	for (Day day = today - 3; day <= today + 15; day++)
		for (int i = 0; i < n; i++)
		{
			Instant starts = campaign_calendar_instant(zone, day, slots[i].starts);
			Instant ends = campaign_calendar_instant(zone, day, slots[i].ends);
			Instant from = starts > at ? starts : at;

			if (campaign_calendar_weekday(day) != slots[i].weekday || starts >= ends)
				continue;
			if (from < ends && from < open)
				open = from;
			if (starts > at &&
				(starts < next.starts || (starts == next.starts && ends > next.ends)))
				next = (HoursSlot){starts, ends};
		}
	hold(campaign_hours_open(zone, slots, n, at) == open);
	got = campaign_hours_next_slot(zone, slots, n, at);
	hold(got.starts == next.starts && got.ends == next.ends);
	if (open != INSTANT_NEVER)
		hold(campaign_hours_open(zone, slots, n, open) == open);
	hold(campaign_hours_next_day(zone, slots, n, at) > at);
}

static bool
is_quiet(Zone zone, QuietHours quiet, Instant at)
{
	Day today = campaign_calendar_local_day(zone, at);

	for (Day day = today - 3; day <= today + 2; day++)
	{
		Instant from = campaign_calendar_instant(zone, day, quiet.from);
		Instant to = campaign_calendar_instant(zone, day + (quiet.to <= quiet.from), quiet.to);

		if (at >= from && at < to)
			return true;
	}
	return false;
}

static void
check_quiet(Zone zone, Choices *choices, Instant at)
{
	QuietHours quiet;
	Instant loud;

	quiet.from = choose_between(choices, 0, INSTANT_DAY - 1);
	quiet.to = choose_between(choices, 0, INSTANT_DAY - 1);
	if (quiet.from == quiet.to)
		return;
	loud = campaign_hours_loud(zone, quiet, at);
	hold(loud >= at && loud - at <= 2 * INSTANT_DAY);
	hold((loud > at) == is_quiet(zone, quiet, at));
}

static void
check_business_days(Zone zone, Choices *choices, Instant from)
{
	Day holidays[8];
	int n_holidays = choose(choices, 9);
	Day today = campaign_calendar_local_day(zone, from);
	Day day = today;
	int n = 1 + choose(choices, 40);
	int left = n;

	for (int i = 0; i < n_holidays; i++)
		holidays[i] = (i == 0 ? today : holidays[i - 1]) + choose(choices, 5);
	while (left > 0)
	{
		bool free = false;

		day++;
		for (int i = 0; i < n_holidays; i++)
			free = free || holidays[i] == day;
		if (!free && campaign_calendar_weekday(day) <= 5)
			left--;
	}
	hold(campaign_calendar_business_days(zone, holidays, n_holidays, from, n) ==
		 campaign_calendar_instant(zone, day, campaign_calendar_local_time(zone, from)));
}

int
LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
	Choices choices = {bytes, len};
	FuzzZone fuzz_zone;
	Zone zone = {.offset_at = fuzz_offset, .arg = &fuzz_zone};
	WeeklySlot slots[SLOTS];
	int n_slots;
	/* mostly of this century, now and then as early or as late as can be */
	Instant around = choose(&choices, 4) == 1
						 ? choose_between(&choices, EARLIEST, LATEST)
						 : choose_between(&choices, 0, INT64_C(36525) * INSTANT_DAY);

	make_zone(&choices, &fuzz_zone, around);
	n_slots = make_slots(&choices, slots);
	check_dates(&choices);
	for (int i = 0; i < 4; i++)
	{
		/* at a change itself, beside it, or anywhere near */
		Instant at =
			fuzz_zone.n > 0 && choose(&choices, 2)
				? fuzz_zone.changes[choose(&choices, fuzz_zone.n)] + choose(&choices, 3) - 1
				: around + choose_between(&choices, 0, 30 * INSTANT_DAY);

		check_local(zone, at);
		check_windows(zone, at);
		check_slots(zone, slots, n_slots, at);
		check_quiet(zone, &choices, at);
		check_business_days(zone, &choices, at);
	}
	return 0;
}
