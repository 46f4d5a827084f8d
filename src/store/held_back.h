/*
 * held_back.h
 *		Queued actions that the hold_if of their campaign keeps from being sent.
 */
#ifndef CAMPAIGN_HELD_BACK_H
#define CAMPAIGN_HELD_BACK_H

#include "postgres.h"
#include "utils/timestamp.h"

/*
 * Has those of these actions that are held back looked at again now, and asks for the dispatchers. They
 * find out whether the condition still holds.
 */
extern void campaign_held_back_release(int64 workspace, const int64 *actions, int n,
									   TimestampTz now);

#endif
