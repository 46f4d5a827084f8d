/*
 * hours.h
 *		When something may be sent: weekly slots, and the hours of a day that are quiet.
 *
 * Both are local times of a zone. On the days on which clocks are changed core/calendar's rules hold:
 * an edge that does not exist is the first instant after the gap, so that hours which lie in a gap as a
 * whole do not come that day, and an edge that comes twice is its first occurrence.
 */
#ifndef CAMPAIGN_HOURS_H
#define CAMPAIGN_HOURS_H

#include <stdbool.h>

#include "core/calendar.h"

/* Each week on that day, from starts on, before ends; in microseconds since midnight, starts < ends. */
typedef struct WeeklySlot
{
	int weekday; /* 1 = Monday .. 7 = Sunday */
	Instant starts;
	Instant ends; /* up to 24:00 */
} WeeklySlot;

/* That slot on one date. */
typedef struct HoursSlot
{
	Instant starts; /* INSTANT_NEVER = there is none */
	Instant ends;
} HoursSlot;

/* Each day from one time on, before another; over midnight if that is earlier. The two differ. */
typedef struct QuietHours
{
	Instant from;
	Instant to;
} QuietHours;

/*
 * The first instant, not before this one, that lies in a slot: itself if it does, or if there are no
 * slots. INSTANT_NEVER if the slots never come.
 */
extern Instant campaign_hours_open(Zone zone, const WeeklySlot *slots, int n, Instant at);

/*
 * The slot that begins first after this instant: from one to the next, each occurrence of a slot comes
 * once. Of several that begin at one instant, that which ends last.
 */
extern HoursSlot campaign_hours_next_slot(Zone zone, const WeeklySlot *slots, int n, Instant after);

/* The first instant of the next local day, or later, that lies in a slot; without slots its midnight. */
extern Instant campaign_hours_next_day(Zone zone, const WeeklySlot *slots, int n, Instant at);

/* The end of the quiet hours in which this instant lies, or the instant itself. */
extern Instant campaign_hours_loud(Zone zone, QuietHours quiet, Instant at);

#endif
