/*
 * enrollment_accounts.c
 *		Rows of campaign.enrollment_account.
 */
#include "store/enrollment_accounts.h"

#include "catalog/pg_type.h"

#include "store/columns.h"
#include "store/plan.h"

static StorePlan read_plan = {
	.sql =
		"SELECT s.enrollment_id, s.channel_class, s.account_id FROM campaign.enrollment_account s"
		" WHERE s.workspace_id = $1 AND s.enrollment_id = ANY ($2) ORDER BY s.enrollment_id",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

static StorePlan insert_plan = {
	.sql = "INSERT INTO campaign.enrollment_account"
		   " (workspace_id, enrollment_id, channel_class, account_id)"
		   " SELECT $1, v.* FROM unnest($2::bigint[], $3::text[], $4::bigint[]) AS v",
	.n_args = 4,
	.types = {INT8OID, INT8ARRAYOID, TEXTARRAYOID, INT8ARRAYOID}};

int
campaign_enrollment_accounts_read(int64 workspace, const int64 *enrollments, int n,
								  EnrollmentAccount **rows)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(enrollments, n)};
	int found = campaign_plan_run(&read_plan, values, NULL, false);
	int i;

	*rows = palloc(Max(found, 1) * sizeof(EnrollmentAccount));
	for (i = 0; i < found; i++)
	{
		(*rows)[i].enrollment = campaign_plan_int64(i, 1, 0);
		(*rows)[i].channel_class = campaign_plan_text(i, 2);
		(*rows)[i].account = campaign_plan_int64(i, 3, 0);
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}

void
campaign_enrollment_accounts_add(int64 workspace, const EnrollmentAccount *rows, int n)
{
	Column enrollment;
	Column channel_class;
	Column account;
	Datum values[4];
	int i;

	if (n == 0)
		return;
	campaign_column_init(&enrollment, INT8OID);
	campaign_column_init(&channel_class, TEXTOID);
	campaign_column_init(&account, INT8OID);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_int64(&enrollment, rows[i].enrollment);
		campaign_column_add_text(&channel_class, rows[i].channel_class);
		campaign_column_add_int64(&account, rows[i].account);
	}
	values[0] = Int64GetDatum(workspace);
	values[1] = campaign_column_array(&enrollment);
	values[2] = campaign_column_array(&channel_class);
	values[3] = campaign_column_array(&account);
	campaign_plan_run(&insert_plan, values, NULL, false);
}
