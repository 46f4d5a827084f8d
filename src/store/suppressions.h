/*
 * suppressions.h
 *		Rows of campaign.suppression that facts add: opt-outs, complaints.
 */
#ifndef CAMPAIGN_SUPPRESSIONS_H
#define CAMPAIGN_SUPPRESSIONS_H

#include "postgres.h"
#include "utils/timestamp.h"

typedef struct Suppression
{
	const char *kind; /* email, domain, linkedin, person */
	const char *value;
	const char *reason;
} Suppression;

/* Adds what is not there yet. */
extern void campaign_suppressions_add(int64 workspace, const Suppression *suppressions, int n,
									  TimestampTz now);

#endif
