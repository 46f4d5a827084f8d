/*
 * rehearse_ledger.h
 *		What the moves of a rehearsal lead to: what engine/ledger writes in the rounds is kept here in
 *		memory, and told to whoever asked for the rehearsal.
 *
 * Not what moves the runs (engine/rehearse_moves), nor what leaves (engine/rehearse_starts).
 */
#ifndef CAMPAIGN_REHEARSE_LEDGER_H
#define CAMPAIGN_REHEARSE_LEDGER_H

#include "engine/rehearse_answers.h"
#include "engine/rehearse_lanes.h"
#include "engine/rehearse_places.h"
#include "engine/validation.h"

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
	Validation validation;
} Rehearsal;

/* Tells whoever asked for the rehearsal. step GRAPH_NONE = where the figure stands. */
extern void campaign_rehearse_ledger_tell(const Rehearsal *rehearsal, const Figure *figure,
										  int step, const char *what, const char *code,
										  Jsonb *content);

/* The run waits for a person. */
extern void campaign_rehearse_ledger_hold(Rehearsal *rehearsal, Figure *figure, const char *reason);

/* The effects of the next move, none yet. */
extern MachineEffects *campaign_rehearse_ledger_empty(Rehearsal *rehearsal);

/* The figure has moved, with the effects that are noted. */
extern void campaign_rehearse_ledger_apply(Rehearsal *rehearsal, Figure *figure);

/*
 * What was reported is applied in the order of persons, and written in that of runs, which is so the
 * order in which they come when they are due at one time.
 */
extern void campaign_rehearse_ledger_order(Rehearsal *rehearsal);

/* Gives what was queued its lanes, and places that are free to who waits for one. */
extern void campaign_rehearse_ledger_close(Rehearsal *rehearsal);

#endif
