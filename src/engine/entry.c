/*
 * entry.c
 *		Whether prospects meet the entry condition of a campaign.
 *
 * The machine is asked, over runs that exist only in memory, so that the answer is that of enrolling.
 */
#include "engine/entry.h"

#include "engine/ledger.h"

static Enrollment
imagined(int64 campaign, int64 prospect, TimestampTz now)
{
	Enrollment row = {.campaign = campaign,
					  .prospect = prospect,
					  .lap = 1,
					  .halt = RUN_AT_ENTRY,
					  .due_at = now,
					  .parked_due_at = DT_NOEND,
					  .base_at = now,
					  .step_at = now,
					  .started_at = now,
					  .ended_at = DT_NOEND};

	return row;
}

void
campaign_entry_check(const Round *round, int64 campaign, const int64 *prospects, int n,
					 bool *allowed)
{
	Enrollment *rows = palloc(Max(n, 1) * sizeof(Enrollment));
	MachineEffects effects = {0};
	Runs runs;
	int i;

	for (i = 0; i < n; i++)
		rows[i] = imagined(campaign, prospects[i], round->now);
	campaign_runs_open(&runs, round, rows, n, RUNS_FACTS_ALL, false);
	if (runs.n != n)
		ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("no such campaign"),
						errdetail("Its id is " INT64_FORMAT ".", campaign)));
	for (i = 0; i < n; i++)
	{
		Run *run = &runs.items[i];

		campaign_machine_advance(run->campaign->graph, &run->machine, run->states, round->now,
								 campaign_ledger_effects(&effects));
		/* a step that is an end is not a condition that did not hold */
		allowed[i] = run->machine.halt != RUN_ENDED || run->machine.end != END_END ||
					 strcmp(run->machine.code, campaign_graph_end_name(END_END)) == 0;
	}
}
