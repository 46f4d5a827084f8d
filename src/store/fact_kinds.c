/*
 * fact_kinds.c
 *		The kinds of event that a condition can ask about: those that are reported from outside.
 */
#include "store/fact_kinds.h"

#include "store/plan.h"

/* What the system writes alone stays so, whatever other row of the name there is. */
static StorePlan load_kinds = {
	.sql = "SELECT k.name COLLATE pg_catalog.\"C\", pg_catalog.bool_and(k.reported)"
		   " FROM campaign.event_kind k GROUP BY k.name ORDER BY 1"};

FactKinds *
campaign_fact_kinds_load(void)
{
	MemoryContext context = CurrentMemoryContext;
	FactKinds *kinds = palloc0(sizeof(FactKinds));
	uint64 rows;

	SPI_connect();
	rows = campaign_plan_run(&load_kinds, NULL, NULL, true);
	MemoryContextSwitchTo(context);

	kinds->names = palloc(sizeof(char *) * Max(rows, 1));
	kinds->own = palloc(sizeof(char *) * Max(rows, 1));
	for (uint64 row = 0; row < rows; row++)
	{
		char *name = campaign_plan_text(row, 1);

		if (campaign_plan_bool(row, 2, false))
			kinds->names[kinds->n++] = name;
		else
			kinds->own[kinds->n_own++] = name;
	}
	SPI_finish();
	return kinds;
}

static bool
is_among(char *const *names, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

bool
campaign_fact_kinds_has(const FactKinds *kinds, const char *name)
{
	return is_among(kinds->names, kinds->n, name);
}

bool
campaign_fact_kinds_is_own(const FactKinds *kinds, const char *name)
{
	return is_among(kinds->own, kinds->n_own, name);
}
