/*
 * frequency_check.h
 *		Whether the persons of a round's actions may be contacted already, by the rules of the campaigns
 *		and of the workspace (B15).
 */
#ifndef CAMPAIGN_FREQUENCY_CHECK_H
#define CAMPAIGN_FREQUENCY_CHECK_H

#include "engine/round.h"
#include "store/contacts.h"

typedef struct FrequencyCheck
{
	const Round *round;
	bool counts; /* nothing is looked at or written otherwise */
	CampaignRule *rules;
	int n_rules;
	PersonContacts *contacts;
	int n_contacts;
} FrequencyCheck;

/*
 * Reads the rules of the campaigns, and locks the persons whom an action would reach, if any rule is
 * there. Persons are locked FOR SHARE already: what is read here has committed.
 */
extern void campaign_frequency_check_open(FrequencyCheck *check, const Round *round,
										  const int64 *campaigns, char *const *persons, int n);

/*
 * When an action of this campaign may reach the person: now or later; DT_NOEND if somebody else is just
 * reaching the same person, so that it is to be asked again in a moment.
 */
extern TimestampTz campaign_frequency_check_earliest(const FrequencyCheck *check, int64 campaign,
													 const char *person);

/* The person is reached now. */
extern void campaign_frequency_check_note(FrequencyCheck *check, const char *person);

extern void campaign_frequency_check_close(const FrequencyCheck *check);

#endif
