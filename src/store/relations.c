/*
 * relations.c
 *		What is true of prospects now.
 */
#include "store/relations.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "store/columns.h"
#include "store/plan.h"
#include "store/suppressions.h"

static StorePlan read_plan = {
	.sql = "SELECT r.prospect_id, r.account_id, r.state, r.origin FROM campaign.relation r"
		   " WHERE r.workspace_id = $1 AND r.prospect_id = ANY ($2)"
		   " ORDER BY r.prospect_id, r.account_id",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

/* Looked up one by one: without statistics a list of ids is sought among all of the workspace. */
static StorePlan states_plan = {
	.sql = "SELECT p.id, p.professional_email, p.email,"
		   " " SUPPRESSED ", p.opted_in"
		   " FROM (SELECT DISTINCT u.id FROM unnest($2) AS u(id)) v CROSS JOIN LATERAL"
		   " (SELECT o.* FROM campaign.prospect o WHERE o.workspace_id = $1 AND o.id = v.id"
		   " OFFSET 0) p ORDER BY p.id",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

static StorePlan write_plan = {
	.sql = "INSERT INTO campaign.relation AS r"
		   " (workspace_id, prospect_id, account_id, state, since, origin)"
		   " SELECT $1, v.prospect_id, v.account_id, v.state, v.since, v.origin FROM"
		   " unnest($2::bigint[], $3::bigint[], $4::text[], $5::timestamptz[], $6::bigint[])"
		   " AS v(prospect_id, account_id, state, since, origin) ORDER BY 2, 3"
		   " ON CONFLICT (workspace_id, prospect_id, account_id) DO UPDATE"
		   " SET state = excluded.state, since = excluded.since, origin = CASE"
		   " WHEN excluded.state <> 'none' THEN COALESCE(excluded.origin, r.origin) END"
		   " WHERE (r.state <> excluded.state"
		   " OR excluded.state = 'pending' AND excluded.origin <> COALESCE(r.origin, 0))"
		   " AND NOT (r.state = 'connected' AND excluded.state = 'pending')",
	.n_args = 6,
	.types = {INT8OID, INT8ARRAYOID, INT8ARRAYOID, TEXTARRAYOID, TIMESTAMPTZARRAYOID,
			  INT8ARRAYOID}};

static const char *const names[] = {
	[RELATION_NONE] = "none", [RELATION_PENDING] = "pending", [RELATION_CONNECTED] = "connected"};

const char *
campaign_relations_name(RelationState state)
{
	return names[state];
}

RelationState
campaign_relations_named(const char *name)
{
	if (strcmp(name, names[RELATION_CONNECTED]) == 0)
		return RELATION_CONNECTED;
	return strcmp(name, names[RELATION_PENDING]) == 0 ? RELATION_PENDING : RELATION_NONE;
}

int
campaign_relations_read(int64 workspace, const int64 *prospects, int n,
						ProspectRelation **relations)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(prospects, n)};
	int found = campaign_plan_run(&read_plan, values, NULL, false);
	int i;

	*relations = palloc(Max(found, 1) * sizeof(ProspectRelation));
	for (i = 0; i < found; i++)
	{
		(*relations)[i].prospect = campaign_plan_int64(i, 1, 0);
		(*relations)[i].account = campaign_plan_int64(i, 2, 0);
		(*relations)[i].state = campaign_relations_named(campaign_plan_text(i, 3));
		(*relations)[i].origin = campaign_plan_int64(i, 4, 0);
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}

int
campaign_relations_states(int64 workspace, const int64 *prospects, int n, ProspectState **states)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(prospects, n)};
	int found = campaign_plan_run(&states_plan, values, NULL, false);
	int i;

	*states = palloc(Max(found, 1) * sizeof(ProspectState));
	for (i = 0; i < found; i++)
	{
		(*states)[i].prospect = campaign_plan_int64(i, 1, 0);
		(*states)[i].professional_email = campaign_plan_text(i, 2);
		(*states)[i].email = campaign_plan_text(i, 3);
		(*states)[i].suppressed = campaign_plan_bool(i, 4, false);
		(*states)[i].opted_in = campaign_plan_bool(i, 5, false);
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}

void
campaign_relations_write(int64 workspace, const ProspectRelation *relations,
						 const TimestampTz *since, int n)
{
	Column prospect;
	Column account;
	Column state;
	Column at;
	Column origin;
	Datum values[6];
	int i;

	if (n == 0)
		return;
	campaign_column_init(&prospect, INT8OID);
	campaign_column_init(&account, INT8OID);
	campaign_column_init(&state, TEXTOID);
	campaign_column_init(&at, TIMESTAMPTZOID);
	campaign_column_init(&origin, INT8OID);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_int64(&prospect, relations[i].prospect);
		campaign_column_add_int64(&account, relations[i].account);
		campaign_column_add_text(&state, names[relations[i].state]);
		campaign_column_add_time(&at, since[i]);
		campaign_column_add_id(&origin, relations[i].origin);
	}
	values[0] = Int64GetDatum(workspace);
	values[1] = campaign_column_array(&prospect);
	values[2] = campaign_column_array(&account);
	values[3] = campaign_column_array(&state);
	values[4] = campaign_column_array(&at);
	values[5] = campaign_column_array(&origin);
	campaign_plan_run(&write_plan, values, NULL, false);
}
