/*
 * solicitations.c
 *		Whom other campaigns of the same name and program have reached.
 */
#include "store/solicitations.h"

#include "catalog/pg_type.h"

#include "store/columns.h"
#include "store/plan.h"

static StorePlan find_plan = {
	.sql = "SELECT campaign.solicitation_of($1, v.campaign_id, v.prospect_id, v.id)"
		   " FROM unnest($2::bigint[], $3::bigint[], $4::bigint[]) WITH ORDINALITY"
		   " AS v(campaign_id, prospect_id, id, i) ORDER BY v.i",
	.n_args = 4,
	.types = {INT8OID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID}};

void
campaign_solicitations_find(int64 workspace, const SolicitedRun *runs, int n, Solicited *found)
{
	Column c[3];
	Datum values[4] = {Int64GetDatum(workspace)};
	int i;

	if (n == 0)
		return;
	for (i = 0; i < 3; i++)
		campaign_column_init(&c[i], INT8OID);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_int64(&c[0], runs[i].campaign);
		campaign_column_add_int64(&c[1], runs[i].prospect);
		campaign_column_add_int64(&c[2], runs[i].enrollment);
	}
	for (i = 0; i < 3; i++)
		values[i + 1] = campaign_column_array(&c[i]);
	campaign_plan_run(&find_plan, values, NULL, false);
	for (i = 0; i < n; i++)
	{
		const char *how = campaign_plan_text(i, 1);

		found[i] = how == NULL                ? SOLICITED_NOT
				   : strcmp(how, "sent") == 0 ? SOLICITED_SENT
											  : SOLICITED_UNDER_WAY;
	}
	SPI_freetuptable(SPI_tuptable);
}
