/*
 * calendar.h
 *		Local time: civil dates, and the calendar windows that quotas and slots go by.
 *
 * A zone is given as a function, since only the caller can read the zone data. Rules for the days on
 * which clocks are changed: a local time that does not exist stands for the first instant after the
 * gap; one that comes twice stands for its first occurrence, so everything happens once.
 */
#ifndef CAMPAIGN_CALENDAR_H
#define CAMPAIGN_CALENDAR_H

#include "core/instant.h"

/* A time zone: local time is UTC plus offset_at(arg, instant) seconds; at most a day either way. */
typedef struct Zone
{
	int32_t (*offset_at)(void *arg, Instant instant);
	void *arg;
} Zone;

/* A day is counted from 2000-01-01, which is day 0. */
typedef int32_t Day;

typedef struct CivilDate
{
	int32_t year;
	int32_t month; /* 1..12 */
	int32_t day;   /* 1..31 */
} CivilDate;

/* Stored as text elsewhere; the numbers have no meaning. */
typedef enum CalendarPeriod
{
	CALENDAR_HOUR,
	CALENDAR_DAY,
	CALENDAR_WEEK, /* from Monday 00:00 (D7) */
	CALENDAR_MONTH
} CalendarPeriod;

/* start <= instant < end */
typedef struct CalendarWindow
{
	Instant start;
	Instant end;
} CalendarWindow;

/* The proleptic Gregorian calendar. The date must exist; month may lie outside 1..12, and carries. */
extern Day campaign_calendar_day(CivilDate date);
extern CivilDate campaign_calendar_date(Day day);

/* 1 = Monday .. 7 = Sunday */
extern int campaign_calendar_weekday(Day day);

/* The local date at an instant. */
extern Day campaign_calendar_local_day(Zone zone, Instant instant);

/* The local time at an instant, in microseconds since midnight. */
extern Instant campaign_calendar_local_time(Zone zone, Instant instant);

/* The instant of a local day and time; time may lie outside the day, and carries. */
extern Instant campaign_calendar_instant(Zone zone, Day day, Instant time);

/*
 * The same local time so many business days later (n > 0): days that are neither Saturday, Sunday nor
 * among the holidays, which are in order. The day of the instant itself does not count.
 */
extern Instant campaign_calendar_business_days(Zone zone, const Day *holidays, int n_holidays,
											   Instant from, int n);

/*
 * The window of the calendar that contains now. Windows of one period follow each other without gap
 * and without overlap, whatever the zone does.
 */
extern CalendarWindow campaign_calendar_window(Zone zone, CalendarPeriod period, Instant now);

#endif
