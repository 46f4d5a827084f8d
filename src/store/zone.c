/*
 * zone.c
 *		PostgreSQL's time zones, as core's calendar asks for them.
 */
#include "postgres.h"

#include "store/zone.h"

#include "pgtime.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

static int32_t
offset_at(void *arg, Instant instant)
{
	struct pg_tm tm;
	fsec_t fraction;
	int west;

	if (timestamp2tm(instant, &west, &tm, &fraction, NULL, arg) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("timestamp out of range")));
	return -west;
}

Zone
campaign_zone_named(const char *name)
{
	pg_tz *zone = pg_tzset(name);
	Zone result = {offset_at, zone != NULL ? zone : pg_tzset("UTC")};

	return result;
}

bool
campaign_zone_find(const char *name, Zone *zone)
{
	pg_tz *found = pg_tzset(name);

	*zone = (Zone){offset_at, found};
	return found != NULL;
}
