/*
 * rehearse_moves.h
 *		What moves the runs of a rehearsal: time, outcomes, and what people do. The machine decides;
 *		here is what stands in place of the ledger and the inbox.
 */
#ifndef CAMPAIGN_REHEARSE_MOVES_H
#define CAMPAIGN_REHEARSE_MOVES_H

#include "engine/rehearse_answers.h"
#include "engine/rehearse_lanes.h"
#include "engine/rehearse_places.h"

/* What has been reported and is not applied yet. */
typedef struct ImaginedReport
{
	Figure *figure;
	uint64 stamp;
	TimestampTz at;
	const char *kind;    /* of event; NULL = an outcome of the open action: */
	const char *outcome; /* complete, skipped or refused */
	const char *code;
} ImaginedReport;

/* A rehearsal, as all its parts see it. */
typedef struct Rehearsal
{
	Round round; /* its now is the time that it has come to */
	const RehearsalRequest *request;
	MemoryContext life; /* of the whole; what is allocated in a pass goes with it */
	People people;
	ImaginedLanes lanes;
	ImaginedPlaces places;
	ImaginedAnswers answers;
	ImaginedReport *reports;
	int n_reports;
	int max_reports;
	uint64 stamps;
	Figure **queued; /* in this round, to be given accounts */
	int n_queued;
	int max_queued;
	Figure **touched; /* in this round, as often as they were */
	int n_touched;
	int max_touched;
	MachineEffects effects;
	bool counts_credits;
	int64 credits;
	FrequencyRule frequency;
} Rehearsal;

/* The figure's action ended so: applied in the next pass. */
extern void campaign_rehearse_moves_report(Rehearsal *rehearsal, Figure *figure,
										   const char *outcome, const char *code);

/* Tells whoever asked for the rehearsal. step GRAPH_NONE = where the figure stands. */
extern void campaign_rehearse_moves_tell(const Rehearsal *rehearsal, const Figure *figure, int step,
										 const char *what, const char *code, Jsonb *content);

/* The run waits for a person. */
extern void campaign_rehearse_moves_hold(Rehearsal *rehearsal, Figure *figure, const char *reason);

/* Applies what was reported by now; how much. */
extern int campaign_rehearse_moves_intake(Rehearsal *rehearsal);

/* Moves on who is due; how many. */
extern int campaign_rehearse_moves_advance(Rehearsal *rehearsal);

#endif
