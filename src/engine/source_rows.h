/*
 * source_rows.h
 *		The rows of users' own tables that prospects stand for, as they are at this moment.
 *
 * Once for each audience and round, for all who are asked about, and no longer than
 * campaign.source_patience. A source that fails, or takes longer, is left alone for a while, and only
 * those who wait for its rows wait (B2). Campaigns without an audience cost nothing here.
 */
#ifndef CAMPAIGN_SOURCE_ROWS_H
#define CAMPAIGN_SOURCE_ROWS_H

#include "postgres.h"
#include "utils/jsonb.h"

#include "engine/round.h"
#include "store/campaigns.h"

typedef struct SourceRow
{
	bool governed; /* the prospect is of the audience's source, or the audience is over prospects */
	bool of_source;    /* it is of a source */
	bool matches;      /* all rules hold now */
	Jsonb *row;        /* NULL: there is none (any more) */
	const char *fault; /* a code: it could not be found out; nothing else is known then */
} SourceRow;

/* When a row that could not be read is asked for again. */
extern TimestampTz campaign_source_rows_retry(TimestampTz now);

/*
 * The rows of these prospects in the audiences of their campaigns. campaigns[i] may be NULL, which leaves
 * one out, as does a campaign without an audience: nothing of it is governed.
 */
extern SourceRow *campaign_source_rows_read(const Round *round, const CampaignRow **campaigns,
											const int64 *prospects, int n);

#endif
