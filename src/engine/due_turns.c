/*
 * due_turns.c
 *		Whose turn it is, where more workspaces have work than one turn can see or serve.
 */
#include "engine/due_turns.h"

int
campaign_due_turns_take(DueTurns *turns, int64 *workspaces, int n, int max)
{
	int64 *taken;
	int first = 0;
	int i;

	if (n <= max)
		return n;
	while (first < n && workspaces[first] <= turns->served)
		first++;
	taken = palloc(max * sizeof(int64));
	for (i = 0; i < max; i++)
		taken[i] = workspaces[(first + i) % n];
	turns->served = taken[max - 1];
	memcpy(workspaces, taken, max * sizeof(int64));
	pfree(taken);
	return max;
}

static bool
is_there(const int64 *workspaces, int n, int64 workspace)
{
	int i;

	for (i = 0; i < n; i++)
		if (workspaces[i] == workspace)
			return true;
	return false;
}

int
campaign_due_turns_walk(int64 *walked, StorePlan *plan, Datum *values, int after, int64 *workspaces,
						int n, int max)
{
	int found;
	int i;

	values[after - 1] = Int64GetDatum(*walked);
	found = campaign_plan_run(plan, values, NULL, false);
	if (found == 0)
		*walked = 0;
	for (i = 0; i < found && n < max; i++)
	{
		int64 workspace = campaign_plan_int64(i, 1, 0);

		*walked = workspace;
		if (campaign_plan_bool(i, 2, false) && !is_there(workspaces, n, workspace))
			workspaces[n++] = workspace;
	}
	SPI_freetuptable(SPI_tuptable);
	return n;
}
