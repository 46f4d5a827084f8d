/*
 * frequency.c
 *		How soon after others a person may be contacted.
 */
#include "core/frequency.h"

Instant
campaign_frequency_earliest(const FrequencyRule *rule, const Instant *contacts, int n, Instant now)
{
	Instant earliest = now;

	if (rule->min_gap > 0 && n > 0 && contacts[n - 1] + rule->min_gap > earliest)
		earliest = contacts[n - 1] + rule->min_gap;
	/* when the one that makes it too many is out of the window */
	if (rule->max > 0 && n >= rule->max && contacts[n - rule->max] + rule->within > earliest)
		earliest = contacts[n - rule->max] + rule->within;
	return earliest;
}
