/*
 * accounts.c
 *		Rows of campaign.account, as far as the system itself changes them.
 */
#include "store/accounts.h"

#include "catalog/pg_type.h"

#include "store/columns.h"
#include "store/plan.h"

static StorePlan disconnect_plan = {
	.sql = "UPDATE campaign.account a SET session_state = 'disconnected',"
		   " session_code = 'login_refused' FROM"
		   " (SELECT o.id FROM campaign.account o WHERE o.workspace_id = $1 AND o.id = ANY ($2)"
		   " AND o.session_state = 'connected' ORDER BY o.id FOR NO KEY UPDATE SKIP LOCKED) v"
		   " WHERE a.workspace_id = $1 AND a.id = v.id",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

void
campaign_accounts_disconnect(int64 workspace, const int64 *ids, int n)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(ids, n)};

	campaign_plan_run(&disconnect_plan, values, NULL, false);
}
