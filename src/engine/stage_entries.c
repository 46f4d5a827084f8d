/*
 * stage_entries.c
 *		What follows when runs enter stages, or leave for good.
 */
#include "engine/stage_entries.h"

#include "store/side_actions.h"

static void *
grown(void *items, int n, int *max, size_t size)
{
	if (n < *max)
		return items;
	*max = Max(2 * *max, 64);
	return items == NULL ? palloc(*max * size) : repalloc(items, *max * size);
}

void
campaign_stage_entries_enter(StageEntries *entries, const Run *run, int stage)
{
	int max = entries->max_entered;

	entries->entered =
		grown(entries->entered, entries->n_entered, &entries->max_entered, sizeof(int64));
	entries->stages = grown(entries->stages, entries->n_entered, &max, sizeof(int32));
	entries->entered[entries->n_entered] = run->row->id;
	entries->stages[entries->n_entered++] = stage;
}

/* What was promised to who has completed is still sent. */
void
campaign_stage_entries_end(StageEntries *entries, const Run *run)
{
	if (!run->campaign->graph->has_stages || run->machine.end == END_SUCCESS)
		return;
	entries->left = grown(entries->left, entries->n_left, &entries->max_left, sizeof(int64));
	entries->left[entries->n_left++] = run->row->id;
}

/* What was waiting is taken back before what an end itself sends is asked for. */
void
campaign_stage_entries_write(const StageEntries *entries, int64 workspace)
{
	campaign_side_actions_close(workspace, entries->left, entries->n_left);
	campaign_side_actions_enter(workspace, entries->entered, entries->stages, entries->n_entered);
}
