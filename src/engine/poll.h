/*
 * poll.h
 *		What gateways answer when they are asked what has become of something.
 */
#ifndef CAMPAIGN_POLL_H
#define CAMPAIGN_POLL_H

#include "engine/deliver.h"

/*
 * Settles actions by the answers: {"status": "complete"} or rejected, failed, retry. Any other answer
 * says nothing, and the next poll asks again. How many were settled.
 */
extern int campaign_poll_record(const Round *round, const DeliveryOutcome *outcomes, int n);

#endif
