/*
 * preview.h
 *		What a step of a campaign says to a prospect, shown to whoever asks: nothing is queued or written.
 *
 * The text is made by the very code that makes it when an action starts (engine/content), of the data of
 * now. What moves a run, and when it would come to the step, is in engine/rehearse.
 */
#ifndef CAMPAIGN_PREVIEW_H
#define CAMPAIGN_PREVIEW_H

#include "postgres.h"
#include "utils/jsonb.h"

#include "engine/round.h"

/*
 * Of whom the text is: a prospect, and his run in the campaign, 0 = none yet. Or of whom a row of the
 * audience's source would make one: prospect 0, and what he and the row would be.
 */
typedef struct PreviewSubject
{
	int64 campaign;
	int step; /* by its number */
	int64 prospect;
	int64 enrollment;
	Datum imagined; /* a row of campaign.prospect */
	Jsonb *row;
} PreviewSubject;

/*
 * The document that a gateway would be given, without an action's id and key, sent by the account that
 * the run uses or would be given first. Raises an error where nothing could be sent: a step that is no
 * action, no account, a variable without a value.
 */
extern Jsonb *campaign_preview_render(const Round *round, const PreviewSubject *subject);

#endif
