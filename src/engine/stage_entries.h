/*
 * stage_entries.h
 *		What follows in the database when runs enter stages, or leave for good from a campaign that has
 *		them; gathered by the ledger and done set-wise when it is written.
 */
#ifndef CAMPAIGN_STAGE_ENTRIES_H
#define CAMPAIGN_STAGE_ENTRIES_H

#include "engine/runs.h"

typedef struct StageEntries
{
	int64 *entered; /* runs that entered a stage, */
	int32 *stages;  /* and which */
	int n_entered;
	int64 *left; /* runs that left other than by completing: nothing is sent to them any more */
	int n_left;
	int max_entered;
	int max_left;
} StageEntries;

/* The run entered this stage. */
extern void campaign_stage_entries_enter(StageEntries *entries, const Run *run, int stage);

/* The run has ended. */
extern void campaign_stage_entries_end(StageEntries *entries, const Run *run);

/* Call once the runs are written. */
extern void campaign_stage_entries_write(const StageEntries *entries, int64 workspace);

#endif
