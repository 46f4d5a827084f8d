/*
 * accounts.c
 *		Rows of campaign.account, as far as the system itself changes them.
 */
#include "store/accounts.h"

#include "catalog/pg_type.h"

#include "store/columns.h"
#include "store/plan.h"

static StorePlan disconnect_plan = {
	.sql =
		"UPDATE campaign.account a SET session_state = 'disconnected', session_code = v.code"
		" FROM (SELECT o.id, (SELECT min(c.code) FROM unnest($2::bigint[], $3::text[]) AS c(id, code)"
		" WHERE c.id = o.id) AS code"
		" FROM campaign.account o WHERE o.workspace_id = $1 AND o.id = ANY ($2)"
		" AND o.session_state = 'connected' ORDER BY o.id FOR NO KEY UPDATE SKIP LOCKED) v"
		" WHERE a.workspace_id = $1 AND a.id = v.id",
	.n_args = 3,
	.types = {INT8OID, INT8ARRAYOID, TEXTARRAYOID}};

void
campaign_accounts_disconnect(int64 workspace, const int64 *ids, const char *const *codes, int n)
{
	Datum values[3] = {Int64GetDatum(workspace), campaign_column_ids(ids, n)};
	Column code;
	int i;

	campaign_column_init(&code, TEXTOID);
	for (i = 0; i < n; i++)
		campaign_column_add_text(&code, codes[i]);
	values[2] = campaign_column_array(&code);
	campaign_plan_run(&disconnect_plan, values, NULL, false);
}
