/*
 * scenario.h
 *		One prospect's way through a random sequence, told so that the real extension can be led the
 *		same way and compared.
 *
 * What is told, a line each: scenario, definition and settings (jsonb), start and until (timestamptz),
 * email (yes or no: the prospect has an address), relation (of the one account to the prospect before
 * it all: none, pending, connected), holiday (a day for everybody), event (when, and the kind that is
 * then recorded), and trace: when, step, kind of event that the engine notes, and of its detail what
 * counts. Times that are compared are those at which things are done, by an engine that is never late;
 * actions are executed the moment they are queued, as a channel of transport outbox does it. No event
 * falls on the instant of a timer.
 *
 * Splits go by the ids of campaign and prospect, which a real database draws: the trace is told for
 * those that are given.
 */
#ifndef CAMPAIGN_SCENARIO_H
#define CAMPAIGN_SCENARIO_H

#include <stdint.h>
#include <stdio.h>

/* Tells the scenario of this seed; how many lines of trace it has. */
extern int scenario_tell(FILE *out, uint64_t seed, int64_t campaign, int64_t prospect);

#endif
