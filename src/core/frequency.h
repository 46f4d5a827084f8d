/*
 * frequency.h
 *		How soon after others a person may be contacted: a least gap, and so many in a time.
 */
#ifndef CAMPAIGN_FREQUENCY_H
#define CAMPAIGN_FREQUENCY_H

#include "core/instant.h"

/* No cap is larger, and of each person so many contacts are remembered. */
#define FREQUENCY_MAX 50

typedef struct FrequencyRule
{
	Instant min_gap; /* 0 = none */
	int max;         /* in any window as long as within; 0 = no cap */
	Instant within;
} FrequencyRule;

/* The earliest time, now or later, at which the rule allows a contact after these (by time). */
extern Instant campaign_frequency_earliest(const FrequencyRule *rule, const Instant *contacts,
										   int n, Instant now);

#endif
