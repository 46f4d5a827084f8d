/*
 * clock.c
 *		The one source of time.
 */
#include "store/clock.h"

#include "access/xact.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "store/compat.h"
#include "store/settings.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

/*
 * What campaign.now says, read when it is first needed, since text given before the session has
 * begun cannot be read earlier without risking that nobody can log in any more.
 */
static struct
{
	bool worker;
	bool known;
	TimestampTz now;
} fixed_clock;

static TimestampTz
parse(const char *text)
{
	Datum now = DirectFunctionCall3(timestamptz_in, CStringGetDatum(text), ObjectIdGetDatum(0),
									Int32GetDatum(-1));

	if (TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(now)))
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("campaign.now has to be a finite instant"), errdetail("It is \"%s\".", text),
				errhint("Set it to an instant, or to an empty string for the real time."));
	return DatumGetTimestampTz(now);
}

/* Writes an instant in a form that no other setting changes the meaning of. */
static void
format(TimestampTz now, char *text)
{
	struct pg_tm tm;
	fsec_t fsec;

	if (timestamp2tm(now, NULL, &tm, &fsec, NULL, NULL) != 0)
		ereport(ERROR, errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				errmsg("timestamp out of range"));
	/* without this the offset is left out, and the text read back by the zone of the session */
	tm.tm_isdst = 0;
	EncodeDateTime(&tm, fsec, true, 0, NULL, USE_ISO_DATES, text);
}

/*
 * A value given in a session is put into canonical form at once, so that it means the same after a
 * change of TimeZone and in parallel workers; an error then belongs to the SET.
 */
bool
campaign_clock_check(char **value, void **extra, GucSource source)
{
	char text[MAXDATELEN + 1];
	char *copy;

	if (*value == NULL || (*value)[0] == '\0' || source < PGC_S_INTERACTIVE)
		return true;
	format(parse(*value), text);
	copy = compat_setting_copy(text);
	if (copy == NULL)
		return false;
	compat_setting_free(*value);
	*value = copy;
	return true;
}

void
campaign_clock_assign(const char *value, void *extra)
{
	fixed_clock.known = false;
}

bool
campaign_clock_is_set(void)
{
	return !fixed_clock.worker && campaign_settings.now != NULL && campaign_settings.now[0] != '\0';
}

TimestampTz
campaign_clock_now(void)
{
	if (fixed_clock.worker)
		return GetCurrentTimestamp();
	if (!campaign_clock_is_set())
		return GetCurrentStatementStartTimestamp();
	if (!fixed_clock.known)
	{
		fixed_clock.now = parse(campaign_settings.now);
		fixed_clock.known = true;
	}
	return fixed_clock.now;
}

void
campaign_clock_set(TimestampTz now)
{
	char text[MAXDATELEN + 1];

	format(now, text);
	(void) set_config_option("campaign.now", text, PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SET, true,
							 0, false);
}

void
campaign_clock_use_real(void)
{
	fixed_clock.worker = true;
}
