/*
 * closing.h
 *		Lanes in which the actions of a campaign were found outside its slots.
 *
 * One such action says that none of the campaign leaves now, so all that wait in the lane are put off
 * at once, instead of being taken one after the other, each when its turn has come.
 */
#ifndef CAMPAIGN_CLOSING_H
#define CAMPAIGN_CLOSING_H

#include "engine/compiled.h"
#include "engine/round.h"
#include "store/queue.h"

typedef struct Closing
{
	QueueClosed *items; /* each lane and campaign once */
	int n;
} Closing;

/* max: room for so many actions. */
extern void campaign_closing_open(Closing *closing, int max);

/* An action of this campaign, which is outside its slots, was found in the lane. */
extern void campaign_closing_note(Closing *closing, int64 lane, const CompiledCampaign *campaign);

/* Puts off what waits beside them. */
extern void campaign_closing_write(const Closing *closing, const Round *round);

#endif
