/*
 * gathering.c
 *		When what has come back is worth a transaction.
 */
#include "worker/gathering.h"

#include "utils/timestamp.h"

void
campaign_gathering_leave(Gathering *gathering)
{
	gathering->away++;
}

void
campaign_gathering_come(Gathering *gathering, TimestampTz at)
{
	if (gathering->waiting++ == 0)
		gathering->since = at;
	gathering->away--;
}

void
campaign_gathering_hasten(Gathering *gathering, TimestampTz now)
{
	gathering->since = Min(gathering->since, now);
}

void
campaign_gathering_done(Gathering *gathering)
{
	gathering->waiting--;
}

TimestampTz
campaign_gathering_due(const Gathering *gathering)
{
	if (gathering->waiting == 0)
		return DT_NOEND;
	if (gathering->waiting >= gathering->away)
		return gathering->since;
	return TimestampTzPlusMilliseconds(gathering->since, gathering->patience_ms);
}
