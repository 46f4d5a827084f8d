/*
 * recent_starts.h
 *		The ledger of a rolling limit, as a row of campaign.usage has it: columns recent_at, recent_n
 *		and dropped_at.
 */
#ifndef CAMPAIGN_RECENT_STARTS_H
#define CAMPAIGN_RECENT_STARTS_H

#include "postgres.h"
#include "utils/timestamp.h"

#include "core/rolling.h"

/*
 * The ledger in row `row` of the last result, whose columns begin at `column`; NULL if the row has
 * none. In the current memory context.
 */
extern Rolling *campaign_recent_starts_read(int row, int column);

/* Writes the ledgers of these locked rows; NULL takes one away. */
extern void campaign_recent_starts_write(int64 workspace, const int64 *usage_ids,
										 Rolling *const *ledgers, int n);

#endif
