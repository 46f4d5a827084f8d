/*
 * suppressions.c
 *		Rows of campaign.suppression that facts add.
 */
#include "store/suppressions.h"

#include "catalog/pg_type.h"

#include "store/columns.h"
#include "store/plan.h"

static StorePlan insert_plan = {
	.sql = "INSERT INTO campaign.suppression (workspace_id, kind, value, reason, created_at)"
		   " SELECT $1, v.kind, v.value, v.reason, $5 FROM"
		   " unnest($2::text[], $3::text[], $4::text[]) AS v(kind, value, reason)"
		   " ON CONFLICT (workspace_id, kind, value) DO NOTHING",
	.n_args = 5,
	.types = {INT8OID, TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TIMESTAMPTZOID}};

void
campaign_suppressions_add(int64 workspace, const Suppression *suppressions, int n, TimestampTz now)
{
	Column kind;
	Column value;
	Column reason;
	Datum values[5];
	int i;

	if (n == 0)
		return;
	campaign_column_init(&kind, TEXTOID);
	campaign_column_init(&value, TEXTOID);
	campaign_column_init(&reason, TEXTOID);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_text(&kind, suppressions[i].kind);
		campaign_column_add_text(&value, suppressions[i].value);
		campaign_column_add_text(&reason, suppressions[i].reason);
	}
	values[0] = Int64GetDatum(workspace);
	values[1] = campaign_column_array(&kind);
	values[2] = campaign_column_array(&value);
	values[3] = campaign_column_array(&reason);
	values[4] = TimestampTzGetDatum(now);
	campaign_plan_run(&insert_plan, values, NULL, false);
}
