/*
 * rehearse_answers.h
 *		What people are taken to do in a rehearsal: shares of those whom something reached, and what
 *		single prospects do.
 *
 * Who is in a share is drawn of campaign, prospect, step and kind of event alone, so that a rehearsal
 * that is repeated says the same.
 */
#ifndef CAMPAIGN_REHEARSE_ANSWERS_H
#define CAMPAIGN_REHEARSE_ANSWERS_H

#include "engine/rehearse_lanes.h"

/* Something that a figure does. */
typedef struct ImaginedAnswer
{
	pairingheap_node node;
	TimestampTz at;
	uint64 stamp;
	Figure *figure;
	const char *kind;
} ImaginedAnswer;

typedef struct ImaginedAnswers
{
	const Assumption *items;
	int n;
	pairingheap *pending;
	uint64 stamps;
	MemoryContext life;
} ImaginedAnswers;

extern void campaign_rehearse_answers_open(ImaginedAnswers *answers, const Round *round,
										   const RehearsalRequest *request, People *people,
										   const ImaginedLanes *lanes);

/* The figure's action, in this lane, was executed now: what it may lead to comes later. */
extern void campaign_rehearse_answers_executed(ImaginedAnswers *answers, Figure *figure,
											   const ReadyLane *lane, int step, int lap,
											   TimestampTz now);

/* The next answer that has come by now, or false. */
extern bool campaign_rehearse_answers_take(ImaginedAnswers *answers, TimestampTz now,
										   ImaginedAnswer *answer);

extern TimestampTz campaign_rehearse_answers_next(const ImaginedAnswers *answers);

#endif
