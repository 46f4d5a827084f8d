/*
 * attributes.c
 *		Attributes of prospects.
 */
#include "store/attributes.h"

#include "catalog/pg_type.h"

#include "store/columns.h"
#include "store/plan.h"

static StorePlan read_plan = {
	.sql =
		"SELECT v.i::int - 1, p.attributes || pg_catalog.jsonb_strip_nulls(pg_catalog.to_jsonb(p)"
		" - '{workspace_id,attributes,removed_at}'::text[]), e.payload"
		" FROM unnest($2::bigint[], $3::bigint[]) WITH ORDINALITY AS v(prospect_id, enrollment_id, i)"
		" CROSS JOIN LATERAL (SELECT r.* FROM campaign.prospect r"
		" WHERE r.workspace_id = $1 AND r.id = v.prospect_id OFFSET 0) p"
		" LEFT JOIN LATERAL (SELECT r.payload FROM campaign.enrollment r"
		" WHERE r.workspace_id = $1 AND r.id = v.enrollment_id OFFSET 0) e ON true",
	.n_args = 3,
	.types = {INT8OID, INT8ARRAYOID, INT8ARRAYOID}};

/* In the order of ids, as everybody else locks them. */
static StorePlan write_plan = {
	.sql = "UPDATE campaign.prospect p SET attributes = p.attributes || v.attributes"
		   " FROM (SELECT l.id, u.attributes FROM unnest($2::bigint[], $3::jsonb[])"
		   " AS u(id, attributes) JOIN campaign.prospect l ON l.workspace_id = $1 AND l.id = u.id"
		   " ORDER BY l.id FOR NO KEY UPDATE OF l) v"
		   " WHERE p.workspace_id = $1 AND p.id = v.id",
	.n_args = 3,
	.types = {INT8OID, INT8ARRAYOID, JSONBARRAYOID}};

static Jsonb *
read_json(int row, int column)
{
	bool is_null;
	Datum value = campaign_plan_datum(row, column, &is_null);

	return is_null ? NULL : DatumGetJsonbPCopy(value);
}

void
campaign_attributes_read(int64 workspace, AttributeSource *sources, int n)
{
	Column prospects;
	Column enrollments;
	Datum values[3];
	int found;
	int i;

	campaign_column_init(&prospects, INT8OID);
	campaign_column_init(&enrollments, INT8OID);
	for (i = 0; i < n; i++)
	{
		sources[i].document = NULL;
		sources[i].payload = NULL;
		campaign_column_add_int64(&prospects, sources[i].prospect);
		campaign_column_add_int64(&enrollments, sources[i].enrollment);
	}
	values[0] = Int64GetDatum(workspace);
	values[1] = campaign_column_array(&prospects);
	values[2] = campaign_column_array(&enrollments);
	found = campaign_plan_run(&read_plan, values, NULL, false);
	for (i = 0; i < found; i++)
	{
		AttributeSource *source = &sources[campaign_plan_int32(i, 1, 0)];

		source->document = read_json(i, 2);
		source->payload = read_json(i, 3);
	}
	SPI_freetuptable(SPI_tuptable);
}

void
campaign_attributes_write(int64 workspace, const int64 *prospects, Jsonb *const *attributes, int n)
{
	Column ids;
	Column objects;
	Datum values[3];
	int i;

	if (n == 0)
		return;
	campaign_column_init(&ids, INT8OID);
	campaign_column_init(&objects, JSONBOID);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_int64(&ids, prospects[i]);
		campaign_column_add(&objects, JsonbPGetDatum(attributes[i]));
	}
	values[0] = Int64GetDatum(workspace);
	values[1] = campaign_column_array(&ids);
	values[2] = campaign_column_array(&objects);
	campaign_plan_run(&write_plan, values, NULL, false);
}
