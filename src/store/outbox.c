/*
 * outbox.c
 *		Rows of campaign.outbox.
 */
#include "store/outbox.h"

#include "catalog/pg_type.h"

#include "store/columns.h"
#include "store/plan.h"

static StorePlan insert_plan = {
	.sql = "INSERT INTO campaign.outbox (workspace_id, channel_id, account_id, action_id,"
		   " prospect_id, action_kind, key, content, at)"
		   " SELECT $1, v.*, $9 FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],"
		   " $6::text[], $7::text[], $8::jsonb[]) AS v",
	.n_args = 9,
	.types = {INT8OID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, TEXTARRAYOID,
			  TEXTARRAYOID, JSONBARRAYOID, TIMESTAMPTZOID}};

void
campaign_outbox_add(int64 workspace, const OutboxRow *rows, int n, TimestampTz at)
{
	static const Oid types[7] = {INT8OID, INT8OID, INT8OID, INT8OID, TEXTOID, TEXTOID, JSONBOID};
	Column c[7];
	Datum values[9];
	int i;

	if (n == 0)
		return;
	for (i = 0; i < 7; i++)
		campaign_column_init(&c[i], types[i]);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_int64(&c[0], rows[i].channel);
		campaign_column_add_int64(&c[1], rows[i].account);
		campaign_column_add_int64(&c[2], rows[i].action);
		campaign_column_add_int64(&c[3], rows[i].prospect);
		campaign_column_add_text(&c[4], rows[i].kind);
		campaign_column_add_text(&c[5], rows[i].key);
		campaign_column_add(&c[6], JsonbPGetDatum(rows[i].content));
	}
	values[0] = Int64GetDatum(workspace);
	for (i = 0; i < 7; i++)
		values[i + 1] = campaign_column_array(&c[i]);
	values[8] = TimestampTzGetDatum(at);
	campaign_plan_run(&insert_plan, values, NULL, false);
}
