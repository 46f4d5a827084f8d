/*
 * learned.c
 *		What services tell about prospects.
 */
#include "store/learned.h"

#include "catalog/pg_type.h"

#include "store/columns.h"
#include "store/plan.h"

/* What a service may fill. A prospect is known by the others, and they are his owner's. */
#define COLUMNS                                                                                    \
	"'{professional_email,phone,linkedin_url,first_name,last_name,company,job_title,country}'"     \
	"::text[]"
#define SET_COLUMN(name) name " = COALESCE(v.told->>'" name "', p." name ")"

#define SET_PROSPECT                                                                                                                                                                      \
	"UPDATE campaign.prospect p SET " SET_COLUMN("professional_email") ", " SET_COLUMN("phone") ", " SET_COLUMN("linkedin_url") ", " SET_COLUMN(                                          \
		"first_name") ", " SET_COLUMN("last_name") ", " SET_COLUMN("company") ", " SET_COLUMN("job_title") ", " SET_COLUMN("country") ", attributes = p.attributes || (v.told - " COLUMNS \
																																	  ")"

static StorePlan write_plan = {
	.sql = "WITH said AS (SELECT u.prospect_id, u.told"
		   " FROM unnest($2::bigint[], $3::jsonb[]) AS u(prospect_id, told)),"
		   " free AS MATERIALIZED (SELECT o.id FROM campaign.prospect o WHERE o.workspace_id = $1"
		   " AND o.id = ANY ($2) ORDER BY o.id FOR NO KEY UPDATE SKIP LOCKED),"
		   " written AS (" SET_PROSPECT " FROM said v WHERE p.workspace_id = $1"
		   " AND p.id = v.prospect_id AND p.id IN (SELECT f.id FROM free f) RETURNING p.id)"
		   " INSERT INTO campaign.learned (workspace_id, prospect_id, told)"
		   " SELECT $1, v.prospect_id, v.told FROM said v"
		   " WHERE v.prospect_id NOT IN (SELECT f.id FROM free f)",
	.n_args = 3,
	.types = {INT8OID, INT8ARRAYOID, JSONBARRAYOID}};

static StorePlan apply_plan = {
	.sql = "WITH free AS MATERIALIZED (SELECT o.id FROM campaign.prospect o"
		   " WHERE o.workspace_id = $1 AND o.id IN (SELECT l.prospect_id FROM campaign.learned l"
		   " WHERE l.workspace_id = $1) ORDER BY o.id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED),"
		   " said AS (DELETE FROM campaign.learned l WHERE l.workspace_id = $1"
		   " AND l.prospect_id IN (SELECT f.id FROM free f) RETURNING l.id, l.prospect_id, l.told),"
		   " written AS (" SET_PROSPECT
		   " FROM (SELECT t.prospect_id, pg_catalog.jsonb_object_agg(e.key, e.value"
		   " ORDER BY t.id) AS told FROM said t CROSS JOIN LATERAL"
		   " pg_catalog.jsonb_each(t.told) e GROUP BY t.prospect_id) v"
		   " WHERE p.workspace_id = $1 AND p.id = v.prospect_id)"
		   " SELECT count(*)::int FROM campaign.learned l WHERE l.workspace_id = $1",
	.n_args = 2,
	.types = {INT8OID, INT4OID}};

void
campaign_learned_write(int64 workspace, const LearnedValues *learned, int n)
{
	Column prospect;
	Column told;
	Datum values[3] = {Int64GetDatum(workspace)};
	int i;

	campaign_column_init(&prospect, INT8OID);
	campaign_column_init(&told, JSONBOID);
	for (i = 0; i < n; i++)
	{
		if (learned[i].values == NULL)
			continue;
		campaign_column_add_int64(&prospect, learned[i].prospect);
		campaign_column_add_json(&told, learned[i].values);
	}
	if (prospect.n == 0)
		return;
	values[1] = campaign_column_array(&prospect);
	values[2] = campaign_column_array(&told);
	campaign_plan_run(&write_plan, values, NULL, false);
}

int
campaign_learned_apply(int64 workspace, int limit)
{
	Datum values[2] = {Int64GetDatum(workspace), Int32GetDatum(limit)};
	int found;

	campaign_plan_run(&apply_plan, values, NULL, false);
	found = campaign_plan_int32(0, 1, 0);
	SPI_freetuptable(SPI_tuptable);
	return found;
}
