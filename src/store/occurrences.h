/*
 * occurrences.h
 *		Slots of campaigns with cohorts on their dates (campaign.slot_occurrence), and the clocks that tell
 *		when the next one begins (campaign.slot_clock).
 *
 * Not who comes in with them: see store/newcomers.
 */
#ifndef CAMPAIGN_OCCURRENCES_H
#define CAMPAIGN_OCCURRENCES_H

#include "postgres.h"
#include "utils/date.h"
#include "utils/timestamp.h"

typedef struct SlotClock
{
	int64 campaign;
	TimestampTz begun_until; /* slots that began up to then have been dealt with; DT_NOEND = all */
	TimestampTz
		due_at; /* DT_NOEND = never; when it is written, the end of a slot that runs may be sooner */
} SlotClock;

typedef struct Occurrence
{
	int64 campaign;
	TimestampTz starts_at;
	TimestampTz ends_at;
	DateADT day;
	const char *state; /* running, late or missed */
	TimestampTz begun_at;
	int cohort_size;
	bool added; /* there was none before */
	int wanted; /* newcomers for whom there are places */
	int planned;
	int admitted;
	const char *fault;
} Occurrence;

/* Up to limit clocks that are due, locked, passing over locked ones. */
extern int campaign_occurrences_due(int64 workspace, TimestampTz now, int limit,
									SlotClock **clocks);

/* Writes them back. */
extern void campaign_occurrences_set_clocks(int64 workspace, const SlotClock *clocks, int n);

/* Those of these campaigns that were running and are over by now. */
extern void campaign_occurrences_end(int64 workspace, const int64 *campaigns, int n,
									 TimestampTz now);

/* Adds those that are not there yet, and says which were not. */
extern void campaign_occurrences_add(int64 workspace, Occurrence *items, int n);

/* Writes down how many came in with each. */
extern void campaign_occurrences_count(int64 workspace, const Occurrence *items, int n);

#endif
