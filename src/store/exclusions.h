/*
 * exclusions.h
 *		Who is in a campaign of mode exclusive_only, as it is now and not as a snapshot has it.
 */
#ifndef CAMPAIGN_EXCLUSIONS_H
#define CAMPAIGN_EXCLUSIONS_H

#include "postgres.h"

/*
 * Those of the prospects that have an active run in such a campaign, in *found. What other
 * transactions have committed meanwhile counts, also where the own one reads by an older snapshot.
 */
extern int campaign_exclusions_find(int64 workspace, const int64 *prospects, int n, int64 **found);

#endif
