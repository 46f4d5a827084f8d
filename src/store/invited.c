/*
 * invited.c
 *		Invitations that have left.
 */
#include "store/invited.h"

#include "catalog/pg_type.h"

#include "store/columns.h"
#include "store/plan.h"

static StorePlan read_plan = {
	.sql =
		"SELECT a.id, a.campaign_id, a.enrollment_id, a.prospect_id, l.account_id, a.step,"
		" COALESCE(a.content #>> '{content,note}', '') <> '', ($3 AT TIME ZONE c.time_zone)::date"
		" FROM campaign.action a"
		" JOIN campaign.lane l ON l.workspace_id = $1 AND l.id = a.lane_id"
		" JOIN campaign.campaign c ON c.workspace_id = $1 AND c.id = a.campaign_id"
		" CROSS JOIN LATERAL (SELECT o.options FROM campaign.action_kind o"
		" WHERE o.name = a.action_kind ORDER BY o.built_in LIMIT 1) k"
		" WHERE a.workspace_id = $1 AND a.id = ANY ($2) AND k.options->>'relation' = 'pending'"
		" ORDER BY a.id",
	.n_args = 3,
	.types = {INT8OID, INT8ARRAYOID, TIMESTAMPTZOID}};

int
campaign_invited_read(int64 workspace, const int64 *actions, int n, TimestampTz now,
					  Invited **invited)
{
	Datum values[3] = {Int64GetDatum(workspace), campaign_column_ids(actions, n),
					   TimestampTzGetDatum(now)};
	int found = campaign_plan_run(&read_plan, values, NULL, false);
	int i;

	*invited = palloc(Max(found, 1) * sizeof(Invited));
	for (i = 0; i < found; i++)
	{
		Invited *one = &(*invited)[i];
		bool is_null;

		one->action = campaign_plan_int64(i, 1, 0);
		one->campaign = campaign_plan_int64(i, 2, 0);
		one->enrollment = campaign_plan_int64(i, 3, 0);
		one->prospect = campaign_plan_int64(i, 4, 0);
		one->account = campaign_plan_int64(i, 5, 0);
		one->step = campaign_plan_int32(i, 6, -1);
		one->with_note = campaign_plan_bool(i, 7, false);
		one->day = DatumGetDateADT(campaign_plan_datum(i, 8, &is_null));
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}
