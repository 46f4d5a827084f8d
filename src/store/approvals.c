/*
 * approvals.c
 *		Actions that the owner of their campaign has to approve before they are queued.
 */
#include "store/approvals.h"

#include "catalog/pg_type.h"

#include "store/columns.h"
#include "store/plan.h"

static StorePlan runs_plan = {.sql = "SELECT e.id FROM campaign.enrollment e"
									 " WHERE e.workspace_id = $1 AND e.id = ANY ($2) AND e.approved"
									 " ORDER BY e.id",
							  .n_args = 2,
							  .types = {INT8OID, INT8ARRAYOID}};

static StorePlan ask_plan = {.sql = "UPDATE campaign.action a SET put_up_at = $3"
									" WHERE a.workspace_id = $1 AND a.id = ANY ($2)",
							 .n_args = 3,
							 .types = {INT8OID, INT8ARRAYOID, TIMESTAMPTZOID}};

static StorePlan hidden_plan = {
	.sql = "SELECT a.id, a.campaign_id, a.prospect_id, a.enrollment_id, a.step, a.occurrence,"
		   " a.action_kind, l.account_id FROM campaign.action a"
		   " JOIN campaign.lane l ON l.workspace_id = $1 AND l.id = a.lane_id"
		   " WHERE a.workspace_id = $1 AND a.id = ANY ($2) AND a.state = 'awaiting_approval'"
		   " AND a.content IS NULL ORDER BY a.campaign_id, a.id FOR UPDATE OF a",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

static StorePlan show_plan = {.sql =
								  "UPDATE campaign.action a SET content = v.content, put_up_at = $4"
								  " FROM unnest($2::bigint[], $3::jsonb[]) AS v(id, content)"
								  " WHERE a.workspace_id = $1 AND a.id = v.id",
							  .n_args = 4,
							  .types = {INT8OID, INT8ARRAYOID, JSONBARRAYOID, TIMESTAMPTZOID}};

static StorePlan later_plan = {.sql = "UPDATE campaign.enrollment e SET due_at = $3"
									  " WHERE e.workspace_id = $1 AND e.id = ANY ($2)",
							   .n_args = 3,
							   .types = {INT8OID, INT8ARRAYOID, TIMESTAMPTZOID}};

static StorePlan open_plan = {
	.sql = "SELECT a.id, a.put_up_at FROM campaign.action a WHERE a.workspace_id = $1"
		   " AND a.id = ANY ($2) AND a.state IN ('awaiting_approval', 'withdrawn')"
		   " AND a.put_up_at IS NOT NULL AND a.approved_at IS NULL ORDER BY a.id FOR UPDATE",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

/* Put up since the last slot began or, where there are no cohorts, on this day; $3 = just now. */
static StorePlan untold_plan = {
	.sql = "SELECT v.i::int - 1 FROM unnest($2::bigint[]) WITH ORDINALITY AS v(id, i)"
		   " JOIN campaign.campaign c ON c.workspace_id = $1 AND c.id = v.id"
		   " WHERE NOT EXISTS (SELECT FROM campaign.action a WHERE a.workspace_id = $1"
		   " AND a.campaign_id = v.id AND a.state = 'awaiting_approval' AND a.content IS NOT NULL"
		   " AND a.id <> ALL ($3) AND a.put_up_at >= COALESCE((SELECT max(o.begun_at)"
		   " FROM campaign.slot_occurrence o WHERE o.workspace_id = $1 AND o.campaign_id = v.id),"
		   " date_trunc('day', $4 AT TIME ZONE c.time_zone) AT TIME ZONE c.time_zone))"
		   " ORDER BY v.i",
	.n_args = 4,
	.types = {INT8OID, INT8ARRAYOID, INT8ARRAYOID, TIMESTAMPTZOID}};

static StorePlan notify_plan = {.sql = "SELECT campaign.notify_owners($1, $2, $3, $4)",
								.n_args = 4,
								.types = {INT8OID, INT8ARRAYOID, INT4ARRAYOID, TIMESTAMPTZOID}};

int
campaign_approvals_runs(int64 workspace, const int64 *enrollments, int n, int64 **approved)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(enrollments, n)};
	int found = n == 0 ? 0 : campaign_plan_run(&runs_plan, values, NULL, false);
	int i;

	*approved = palloc(Max(found, 1) * sizeof(int64));
	for (i = 0; i < found; i++)
		(*approved)[i] = campaign_plan_int64(i, 1, 0);
	return found;
}

void
campaign_approvals_ask(int64 workspace, const int64 *actions, int n, TimestampTz now)
{
	Datum values[3] = {Int64GetDatum(workspace), campaign_column_ids(actions, n),
					   TimestampTzGetDatum(now)};

	if (n > 0)
		campaign_plan_run(&ask_plan, values, NULL, false);
}

int
campaign_approvals_hidden(int64 workspace, const int64 *actions, int n, HiddenAction **hidden)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(actions, n)};
	int found = campaign_plan_run(&hidden_plan, values, NULL, false);
	int i;

	*hidden = palloc0(Max(found, 1) * sizeof(HiddenAction));
	for (i = 0; i < found; i++)
	{
		HiddenAction *item = &(*hidden)[i];

		item->action.id = campaign_plan_int64(i, 1, 0);
		item->action.campaign = campaign_plan_int64(i, 2, 0);
		item->action.prospect = campaign_plan_int64(i, 3, 0);
		item->action.enrollment = campaign_plan_int64(i, 4, 0);
		item->action.step = campaign_plan_int32(i, 5, 0);
		item->action.occurrence = campaign_plan_int32(i, 6, 0);
		item->kind = campaign_plan_text(i, 7);
		item->account = campaign_plan_int64(i, 8, 0);
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}

void
campaign_approvals_show(int64 workspace, const int64 *actions, Jsonb *const *contents, int n,
						TimestampTz now)
{
	Column content;
	Datum values[4];
	int i;

	if (n == 0)
		return;
	campaign_column_init(&content, JSONBOID);
	for (i = 0; i < n; i++)
		campaign_column_add_json(&content, contents[i]);
	values[0] = Int64GetDatum(workspace);
	values[1] = campaign_column_ids(actions, n);
	values[2] = campaign_column_array(&content);
	values[3] = TimestampTzGetDatum(now);
	campaign_plan_run(&show_plan, values, NULL, false);
}

void
campaign_approvals_later(int64 workspace, const int64 *enrollments, int n, TimestampTz at)
{
	Datum values[3] = {Int64GetDatum(workspace), campaign_column_ids(enrollments, n),
					   TimestampTzGetDatum(at)};

	if (n > 0)
		campaign_plan_run(&later_plan, values, NULL, false);
}

int
campaign_approvals_open(int64 workspace, const int64 *actions, int n, OpenApproval **open)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(actions, n)};
	int found = campaign_plan_run(&open_plan, values, NULL, false);
	int i;

	*open = palloc(Max(found, 1) * sizeof(OpenApproval));
	for (i = 0; i < found; i++)
		(*open)[i] = (OpenApproval){campaign_plan_int64(i, 1, 0), campaign_plan_time(i, 2)};
	SPI_freetuptable(SPI_tuptable);
	return found;
}

int
campaign_approvals_untold(int64 workspace, int64 *campaigns, int *shown, int n,
						  const int64 *actions, int n_actions, TimestampTz now)
{
	Datum values[4] = {Int64GetDatum(workspace), campaign_column_ids(campaigns, n),
					   campaign_column_ids(actions, n_actions), TimestampTzGetDatum(now)};
	int found = n == 0 ? 0 : campaign_plan_run(&untold_plan, values, NULL, false);
	int i;

	for (i = 0; i < found; i++)
	{
		int place = campaign_plan_int32(i, 1, 0);

		campaigns[i] = campaigns[place];
		shown[i] = shown[place];
	}
	if (n > 0)
		SPI_freetuptable(SPI_tuptable);
	return found;
}

void
campaign_approvals_notify(int64 workspace, const int64 *campaigns, const int *shown, int n,
						  TimestampTz now)
{
	Column counts;
	Datum values[4];
	int i;

	if (n == 0)
		return;
	campaign_column_init(&counts, INT4OID);
	for (i = 0; i < n; i++)
		campaign_column_add_int32(&counts, shown[i]);
	values[0] = Int64GetDatum(workspace);
	values[1] = campaign_column_ids(campaigns, n);
	values[2] = campaign_column_array(&counts);
	values[3] = TimestampTzGetDatum(now);
	campaign_plan_run(&notify_plan, values, NULL, false);
}
