/*
 * date_value.c
 *		Dates as they stand in people's data.
 */
#include "engine/date_value.h"

#include "store/compat.h"
#include "utils/timestamp.h"

/* More text than any date has. */
#define LONGEST_DATE 100

/* A year outside of these is a slip of the pen, and keeps what is added far from the end of time. */
#define FIRST_YEAR 1900
#define LAST_YEAR 9999

/* What a text says: local fields, and how far west of UTC they are if it says so. */
typedef struct ReadDate
{
	struct pg_tm tm;
	fsec_t fraction;
	bool has_zone;
	int west;
} ReadDate;

/* PostgreSQL's own reading, in pieces that raise nothing; with a zone only if it is let have one. */
static bool
decode(const char *text, bool zoned, ReadDate *read)
{
	char buffer[MAXDATELEN + MAXDATEFIELDS];
	char *fields[MAXDATEFIELDS];
	int types[MAXDATEFIELDS];
	int n;
	int kind;

	return ParseDateTime(text, buffer, sizeof(buffer), fields, types, MAXDATEFIELDS, &n) == 0 &&
		   compat_decode_date(fields, types, n, &kind, &read->tm, &read->fraction,
							  zoned ? &read->west : NULL) == 0 &&
		   kind == DTK_DATE;
}

/* "now" and the like depend on the moment and on the session, which a date of somebody's does not. */
static bool
read_date(const char *text, ReadDate *read)
{
	size_t length = strlen(text);

	memset(read, 0, sizeof(*read));
	if (length == 0 || length > LONGEST_DATE || strpbrk(text, "0123456789") == NULL)
		return false;
	if (!decode(text, false, read))
	{
		read->has_zone = true;
		if (!decode(text, true, read))
			return false;
	}
	return read->tm.tm_year >= FIRST_YEAR && read->tm.tm_year <= LAST_YEAR;
}

Instant
campaign_date_value_instant(const DefinitionDate *date, const char *text, Zone zone)
{
	ReadDate read;
	CivilDate civil;
	Day day;
	Instant time;

	if (text == NULL || !read_date(text, &read))
		return INSTANT_NEVER;
	civil = (CivilDate){read.tm.tm_year, read.tm.tm_mon, read.tm.tm_mday};
	day = campaign_calendar_day(civil);
	time = read.tm.tm_hour * INSTANT_HOUR + read.tm.tm_min * INSTANT_MINUTE +
		   read.tm.tm_sec * INSTANT_SECOND + read.fraction;
	if (read.has_zone)
	{
		Instant instant = day * INSTANT_DAY + time + read.west * INSTANT_SECOND;

		day = campaign_calendar_local_day(zone, instant);
		time = campaign_calendar_local_time(zone, instant);
	}
	if (date->at != INSTANT_NEVER)
	{
		/* a shift by hours may lead to another day, whose time this then is */
		Instant shifted = campaign_calendar_instant(zone, day + date->days, time) + date->time;

		return campaign_calendar_instant(zone, campaign_calendar_local_day(zone, shifted),
										 date->at);
	}
	return campaign_calendar_instant(zone, day + date->days, time) + date->time;
}
