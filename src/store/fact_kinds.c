/*
 * fact_kinds.c
 *		The kinds of event that a condition can ask about: those that are reported from outside.
 */
#include "store/fact_kinds.h"

#include "store/plan.h"

static StorePlan load_kinds = {
	.sql = "SELECT DISTINCT k.name COLLATE pg_catalog.\"C\" FROM campaign.event_kind k ORDER BY 1"};

/* No condition can ask about these: they are not reported, so they never reach the inbox. */
static const char *const own_kinds[] = {
	"enrolled",       "action_queued",     "action_started",   "action_executed", "action_retried",
	"action_pending", "action_failed",     "action_held",      "action_skipped",  "delay_started",
	"wait_started",   "step_passed",       "action_withdrawn", "wait_timed_out",  "ended",
	"held",           "created",           "altered",          "launched",        "paused",
	"resumed",        "stopped",           "archived",         "suppressed",      "unsuppressed",
	"session_opened", "session_handed_on", "session_retried",  "session_ended"};

bool
campaign_fact_kinds_is_own(const char *name)
{
	for (size_t i = 0; i < lengthof(own_kinds); i++)
		if (strcmp(own_kinds[i], name) == 0)
			return true;
	return false;
}

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
	for (uint64 row = 0; row < rows; row++)
	{
		char *name = campaign_plan_text(row, 1);

		if (!campaign_fact_kinds_is_own(name))
			kinds->names[kinds->n++] = name;
	}
	SPI_finish();
	return kinds;
}

bool
campaign_fact_kinds_has(const FactKinds *kinds, const char *name)
{
	for (int i = 0; i < kinds->n; i++)
		if (strcmp(kinds->names[i], name) == 0)
			return true;
	return false;
}
