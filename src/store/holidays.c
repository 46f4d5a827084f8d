/*
 * holidays.c
 *		Days on which no business is done.
 */
#include "store/holidays.h"

#include "catalog/pg_type.h"

#include "store/columns.h"
#include "store/plan.h"

static StorePlan countries_plan = {
	.sql = "SELECT p.id, pg_catalog.lower(p.country)"
		   " FROM (SELECT DISTINCT u.id FROM unnest($2::bigint[]) AS u(id)) v"
		   " CROSS JOIN LATERAL (SELECT r.id, r.country FROM campaign.prospect r"
		   " WHERE r.workspace_id = $1 AND r.id = v.id OFFSET 0) p"
		   " WHERE p.country IS NOT NULL ORDER BY p.id",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

static StorePlan holidays_plan = {
	.sql = "SELECT pg_catalog.lower(h.country), h.day FROM campaign.holiday h"
		   " WHERE h.workspace_id = $1"
		   " AND (h.country IS NULL OR pg_catalog.lower(h.country) = ANY ($2)) ORDER BY h.day",
	.n_args = 2,
	.types = {INT8OID, TEXTARRAYOID}};

int
campaign_holidays_countries(int64 workspace, const int64 *prospects, int n,
							ProspectCountry **countries)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(prospects, n)};
	int found = campaign_plan_run(&countries_plan, values, NULL, false);
	int i;

	*countries = palloc(Max(found, 1) * sizeof(ProspectCountry));
	for (i = 0; i < found; i++)
	{
		(*countries)[i].prospect = campaign_plan_int64(i, 1, 0);
		(*countries)[i].country = campaign_plan_text(i, 2);
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}

int
campaign_holidays_read(int64 workspace, const ProspectCountry *countries, int n, Holiday **holidays)
{
	Column names;
	Datum values[2];
	int found;
	int i;

	campaign_column_init(&names, TEXTOID);
	for (i = 0; i < n; i++)
		campaign_column_add_text(&names, countries[i].country);
	values[0] = Int64GetDatum(workspace);
	values[1] = campaign_column_array(&names);
	found = campaign_plan_run(&holidays_plan, values, NULL, false);
	*holidays = palloc(Max(found, 1) * sizeof(Holiday));
	for (i = 0; i < found; i++)
	{
		bool is_null;

		(*holidays)[i].country = campaign_plan_text(i, 1);
		(*holidays)[i].day = DatumGetDateADT(campaign_plan_datum(i, 2, &is_null));
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}
