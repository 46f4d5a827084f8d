/*
 * campaigns.h
 *		Rows of campaign.campaign and what hangs on them, as the engine reads them.
 */
#ifndef CAMPAIGN_CAMPAIGNS_H
#define CAMPAIGN_CAMPAIGNS_H

#include "postgres.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "core/hours.h"

/* Which contacts the owner has to approve. */
typedef enum CampaignApproval
{
	CAMPAIGN_APPROVES_NOTHING,
	CAMPAIGN_APPROVES_FIRST, /* of a run of which he has not approved any */
	CAMPAIGN_APPROVES_ALL
} CampaignApproval;

typedef struct CampaignRow
{
	int64 id;
	int revision;
	TransactionId version; /* of the row: a revision may be of a transaction that is undone */
	bool live;
	bool ended;      /* archived: nothing goes on; closed campaigns let those inside finish */
	int active_cap;  /* so many runs are active at most, see store/places.h */
	int cohort_size; /* so many newcomers come in with each slot; -1 = as soon as there are places */
	CampaignApproval approval;
	bool lapses; /* what is not approved by the end of its day */
	char *name;
	char *time_zone;
	TimestampTz overdue_from;  /* a pause after which what had become due in it is skipped */
	TimestampTz overdue_until; /* its end; DT_NOEND = there was none */
	WeeklySlot *slots;         /* when it sends; at any hour if there are none */
	int n_slots;
	bool has_quiet_hours;
	QuietHours quiet_hours; /* where the prospect is */
	int64 audience;         /* who is in it; 0 = nobody says */
	bool exits_unmatched;   /* whoever does not match that any more leaves, */
	bool holds_unmatched;   /* or is sent nothing */
	bool
		has_namesake; /* it has cohorts, and another one has its name and program; of locked ones */
	bool
		counts_contacts; /* there may be a rule of how often; false, of locked ones = there is none */
} CampaignRow;

typedef struct CampaignAccount
{
	int64 campaign;
	int64 account;
	bool usable;     /* its session is connected, its member and identity are active */
	char *channel;   /* the name of its channel */
	char **classes;  /* channel classes that it serves */
	int n_classes;   /* -1 = all */
	char *time_zone; /* its member's */
} CampaignAccount;

/*
 * These campaigns, locked against a change of state until the transaction ends; those that a command
 * is just changing are left out, and their runs wait for the next round.
 */
extern int campaign_campaigns_lock(int64 workspace, const int64 *ids, int n, CampaignRow **rows);

/* The same without a lock, for what only reads. */
extern int campaign_campaigns_read(int64 workspace, const int64 *ids, int n, CampaignRow **rows);

/* The steps with the settings, and the kinds of event that have bits, as known[bit]. */
extern Jsonb *campaign_campaigns_definition(int64 workspace, int64 id, Jsonb **settings);
extern int campaign_campaigns_facts(int64 workspace, int64 id, char ***known);

/* The accounts of these campaigns, by campaign and account. */
extern int campaign_campaigns_accounts(int64 workspace, const int64 *ids, int n,
									   CampaignAccount **accounts);

#endif
