/*
 * inbox.c
 *		Rows of campaign.inbox.
 */
#include "store/inbox.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "store/columns.h"
#include "store/plan.h"

/*
 * Whose a row is follows from its prospect as he is now, since a changed address makes another person
 * of him; what was written down with the row counts only where the prospect is gone.
 */
static StorePlan persons_plan = {
	.sql = "SELECT DISTINCT COALESCE(p.person_key, q.person),"
		   " CASE WHEN p.id IS NULL THEN q.prospect_id END, min(q.id) OVER ()"
		   " FROM (SELECT i.id, i.person, i.prospect_id FROM campaign.inbox i"
		   " WHERE i.workspace_id = $1 AND i.held IS NULL AND i.id >= $3 ORDER BY i.id LIMIT $2) q"
		   " LEFT JOIN campaign.prospect p ON p.workspace_id = $1 AND p.id = q.prospect_id"
		   " ORDER BY 1",
	.n_args = 3,
	.types = {INT8OID, INT4OID, INT8OID}};

/*
 * In the order of strcmp(), which the caller walks by. Looked up by prospects, one by one: the inbox is mostly empty
 * when this is planned, and then no other way seems longer.
 */
static StorePlan read_plan = {
	.sql = "SELECT i.id, i.kind, i.person_key, i.prospect_id, i.account_id, i.enrollment_id,"
		   " i.action_id, i.outcome, i.code, i.actor, i.occurred_at, i.detail FROM"
		   " (SELECT t.*, n.person_key FROM unnest($2::text[]) AS n(person_key)"
		   " CROSS JOIN LATERAL (SELECT o.id FROM campaign.prospect o WHERE o.workspace_id = $1"
		   " AND o.person_key = n.person_key OFFSET 0) p"
		   " CROSS JOIN LATERAL (SELECT o.* FROM campaign.inbox o WHERE o.workspace_id = $1"
		   " AND o.prospect_id = p.id OFFSET 0) t"
		   " UNION ALL"
		   " SELECT t.*, t.person FROM unnest($3::bigint[]) AS g(id)"
		   " CROSS JOIN LATERAL (SELECT o.* FROM campaign.inbox o WHERE o.workspace_id = $1"
		   " AND o.prospect_id = g.id OFFSET 0) t"
		   " WHERE t.person = ANY ($2) AND (SELECT p.id FROM campaign.prospect p"
		   " WHERE p.workspace_id = $1 AND p.id = g.id) IS NULL) i WHERE i.held IS NULL"
		   " ORDER BY i.person_key COLLATE pg_catalog.\"C\", i.occurred_at, i.id",
	.n_args = 3,
	.types = {INT8OID, TEXTARRAYOID, INT8ARRAYOID}};

static StorePlan insert_plan = {
	.sql = "INSERT INTO campaign.inbox (workspace_id, kind, person, prospect_id, account_id,"
		   " enrollment_id, action_id, outcome, code, occurred_at, detail)"
		   " SELECT $1, v.* FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[],"
		   " $6::bigint[], $7::bigint[], $8::text[], $9::text[], $10::timestamptz[],"
		   " $11::jsonb[]) AS v",
	.n_args = 11,
	.types = {INT8OID, TEXTARRAYOID, TEXTARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID,
			  INT8ARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TIMESTAMPTZARRAYOID, JSONBARRAYOID}};

static StorePlan hold_plan = {
	.sql = "UPDATE campaign.inbox i SET held = $3 WHERE i.workspace_id = $1 AND i.held IS NULL"
		   " AND (i.prospect_id = ANY (ARRAY(SELECT o.id FROM campaign.prospect o"
		   " WHERE o.workspace_id = $1 AND o.person_key = $2))"
		   " OR i.prospect_id = ANY ($4) AND i.person = $2)",
	.n_args = 4,
	.types = {INT8OID, TEXTOID, TEXTOID, INT8ARRAYOID}};

/* $3, $4 = the first and the last of them: where they are not looked up one by one, no more than what is between is read. */
static StorePlan delete_plan = {
	.sql = "DELETE FROM campaign.inbox i WHERE i.workspace_id = $1 AND i.id = ANY ($2)"
		   " AND i.id BETWEEN $3 AND $4",
	.n_args = 4,
	.types = {INT8OID, INT8ARRAYOID, INT8OID, INT8OID}};

int
campaign_inbox_persons(int64 workspace, int limit, Fronts *fronts, char ***persons,
					   GoneProspects *gone)
{
	FrontLook look = campaign_fronts_look(fronts, FRONT_REPORTED_INSIDE, workspace, 0);
	Datum values[3] = {Int64GetDatum(workspace), Int32GetDatum(limit), Int64GetDatum(look.from)};
	int found = campaign_plan_run(&persons_plan, values, NULL, false);
	int n = 0;
	int i;

	*persons = palloc(Max(found, 1) * sizeof(char *));
	gone->ids = palloc(Max(found, 1) * sizeof(int64));
	gone->n = 0;
	for (i = 0; i < found; i++)
	{
		char *person = campaign_plan_text(i, 1);
		int64 prospect = campaign_plan_int64(i, 2, 0);

		if (prospect != 0)
			gone->ids[gone->n++] = prospect;
		if (n == 0 || strcmp((*persons)[n - 1], person) != 0)
			(*persons)[n++] = person;
	}
	campaign_fronts_seen(&look, found > 0 ? campaign_plan_int64(0, 3, 0) : FRONT_UNKNOWN, 1);
	SPI_freetuptable(SPI_tuptable);
	return n;
}

int
campaign_inbox_read(int64 workspace, char **persons, int n, const GoneProspects *gone,
					InboxRow **rows)
{
	Column names;
	Datum values[3];
	int found;
	int i;

	campaign_column_init(&names, TEXTOID);
	for (i = 0; i < n; i++)
		campaign_column_add_text(&names, persons[i]);
	values[0] = Int64GetDatum(workspace);
	values[1] = campaign_column_array(&names);
	values[2] = campaign_column_ids(gone->ids, gone->n);
	found = campaign_plan_run(&read_plan, values, NULL, false);
	*rows = palloc(Max(found, 1) * sizeof(InboxRow));
	for (i = 0; i < found; i++)
	{
		InboxRow *row = &(*rows)[i];
		bool is_null;
		Datum detail;

		row->id = campaign_plan_int64(i, 1, 0);
		row->kind = campaign_plan_text(i, 2);
		row->person = campaign_plan_text(i, 3);
		row->prospect = campaign_plan_int64(i, 4, 0);
		row->account = campaign_plan_int64(i, 5, 0);
		row->enrollment = campaign_plan_int64(i, 6, 0);
		row->action = campaign_plan_int64(i, 7, 0);
		row->outcome = campaign_plan_text(i, 8);
		row->code = campaign_plan_text(i, 9);
		row->actor = campaign_plan_text(i, 10);
		row->occurred_at = campaign_plan_time(i, 11);
		detail = campaign_plan_datum(i, 12, &is_null);
		row->detail = is_null ? NULL : DatumGetJsonbPCopy(detail);
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}

void
campaign_inbox_add(int64 workspace, const InboxRow *rows, int n)
{
	static const Oid types[10] = {TEXTOID, TEXTOID, INT8OID, INT8OID,        INT8OID,
								  INT8OID, TEXTOID, TEXTOID, TIMESTAMPTZOID, JSONBOID};
	Column c[10];
	Datum values[11];
	int i;

	if (n == 0)
		return;
	for (i = 0; i < 10; i++)
		campaign_column_init(&c[i], types[i]);
	for (i = 0; i < n; i++)
	{
		const InboxRow *row = &rows[i];

		campaign_column_add_text(&c[0], row->kind);
		campaign_column_add_text(&c[1], row->person);
		campaign_column_add_int64(&c[2], row->prospect);
		campaign_column_add_id(&c[3], row->account);
		campaign_column_add_id(&c[4], row->enrollment);
		campaign_column_add_id(&c[5], row->action);
		campaign_column_add_text(&c[6], row->outcome);
		campaign_column_add_text(&c[7], row->code);
		campaign_column_add_time(&c[8], row->occurred_at);
		if (row->detail == NULL)
			campaign_column_add_null(&c[9]);
		else
			campaign_column_add(&c[9], JsonbPGetDatum(row->detail));
	}
	values[0] = Int64GetDatum(workspace);
	for (i = 0; i < 10; i++)
		values[i + 1] = campaign_column_array(&c[i]);
	campaign_plan_run(&insert_plan, values, NULL, false);
}

void
campaign_inbox_hold(int64 workspace, const char *person, const GoneProspects *gone,
					const char *reason)
{
	Datum values[4] = {Int64GetDatum(workspace), CStringGetTextDatum(person),
					   CStringGetTextDatum(reason), campaign_column_ids(gone->ids, gone->n)};

	campaign_plan_run(&hold_plan, values, NULL, false);
}

void
campaign_inbox_delete(int64 workspace, const int64 *ids, int n)
{
	Datum values[4] = {Int64GetDatum(workspace)};
	int64 first = PG_INT64_MAX;
	int64 last = PG_INT64_MIN;
	int i;

	if (n == 0)
		return;
	for (i = 0; i < n; i++)
	{
		first = Min(first, ids[i]);
		last = Max(last, ids[i]);
	}
	values[1] = campaign_column_ids(ids, n);
	values[2] = Int64GetDatum(first);
	values[3] = Int64GetDatum(last);
	campaign_plan_run(&delete_plan, values, NULL, false);
}
