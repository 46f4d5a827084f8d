/*
 * validation.h
 *		What the owner of a campaign has to approve before it is sent (S1.4, S1.7, S1.8).
 *
 * A contact that needs approval is written as awaiting_approval instead of queued. In the same transaction
 * its contents are rendered and frozen, so that what is approved is what is sent, and the owner is told. It
 * is queued by the round that finds its run due after approve(), as what a pause took out of the queue is.
 * An action that is not approved by the end of its day waits on, or ends its run, as the campaign says.
 *
 * What the owner decides is in sql/66_approval.sql.
 */
#ifndef CAMPAIGN_VALIDATION_H
#define CAMPAIGN_VALIDATION_H

#include "engine/runs.h"

/* Of which runs the owner has approved an action; read when it is first asked. */
typedef struct Validation
{
	Runs *runs;
	bool read;
	int64 *approved;
	int n_approved;
} Validation;

extern void campaign_validation_open(Validation *validation, Runs *runs);

/* True if the action of this step of the run needs approval. */
extern bool campaign_validation_needed(Validation *validation, const Run *run, int step);

/* When what was put up at this instant lapses in this campaign; DT_NOEND = it waits. */
extern TimestampTz campaign_validation_lapses_at(const CompiledCampaign *campaign,
												 TimestampTz put_up_at);

/*
 * Puts up those of these actions that await approval unseen: freezes their contents, holds those of which
 * a variable has no value, and, for each campaign of whose owner nothing else of the same slot waits,
 * logs validation_requested and tells him.
 */
extern void campaign_validation_show(const Round *round, CompiledCampaigns *campaigns,
									 const int64 *actions, int n);

#endif
