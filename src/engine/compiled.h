/*
 * compiled.h
 *		Campaigns as a round uses them: state read in this round, steps compiled once.
 *
 * The compiled steps are cached by (workspace, campaign, revision) for the life of the process, so
 * that a round costs one look at the campaign's row. A CompiledCampaign lives as long as the round.
 */
#ifndef CAMPAIGN_COMPILED_H
#define CAMPAIGN_COMPILED_H

#include "postgres.h"
#include "utils/date.h"

#include "engine/definition.h"
#include "store/campaigns.h"

typedef struct CompiledCampaign
{
	const CampaignRow *row;
	const Definition *definition;
	const Graph *graph;
	const char
		*relation_class; /* the channel class whose accounts relations are about; NULL if none */
	DateADT day;         /* today in the campaign's time zone, which counters go by */
	TimestampTz open_at; /* when it may send next: now, or the begin of its next slot */
	const CampaignAccount *accounts; /* only where they were asked for */
	int n_accounts;
	int freed; /* runs that gave up a place in this round, see engine/admit.h */
} CompiledCampaign;

typedef struct CompiledCampaigns
{
	int64 workspace;
	int n;
	CompiledCampaign *items; /* by id */
} CompiledCampaigns;

/*
 * These campaigns (ids may repeat). lock = held against a change of state until the transaction ends;
 * those that a command is just changing are left out then.
 */
extern CompiledCampaigns *campaign_compiled_load(int64 workspace, const int64 *ids, int n,
												 TimestampTz now, bool lock);

/* Their accounts too, which are none before. */
extern void campaign_compiled_load_accounts(CompiledCampaigns *campaigns);

/* The one of this id, or NULL. */
extern CompiledCampaign *campaign_compiled_find(CompiledCampaigns *campaigns, int64 id);

/* The bits of facts that this kind of event sets in runs of the campaign; 0 if it is not asked about. */
extern uint64 campaign_compiled_bits(const CompiledCampaign *campaign, const char *kind);

/* How often an action of this step is tried in all, where its channel says so often. */
extern int campaign_compiled_attempts(const CompiledCampaign *campaign, int step, int of_channel);

/* True if the account serves this channel class; and is of this channel, unless that is NULL. */
extern bool campaign_compiled_serves(const CampaignAccount *account, const char *channel_class,
									 const char *channel);

#endif
