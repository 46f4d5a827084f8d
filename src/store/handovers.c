/*
 * handovers.c
 *		Prospects who go on from one campaign to another.
 */
#include "store/handovers.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "store/columns.h"
#include "store/plan.h"

static StorePlan enroll_plan = {
	.sql = "SELECT v.i::int - 1, r.result"
		   " FROM campaign.enroll_elsewhere($1, $2, $3) r"
		   " JOIN unnest($3) WITH ORDINALITY AS v(prospect_id, i) ON v.prospect_id = r.prospect_id",
	.n_args = 3,
	.types = {INT8OID, TEXTOID, INT8ARRAYOID}};

void
campaign_handovers_enroll(int64 workspace, const char *name, const int64 *prospects, int n,
						  const char **results)
{
	Datum values[3] = {Int64GetDatum(workspace), CStringGetTextDatum(name),
					   campaign_column_ids(prospects, n)};
	int found = campaign_plan_run(&enroll_plan, values, NULL, false);
	int i;

	for (i = 0; i < n; i++)
		results[i] = "not_enrolled";
	for (i = 0; i < found; i++)
		results[campaign_plan_int32(i, 1, 0)] = campaign_plan_text(i, 2);
	SPI_freetuptable(SPI_tuptable);
}
