/*
 * slots.c
 *		The slots of a campaign as SQL asks about them: next_slot().
 */
#include "postgres.h"

#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"

#include "store/campaigns.h"
#include "store/zone.h"

PG_FUNCTION_INFO_V1(campaign_api_next_slot);

/* next_slot(workspace, campaign, after): when it begins and ends; no row if there is none. */
Datum
campaign_api_next_slot(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int64 id = PG_GETARG_INT64(1);
	TimestampTz after = PG_GETARG_TIMESTAMPTZ(2);
	HoursSlot slot = {INSTANT_NEVER, INSTANT_NEVER};
	CampaignRow *row;

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	if (!TIMESTAMP_NOT_FINITE(after) &&
		campaign_campaigns_read(PG_GETARG_INT64(0), &id, 1, &row) == 1)
		slot = campaign_hours_next_slot(campaign_zone_named(row->time_zone), row->slots,
										row->n_slots, after);
	SPI_finish();
	if (slot.starts != INSTANT_NEVER)
	{
		Datum values[2] = {TimestampTzGetDatum(slot.starts), TimestampTzGetDatum(slot.ends)};
		bool nulls[2] = {false, false};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	PG_RETURN_NULL();
}
