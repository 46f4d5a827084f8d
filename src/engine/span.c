/*
 * span.c
 *		Lengths of time as written in definitions.
 */
#include "engine/span.h"

#include "common/int.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "store/compat.h"

/* A century: whatever is added to now stays far inside what a timestamp can hold. */
#define LONGEST (INT64_C(36525) * INSTANT_DAY)

/*
 * PostgreSQL's own reading. It raises what is no interval, which is caught here and not in a
 * subtransaction: interval_in() takes no lock and holds nothing but memory.
 */
static bool
read_interval(const char *text, Interval *interval)
{
	MemoryContext context = CurrentMemoryContext;
	volatile bool good = true;

	PG_TRY();
	{
		Datum value = DirectFunctionCall3(interval_in, CStringGetDatum(text),
										  ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));

		*interval = *DatumGetIntervalP(value);
	}
	PG_CATCH();
	{
		if (ERRCODE_TO_CATEGORY(geterrcode()) != ERRCODE_DATA_EXCEPTION)
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
		good = false;
	}
	PG_END_TRY();
	return good;
}

/* A number alone would be seconds, which nobody means. */
static bool
has_unit(const char *text)
{
	for (; *text != '\0'; text++)
		if (isalpha((unsigned char) *text) || *text == ':')
			return true;
	return false;
}

const char *
campaign_span_read(const char *text, Instant *length)
{
	Interval interval;
	int64 days;

	/* What a minus is about depends on the session's IntervalStyle, and a definition does not. */
	if (strchr(text, '-') != NULL)
		return "has a minus sign";
	if (!has_unit(text) || !read_interval(text, &interval) || compat_endless(&interval))
		return "is not a length of time";
	if (interval.month != 0)
		return "has months or years, whose length varies";
	if (pg_mul_s64_overflow(interval.day, INSTANT_DAY, &days) ||
		pg_add_s64_overflow(days, interval.time, length) || *length > LONGEST)
		return "is longer than a century";
	if (*length <= 0)
		return "is not longer than zero";
	return NULL;
}
