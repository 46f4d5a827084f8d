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

/* What the owner does with what is put up for him, and what comes of it if he does nothing. */
#define ANSWER_APPROVED "approved"
#define ANSWER_BLOCKED "blocked"
#define ANSWER_LAPSED "lapsed"

/* Something that a figure does, or the owner with the figure's action. */
typedef struct ImaginedAnswer
{
	pairingheap_node node;
	TimestampTz at;
	uint64 stamp;
	Figure *figure;
	const char *kind; /* of event, or one of the above */
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

/*
 * The figure's action is put up for its owner: what he will do comes later, and if nothing does it lapses then.
 * False if he does nothing. Where nothing is assumed he approves at once.
 */
extern bool campaign_rehearse_answers_put_up(ImaginedAnswers *answers, Figure *figure,
											 TimestampTz lapses_at, TimestampTz now);

/* True if the answer is the owner's, or stands for his silence. */
extern bool campaign_rehearse_answers_by_owner(const char *kind);

/* The next answer that has come by now, or false. */
extern bool campaign_rehearse_answers_take(ImaginedAnswers *answers, TimestampTz now,
										   ImaginedAnswer *answer);

extern TimestampTz campaign_rehearse_answers_next(const ImaginedAnswers *answers);

#endif
