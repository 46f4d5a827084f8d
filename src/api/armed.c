/*
 * armed.c
 *		Arming as SQL sees it: where this is, and why nothing may leave.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "store/arming.h"
#include "store/fault.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(campaign_api_arming_place);
PG_FUNCTION_INFO_V1(campaign_api_arming_fault);
PG_FUNCTION_INFO_V1(campaign_api_node_id);

static Datum
record(FunctionCallInfo fcinfo, Datum *values, bool *nulls)
{
	TupleDesc columns;

	if (get_call_result_type(fcinfo, NULL, &columns) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "the function is not declared to return a row");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(columns), values, nulls));
}

Datum
campaign_api_arming_place(PG_FUNCTION_ARGS)
{
	const ArmingPlace *place = campaign_arming_place();
	Datum values[4] = {Int64GetDatum(place->system_identifier), ObjectIdGetDatum(place->database),
					   Int32GetDatum(place->timeline), CStringGetTextDatum(place->node)};
	bool nulls[4] = {false};

	CAMPAIGN_FAULT("arm.placed");
	return record(fcinfo, values, nulls);
}

Datum
campaign_api_node_id(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(campaign_arming_place()->node));
}

Datum
campaign_api_arming_fault(PG_FUNCTION_ARGS)
{
	MemoryContext ours = CurrentMemoryContext;
	Arming arming;
	Datum values[2] = {(Datum) 0};
	bool nulls[2] = {true, true};

	SPI_connect();
	campaign_arming_look(&arming);
	if (arming.fault != NULL && !arming.is_virtual)
	{
		MemoryContext before = MemoryContextSwitchTo(ours);

		values[0] = CStringGetTextDatum(arming.fault);
		values[1] = CStringGetTextDatum(arming.detail);
		nulls[0] = nulls[1] = false;
		MemoryContextSwitchTo(before);
	}
	SPI_finish();
	return record(fcinfo, values, nulls);
}
