/*
 * test_sends.c
 *		Rows of campaign.test_send.
 */
#include "store/test_sends.h"

#include "catalog/pg_type.h"

#include "store/plan.h"

static StorePlan take_plan = {
	.sql = "UPDATE campaign.test_send t SET state = q.state, started_at = $2,"
		   " finished_at = CASE WHEN q.state <> 'processing' THEN $2 END,"
		   " incarnation = CASE WHEN q.state = 'processing' THEN $5 END"
		   " FROM (SELECT o.id, c.id AS channel_id,"
		   " CASE WHEN c.transport = 'outbox' THEN 'complete'"
		   " ELSE 'processing' END AS state"
		   " FROM campaign.test_send o"
		   " JOIN campaign.account a ON a.workspace_id = $1 AND a.id = o.account_id"
		   " JOIN campaign.channel c ON c.workspace_id = $1 AND c.id = a.channel_id"
		   " WHERE o.workspace_id = $1 AND o.state = 'queued' AND o.requested_at <= $2"
		   " AND ($4 OR c.transport = 'outbox')"
		   " ORDER BY o.requested_at, o.id LIMIT $3 FOR UPDATE OF o SKIP LOCKED) q"
		   " WHERE t.workspace_id = $1 AND t.id = q.id"
		   " RETURNING t.id, t.state, q.channel_id, t.account_id, t.prospect_id, t.action_kind,"
		   " t.key, t.content",
	.n_args = 5,
	.types = {INT8OID, TIMESTAMPTZOID, INT4OID, BOOLOID, INT8OID}};

static StorePlan end_plan = {
	.sql = "UPDATE campaign.test_send t SET state = CASE WHEN $4 THEN 'complete' ELSE 'failed' END,"
		   " outcome = $5, finished_at = $6 WHERE t.workspace_id = $1 AND t.id = $3"
		   " AND t.state = 'processing' AND t.incarnation = $2",
	.n_args = 6,
	.types = {INT8OID, INT8OID, INT8OID, BOOLOID, JSONBOID, TIMESTAMPTZOID}};

/* Asked when a dispatcher begins, of all workspaces. */
static StorePlan foreign_plan = {
	.sql = "SELECT DISTINCT t.workspace_id, t.incarnation FROM campaign.test_send t"
		   " WHERE t.state = 'processing' AND t.incarnation <> $1",
	.n_args = 1,
	.types = {INT8OID}};

static StorePlan forget_plan = {
	.sql = "UPDATE campaign.test_send t SET state = 'unknown', finished_at = $3"
		   " WHERE t.workspace_id = $1 AND t.state = 'processing' AND t.incarnation = $2"
		   " RETURNING t.id",
	.n_args = 3,
	.types = {INT8OID, INT8OID, TIMESTAMPTZOID}};

int
campaign_test_sends_take(int64 workspace, TimestampTz now, int limit, bool network,
						 int64 incarnation, TestSend **tests)
{
	Datum values[5] = {Int64GetDatum(workspace), TimestampTzGetDatum(now), Int32GetDatum(limit),
					   BoolGetDatum(network), Int64GetDatum(incarnation)};
	int found = campaign_plan_run(&take_plan, values, NULL, false);
	int i;

	*tests = palloc(Max(found, 1) * sizeof(TestSend));
	for (i = 0; i < found; i++)
	{
		TestSend *test = &(*tests)[i];
		bool is_null;

		test->id = campaign_plan_int64(i, 1, 0);
		test->kept = strcmp(campaign_plan_text(i, 2), "complete") == 0;
		test->channel = campaign_plan_int64(i, 3, 0);
		test->account = campaign_plan_int64(i, 4, 0);
		test->prospect = campaign_plan_int64(i, 5, 0);
		test->kind = campaign_plan_text(i, 6);
		test->key = campaign_plan_text(i, 7);
		test->content = DatumGetJsonbPCopy(campaign_plan_datum(i, 8, &is_null));
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}

void
campaign_test_sends_end(int64 workspace, int64 incarnation, int64 id, bool accepted, Jsonb *outcome,
						TimestampTz at)
{
	Datum values[6] = {Int64GetDatum(workspace), Int64GetDatum(incarnation),
					   Int64GetDatum(id),        BoolGetDatum(accepted),
					   JsonbPGetDatum(outcome),  TimestampTzGetDatum(at)};

	campaign_plan_run(&end_plan, values, NULL, false);
}

int
campaign_test_sends_foreign(int64 incarnation, int64 **workspaces, int64 **incarnations)
{
	Datum values[1] = {Int64GetDatum(incarnation)};
	int found = campaign_plan_run(&foreign_plan, values, NULL, false);
	int i;

	*workspaces = palloc(Max(found, 1) * sizeof(int64));
	*incarnations = palloc(Max(found, 1) * sizeof(int64));
	for (i = 0; i < found; i++)
	{
		(*workspaces)[i] = campaign_plan_int64(i, 1, 0);
		(*incarnations)[i] = campaign_plan_int64(i, 2, 0);
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}

int
campaign_test_sends_forget(int64 workspace, int64 incarnation, TimestampTz now)
{
	Datum values[3] = {Int64GetDatum(workspace), Int64GetDatum(incarnation),
					   TimestampTzGetDatum(now)};
	int found = campaign_plan_run(&forget_plan, values, NULL, false);

	SPI_freetuptable(SPI_tuptable);
	return found;
}
