/*
 * slot_position.c
 *		Where an instant stands among slots, for views: slot_position().
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"

#include "core/agenda.h"
#include "store/zone.h"

PG_FUNCTION_INFO_V1(campaign_api_slot_position);

static int
elements(ArrayType *array, Oid type, int16 length, char align, Datum **items)
{
	int n;

	deconstruct_array(array, type, length, true, align, items, NULL, &n);
	return n;
}

/* Three arrays of one length: weekdays, starts, ends. */
static int
slots_of(FunctionCallInfo fcinfo, int first, WeeklySlot **slots)
{
	Datum *weekdays;
	Datum *starts;
	Datum *ends;
	int n = elements(PG_GETARG_ARRAYTYPE_P(first), INT4OID, sizeof(int32), TYPALIGN_INT, &weekdays);
	int i;

	if (elements(PG_GETARG_ARRAYTYPE_P(first + 1), TIMEOID, sizeof(TimeADT), TYPALIGN_DOUBLE,
				 &starts) != n ||
		elements(PG_GETARG_ARRAYTYPE_P(first + 2), TIMEOID, sizeof(TimeADT), TYPALIGN_DOUBLE,
				 &ends) != n)
		ereport(ERROR, errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("slots are three arrays of one length"),
				errdetail("There are %d weekdays, and more or fewer beginnings or ends.", n),
				errhint("Give each slot its weekday, its beginning and its end."));
	*slots = palloc(Max(n, 1) * sizeof(WeeklySlot));
	for (i = 0; i < n; i++)
		(*slots)[i] = (WeeklySlot){DatumGetInt32(weekdays[i]), DatumGetTimeADT(starts[i]),
								   DatumGetTimeADT(ends[i])};
	return n;
}

static void
put_instant(Instant at, Datum *value, bool *is_null)
{
	*value = TimestampTzGetDatum(at);
	*is_null = at == INSTANT_NEVER;
}

/* Campaigns with cohorts begin no slot on the day of their launch (S1.3), nor in the middle of one. */
static AgendaScope
scope_of(Zone zone, TimestampTz launched_at, TimestampTz starts_at, bool cohorts)
{
	AgendaScope scope = {starts_at, cohorts};

	if (cohorts)
		scope.since = campaign_instant_later(
			starts_at, campaign_calendar_window(zone, CALENDAR_DAY, launched_at).end);
	return scope;
}

/*
 * slot_position(time_zone, weekdays, starts, ends, launched_at, starts_at, cohorts, at): in_progress,
 * began_at, next_at, day_starts, day_slots, day_left.
 */
Datum
campaign_api_slot_position(PG_FUNCTION_ARGS)
{
	char *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	Zone zone = campaign_zone_named(name);
	AgendaScope scope =
		scope_of(zone, PG_GETARG_TIMESTAMPTZ(4), PG_GETARG_TIMESTAMPTZ(5), PG_GETARG_BOOL(6));
	TupleDesc descriptor;
	WeeklySlot *slots;
	int n = slots_of(fcinfo, 1, &slots);
	Datum values[6];
	bool nulls[6] = {false};
	Agenda agenda;

	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "slot_position() returns a row");
	agenda = campaign_agenda_at(zone, slots, n, scope, PG_GETARG_TIMESTAMPTZ(7));
	values[0] = BoolGetDatum(agenda.in_progress);
	put_instant(agenda.began_at, &values[1], &nulls[1]);
	put_instant(agenda.next_at, &values[2], &nulls[2]);
	put_instant(agenda.day_starts, &values[3], &nulls[3]);
	values[4] = Int32GetDatum(agenda.day_slots);
	values[5] = Int32GetDatum(agenda.day_left);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls)));
}
