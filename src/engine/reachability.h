/*
 * reachability.h
 *		Whether attempts get through to the servers of channels, whatever these say then.
 */
#ifndef CAMPAIGN_REACHABILITY_H
#define CAMPAIGN_REACHABILITY_H

#include "engine/deliver.h"

/*
 * Looks at outcomes of one workspace. Costs a statement only where one did not get through, or got
 * through to a channel of which its start knew that it could not be reached.
 */
extern void campaign_reachability_note(int64 workspace, const DeliveryOutcome *outcomes, int n,
									   TimestampTz now);

#endif
