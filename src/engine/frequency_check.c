/*
 * frequency_check.c
 *		Whether the persons of a round's actions may be contacted already.
 */
#include "engine/frequency_check.h"

void
campaign_frequency_check_open(FrequencyCheck *check, const Round *round, const int64 *campaigns,
							  char *const *persons, int n)
{
	memset(check, 0, sizeof(*check));
	check->round = round;
	if (n == 0)
		return;
	check->counts =
		campaign_contacts_rules(round->workspace, campaigns, n, &check->rules, &check->n_rules);
	if (check->counts)
		check->n_contacts = campaign_contacts_lock(round->workspace, persons, n, &check->contacts);
}

/* They come by key, in the database's order; there are as many as a round starts. */
static PersonContacts *
find_person(const FrequencyCheck *check, const char *person)
{
	int i;

	for (i = 0; i < check->n_contacts; i++)
		if (strcmp(check->contacts[i].person, person) == 0)
			return &check->contacts[i];
	return NULL;
}

TimestampTz
campaign_frequency_check_earliest(const FrequencyCheck *check, int64 campaign, const char *person)
{
	TimestampTz now = check->round->now;
	const PersonContacts *contacts;
	int i;

	if (!check->counts)
		return now;
	contacts = find_person(check, person);
	if (contacts == NULL)
		return DT_NOEND;
	for (i = 0; i < check->n_rules; i++)
		if (check->rules[i].campaign == campaign)
			return campaign_frequency_earliest(&check->rules[i].rule, contacts->at, contacts->n,
											   now);
	return now;
}

void
campaign_frequency_check_note(FrequencyCheck *check, const char *person)
{
	PersonContacts *contacts = check->counts ? find_person(check, person) : NULL;

	if (contacts != NULL)
		campaign_contacts_add(contacts, check->round->now);
}

void
campaign_frequency_check_close(const FrequencyCheck *check)
{
	if (check->counts)
		campaign_contacts_write(check->round->workspace, check->contacts, check->n_contacts);
}
