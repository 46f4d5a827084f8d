/*
 * resolution.h
 *		What is said of an action from outside: by its gateway later on, by a person, or by nobody in
 *		time.
 */
#ifndef CAMPAIGN_RESOLUTION_H
#define CAMPAIGN_RESOLUTION_H

#include "engine/round.h"
#include "utils/jsonb.h"

typedef enum Resolution
{
	RESOLUTION_COMPLETE, /* it was done at that instant */
	RESOLUTION_REJECTED, /* the gateway took it on and then refused it */
	RESOLUTION_FAILED,
	RESOLUTION_RETRY,   /* the next attempt, under the same key; failed if there is none left */
	RESOLUTION_RESEND,  /* once more under a key of its own, whatever became of it */
	RESOLUTION_GIVEN_UP /* nobody will ever know */
} Resolution;

/* The resolution of this name; an error if there is none. */
extern Resolution campaign_resolution_named(const char *name);

/*
 * Settles an action that has been handed over, in whatever open state it is; the caller has found it
 * to be so. at: when that happened. False if nothing was done, since the run does not wait for it
 * (resend only).
 */
extern bool campaign_resolution_apply(const Round *round, int64 action, Resolution resolution,
									  TimestampTz at, Jsonb *detail);

/* Holds a queued action whose start failed by itself, as internal_error. */
extern void campaign_resolution_hold(const Round *round, int64 action, const char *reason);

/*
 * Expires what gateways took on, or agents were to do, and nobody reported on in time, and ends leases
 * that have run out; how many.
 */
extern int campaign_resolution_expire(const Round *round);

#endif
