/*
 * contacts.h
 *		When persons were contacted, whatever the campaign: column contacts of campaign.person (B15).
 *
 * Counted is only in workspaces where a rule asks for it, so that the others pay nothing.
 */
#ifndef CAMPAIGN_CONTACTS_H
#define CAMPAIGN_CONTACTS_H

#include "postgres.h"
#include "utils/timestamp.h"

#include "core/frequency.h"

typedef struct CampaignRule
{
	int64 campaign;
	FrequencyRule rule;
} CampaignRule;

/* One person's contacts. */
typedef struct PersonContacts
{
	char *person;
	int n;
	TimestampTz at[FREQUENCY_MAX]; /* by time, the latest ones */
	bool changed;
} PersonContacts;

/*
 * The rules of these campaigns, their own or else the workspace's. False, and none, if nothing in the
 * workspace has one: contacts are not counted then.
 */
extern bool campaign_contacts_rules(int64 workspace, const int64 *campaigns, int n,
									CampaignRule **rules, int *n_rules);

/* Locks these persons against other starts, passing over locked ones, with their contacts; how many. */
extern int campaign_contacts_lock(int64 workspace, char *const *persons, int n,
								  PersonContacts **contacts);

/* The contacts of those of these persons who have a row, in no order, without a lock. */
extern int campaign_contacts_read(int64 workspace, char *const *persons, int n,
								  PersonContacts **contacts);

/* A contact of a locked person. */
extern void campaign_contacts_add(PersonContacts *contacts, TimestampTz at);

/* Writes those that have changed. */
extern void campaign_contacts_write(int64 workspace, const PersonContacts *contacts, int n);

/* Takes back contacts that certainly did not take place. */
extern void campaign_contacts_refund(int64 workspace, char *const *persons,
									 const TimestampTz *started_at, int n);

#endif
