/*
 * jumps.h
 *		Whether the wall clock has been set meanwhile: what it went on by, beside what the machine's own
 *		clock did, which nobody sets and which goes on while the machine sleeps.
 *
 * Workers keep instants in memory until which they leave something alone. When the clock is set back, these lie
 * further away than they were meant to, and whoever keeps them pulls them near.
 */
#ifndef CAMPAIGN_JUMPS_H
#define CAMPAIGN_JUMPS_H

#include "postgres.h"
#include "datatype/timestamp.h"

typedef struct Jumps
{
	TimestampTz wall;
	int64 steady; /* microseconds */
} Jumps;

/* Microseconds by which the clock was set since this was last asked, < 0 = back; 0 if it is a second at most. */
extern int64 campaign_jumps_look(Jumps *jumps);

#endif
