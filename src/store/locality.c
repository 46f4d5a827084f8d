/*
 * locality.c
 *		Which workspaces this server serves.
 */
#include "store/locality.h"

#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"

#include "store/columns.h"
#include "store/plan.h"

static StorePlan here_plan = {.sql = "SELECT h.id FROM campaign.workspaces_here($1) AS h (id)",
							  .n_args = 1,
							  .types = {INT8ARRAYOID}};

bool
campaign_locality_is_spread(void)
{
	return OidIsValid(get_relname_relid("pg_dist_partition", PG_CATALOG_NAMESPACE));
}

/* Both are few: a look gives some hundreds. */
static bool
is_among(int64 workspace, int found)
{
	int i;

	for (i = 0; i < found; i++)
		if (campaign_plan_int64(i, 1, 0) == workspace)
			return true;
	return false;
}

int
campaign_locality_keep(int64 *workspaces, int n)
{
	Datum values[1];
	int found;
	int kept = 0;
	int i;

	if (n == 0 || !campaign_locality_is_spread())
		return n;
	values[0] = campaign_column_ids(workspaces, n);
	found = campaign_plan_run(&here_plan, values, NULL, false);
	for (i = 0; i < n; i++)
		if (is_among(workspaces[i], found))
			workspaces[kept++] = workspaces[i];
	SPI_freetuptable(SPI_tuptable);
	return kept;
}
