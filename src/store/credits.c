/*
 * credits.c
 *		Enrichment credits of a workspace.
 */
#include "store/credits.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "store/columns.h"
#include "store/plan.h"

static StorePlan read_plan = {
	.sql = "SELECT c.balance FROM campaign.workspace_credit c WHERE c.workspace_id = $1",
	.n_args = 1,
	.types = {INT8OID}};

static StorePlan make_plan = {.sql = "INSERT INTO campaign.credit_total (workspace_id, total)"
									 " VALUES ($1, 0) ON CONFLICT (workspace_id) DO NOTHING",
							  .n_args = 1,
							  .types = {INT8OID}};

static StorePlan lock_plan = {.sql = "SELECT FROM campaign.credit_total t WHERE t.workspace_id = $1"
									 " FOR NO KEY UPDATE",
							  .n_args = 1,
							  .types = {INT8OID}};

static StorePlan book_plan = {
	.sql = "INSERT INTO campaign.credit (workspace_id, at, amount, reason, action_id)"
		   " SELECT $1, $4, v.amount, $5, v.action_id"
		   " FROM unnest($2::bigint[], $3::int[]) AS v(action_id, amount)",
	.n_args = 5,
	.types = {INT8OID, INT8ARRAYOID, INT4ARRAYOID, TIMESTAMPTZOID, TEXTOID}};

static StorePlan add_plan = {
	.sql = "UPDATE campaign.credit_total t SET total = t.total + $2 WHERE t.workspace_id = $1",
	.n_args = 2,
	.types = {INT8OID, INT8OID}};

/* What an action has spent and not got back; a kind that costs nothing finds nothing. */
static StorePlan refund_plan = {
	.sql = "INSERT INTO campaign.credit (workspace_id, at, amount, reason, action_id)"
		   " SELECT $1, $3, -sum(c.amount), 'refunded', c.action_id FROM campaign.credit c"
		   " WHERE c.workspace_id = $1 AND c.action_id = ANY ($2) GROUP BY c.action_id"
		   " HAVING sum(c.amount) < 0 RETURNING amount",
	.n_args = 3,
	.types = {INT8OID, INT8ARRAYOID, TIMESTAMPTZOID}};

static StorePlan release_plan = {
	.sql = "SELECT campaign.release_no_credit($1)", .n_args = 1, .types = {INT8OID}};

static bool
read_balance(int64 workspace, int64 *left)
{
	Datum values[1] = {Int64GetDatum(workspace)};
	bool counted = campaign_plan_run(&read_plan, values, NULL, false) > 0;

	if (counted)
		*left = campaign_plan_int64(0, 1, 0);
	SPI_freetuptable(SPI_tuptable);
	return counted;
}

bool
campaign_credits_read(int64 workspace, int64 *left)
{
	return read_balance(workspace, left);
}

bool
campaign_credits_lock(int64 workspace, int64 *left)
{
	Datum values[1] = {Int64GetDatum(workspace)};

	if (!read_balance(workspace, left))
		return false;
	campaign_plan_run(&make_plan, values, NULL, false);
	campaign_plan_run(&lock_plan, values, NULL, false);
	/* what was read before the lock may be stale by now */
	return read_balance(workspace, left);
}

void
campaign_credits_book(int64 workspace, const CreditBooking *bookings, int n, const char *reason,
					  TimestampTz now)
{
	Column action;
	Column amount;
	Datum values[5];
	Datum total[2];
	int64 sum = 0;
	int i;

	if (n == 0)
		return;
	campaign_column_init(&action, INT8OID);
	campaign_column_init(&amount, INT4OID);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_int64(&action, bookings[i].action);
		campaign_column_add_int32(&amount, bookings[i].amount);
		sum += bookings[i].amount;
	}
	values[0] = Int64GetDatum(workspace);
	values[1] = campaign_column_array(&action);
	values[2] = campaign_column_array(&amount);
	values[3] = TimestampTzGetDatum(now);
	values[4] = CStringGetTextDatum(reason);
	campaign_plan_run(&book_plan, values, NULL, false);
	total[0] = values[0];
	total[1] = Int64GetDatum(sum);
	campaign_plan_run(&add_plan, total, NULL, false);
}

void
campaign_credits_refund(int64 workspace, const int64 *actions, int n, TimestampTz now)
{
	Datum values[3] = {Int64GetDatum(workspace), campaign_column_ids(actions, n),
					   TimestampTzGetDatum(now)};
	int64 sum = 0;
	int found;
	int i;

	if (n == 0)
		return;
	found = campaign_plan_run(&refund_plan, values, NULL, false);
	for (i = 0; i < found; i++)
		sum += campaign_plan_int32(i, 1, 0);
	SPI_freetuptable(SPI_tuptable);
	if (sum == 0)
		return;
	values[1] = Int64GetDatum(sum);
	campaign_plan_run(&add_plan, values, NULL, false);
	campaign_plan_run(&release_plan, values, NULL, false);
	SPI_freetuptable(SPI_tuptable);
}
