/*
 * learned.h
 *		What services tell about prospects, written into campaign.prospect.
 */
#ifndef CAMPAIGN_LEARNED_H
#define CAMPAIGN_LEARNED_H

#include "postgres.h"
#include "utils/jsonb.h"

typedef struct LearnedValues
{
	int64 prospect;
	Jsonb *values; /* an object: columns that a service may fill, and attributes; NULL = nothing */
} LearnedValues;

/*
 * Writes them. Those whose prospect somebody else has locked, who might keep it for long, are kept and
 * written by campaign_learned_apply().
 */
extern void campaign_learned_write(int64 workspace, const LearnedValues *learned, int n);

/* Writes what could not be written before; how many of those there were, written or not. */
extern int campaign_learned_apply(int64 workspace, int limit);

#endif
