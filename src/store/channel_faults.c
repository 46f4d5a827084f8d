/*
 * channel_faults.c
 *		Rows of campaign.channel_fault.
 */
#include "store/channel_faults.h"

#include "catalog/pg_type.h"

#include "store/columns.h"
#include "store/plan.h"

static StorePlan note_plan = {
	.sql = "SELECT campaign.note_unreachable($1, $2, $3, $4, $5)",
	.n_args = 5,
	.types = {INT8OID, INT8ARRAYOID, INT4ARRAYOID, TEXTARRAYOID, TIMESTAMPTZOID}};

static StorePlan forget_plan = {
	.sql = "SELECT campaign.note_reached($1, $2)", .n_args = 2, .types = {INT8OID, INT8ARRAYOID}};

void
campaign_channel_faults_note(int64 workspace, const ChannelFault *faults, int n, TimestampTz at)
{
	Column channels;
	Column failures;
	Column details;
	Datum values[5];
	int i;

	if (n == 0)
		return;
	campaign_column_init(&channels, INT8OID);
	campaign_column_init(&failures, INT4OID);
	campaign_column_init(&details, TEXTOID);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_int64(&channels, faults[i].channel);
		campaign_column_add_int32(&failures, faults[i].failures);
		campaign_column_add_text(&details, faults[i].detail);
	}
	values[0] = Int64GetDatum(workspace);
	values[1] = campaign_column_array(&channels);
	values[2] = campaign_column_array(&failures);
	values[3] = campaign_column_array(&details);
	values[4] = TimestampTzGetDatum(at);
	campaign_plan_run(&note_plan, values, NULL, false);
	SPI_freetuptable(SPI_tuptable);
}

void
campaign_channel_faults_forget(int64 workspace, const int64 *channels, int n)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(channels, n)};

	if (n == 0)
		return;
	campaign_plan_run(&forget_plan, values, NULL, false);
	SPI_freetuptable(SPI_tuptable);
}
