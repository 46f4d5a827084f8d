/*
 * compiled_cache.h
 *		Compiled steps of campaigns, kept by the process from round to round within bounds.
 *
 * What a transaction has asked for stays to its end, so that rounds may point to it; of the rest what was
 * not used for longest goes first, once all together take more than campaign.compiled_memory. So campaigns that
 * are over or gone need no farewell.
 */
#ifndef CAMPAIGN_COMPILED_CACHE_H
#define CAMPAIGN_COMPILED_CACHE_H

#include "postgres.h"

#include "engine/definition.h"
#include "store/campaigns.h"

typedef struct CompiledSteps
{
	Definition *definition;
	const char *relation_class; /* as in CompiledCampaign */
} CompiledSteps;

/* The steps of this campaign in the version of its row, compiled if they are not there. */
extern const CompiledSteps *campaign_compiled_cache_get(int64 workspace, const CampaignRow *row);

#endif
