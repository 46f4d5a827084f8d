/*
 * calendar.c
 *		Local time from a zone's offsets.
 *
 * "Local" below is a local time as a number: what the instant would be if the zone were UTC.
 */
#include "core/calendar.h"

#include <stdbool.h>

/* from 0000-03-01 to 2000-01-01 */
#define DAYS_TO_EPOCH 730425
#define DAYS_PER_ERA 146097
#define YEARS_PER_ERA 400

static int64_t
divide_down(int64_t number, int64_t by)
{
	int64_t quotient = number / by;

	return number % by < 0 ? quotient - 1 : quotient;
}

/*
 * Years are counted from March, so that the leap day is the last of a year; 153 days are the five
 * months from March to July, and again from August.
 */
Day
campaign_calendar_day(CivilDate date)
{
	int64_t months = (int64_t) date.year * 12 + date.month - 3;
	int64_t year = divide_down(months, 12);
	int64_t month = months - year * 12;
	int64_t era = divide_down(year, YEARS_PER_ERA);
	int64_t year_of_era = year - era * YEARS_PER_ERA;
	int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return (Day) (era * DAYS_PER_ERA + day_of_era - DAYS_TO_EPOCH);
}

CivilDate
campaign_calendar_date(Day day)
{
	int64_t days = (int64_t) day + DAYS_TO_EPOCH;
	int64_t era = divide_down(days, DAYS_PER_ERA);
	int64_t day_of_era = days - era * DAYS_PER_ERA;
	int64_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month = (5 * day_of_year + 2) / 153;
	int64_t year = era * YEARS_PER_ERA + year_of_era;
	CivilDate date;

	date.day = (int32_t) (day_of_year - (153 * month + 2) / 5 + 1);
	date.month = (int32_t) (month < 10 ? month + 3 : month - 9);
	date.year = (int32_t) (month < 10 ? year : year + 1);
	return date;
}

int
campaign_calendar_weekday(Day day)
{
	/* day 0 was a Saturday */
	int64_t since_monday = (int64_t) day + 5;

	return (int) (since_monday - divide_down(since_monday, 7) * 7) + 1;
}

static Instant
offset_at(Zone zone, Instant instant)
{
	return (Instant) zone.offset_at(zone.arg, instant) * INSTANT_SECOND;
}

static Instant
local_at(Zone zone, Instant instant)
{
	return instant + offset_at(zone, instant);
}

Day
campaign_calendar_local_day(Zone zone, Instant instant)
{
	return (Day) divide_down(local_at(zone, instant), INSTANT_DAY);
}

Instant
campaign_calendar_local_time(Zone zone, Instant instant)
{
	Instant local = local_at(zone, instant);

	return local - divide_down(local, INSTANT_DAY) * INSTANT_DAY;
}

/* The first instant after low, not after high, at which the offset is no more that at low. */
static Instant
find_change(Zone zone, Instant low, Instant high)
{
	Instant before = offset_at(zone, low);

	while (high - low > 1)
	{
		Instant middle = low + (high - low) / 2;

		if (offset_at(zone, middle) == before)
			low = middle;
		else
			high = middle;
	}
	return high;
}

/* Offsets lie within a day, so those a day before and after are those on either side of a change. */
static Instant
instant_of_local(Zone zone, Instant local)
{
	Instant earlier = offset_at(zone, local - INSTANT_DAY);
	Instant later = offset_at(zone, local + INSTANT_DAY);
	Instant by_earlier = local - earlier;
	Instant by_later = local - later;

	/* Where both are right, the local time comes twice, and the earlier offset gives the first. */
	if (offset_at(zone, by_earlier) == earlier)
		return by_earlier;
	if (offset_at(zone, by_later) == later)
		return by_later;
	return find_change(zone, by_later, by_earlier);
}

Instant
campaign_calendar_instant(Zone zone, Day day, Instant time)
{
	return instant_of_local(zone, (Instant) day * INSTANT_DAY + time);
}

/* Steps over the holidays before this day, and says whether it is one; days are asked in order. */
static bool
is_holiday(const Day *holidays, int n_holidays, int *next, Day day)
{
	while (*next < n_holidays && holidays[*next] < day)
		(*next)++;
	return *next < n_holidays && holidays[*next] == day;
}

Instant
campaign_calendar_business_days(Zone zone, const Day *holidays, int n_holidays, Instant from, int n)
{
	Day day = campaign_calendar_local_day(zone, from);
	int next = 0;

	while (n > 0)
	{
		day++;
		if (campaign_calendar_weekday(day) <= 5 && !is_holiday(holidays, n_holidays, &next, day))
			n--;
	}
	return campaign_calendar_instant(zone, day, campaign_calendar_local_time(zone, from));
}

/* The local time at which the n-th window after the one that contains this local time begins. */
static Instant
window_start(CalendarPeriod period, Instant local, int n)
{
	Day day = (Day) divide_down(local, INSTANT_DAY);
	CivilDate date;

	switch (period)
	{
		case CALENDAR_HOUR:
			return (divide_down(local, INSTANT_HOUR) + n) * INSTANT_HOUR;
		case CALENDAR_DAY:
			break;
		case CALENDAR_WEEK:
			day -= campaign_calendar_weekday(day) - 1;
			n *= 7;
			break;
		case CALENDAR_MONTH:
			date = campaign_calendar_date(day);
			date.day = 1;
			date.month += n;
			return (Instant) campaign_calendar_day(date) * INSTANT_DAY;
	}
	return ((Instant) day + n) * INSTANT_DAY;
}

CalendarWindow
campaign_calendar_window(Zone zone, CalendarPeriod period, Instant now)
{
	Instant local = local_at(zone, now);
	CalendarWindow window;
	int n = 0;

	window.start = instant_of_local(zone, window_start(period, local, 0));
	window.end = instant_of_local(zone, window_start(period, local, 1));

	/*
	 * Where clocks are put back over the edge of a window, local times after the change lie in the
	 * window before it, which is over: edges come once.
	 */
	while (window.end <= now)
	{
		n++;
		window.start = window.end;
		window.end = instant_of_local(zone, window_start(period, local, n + 1));
	}
	return window;
}
