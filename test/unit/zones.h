/*
 * zones.h
 *		Time zones for tests, with awkward changes.
 */
#ifndef CAMPAIGN_ZONES_H
#define CAMPAIGN_ZONES_H

#include "core/calendar.h"

#define AT(year, month, day, hour, minute)                                                         \
	((Instant) campaign_calendar_day((CivilDate){year, month, day}) * INSTANT_DAY +                \
	 (hour) *INSTANT_HOUR + (minute) *INSTANT_MINUTE)

#define DAY(year, month, day) campaign_calendar_day((CivilDate){year, month, day})

/* A zone that has these offsets in minutes, changed at two instants. */
typedef struct TestZone
{
	int32_t minutes[3];
	Instant changes[2];
} TestZone;

static inline int32_t
offset_at(void *arg, Instant instant)
{
	const TestZone *zone = arg;
	int i = 0;

	while (i < 2 && instant >= zone->changes[i])
		i++;
	return zone->minutes[i] * 60;
}

static inline Zone
zone_of(TestZone *zone)
{
	return (Zone){.offset_at = offset_at, .arg = zone};
}

/* Summer time of 2026, from 02:00 to 03:00 on 29 March, back on 25 October. */
static inline TestZone
berlin(void)
{
	return (TestZone){{60, 120, 60}, {AT(2026, 3, 29, 1, 0), AT(2026, 10, 25, 1, 0)}};
}

/* Lord Howe: half an hour of summer time, back at 02:00 on 5 April, on at 02:00 on 4 October. */
static inline TestZone
lord_howe(void)
{
	return (TestZone){{660, 630, 660}, {AT(2026, 4, 4, 15, 0), AT(2026, 10, 3, 15, 30)}};
}

/* Samoa left out 30 December 2011. */
static inline TestZone
samoa(void)
{
	return (TestZone){{-600, 840, 840}, {AT(2011, 12, 30, 10, 0), INSTANT_NEVER}};
}

/* St John's put its clocks back at 00:01 on Sunday 6 November 2005, to 23:01 of the day before. */
static inline TestZone
st_johns(void)
{
	return (TestZone){{-150, -210, -150}, {AT(2005, 11, 6, 2, 31), AT(2006, 4, 2, 3, 31)}};
}

#endif
