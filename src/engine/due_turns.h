/*
 * due_turns.h
 *		Whose turn it is, where more workspaces have work than one turn can see or serve.
 *
 * A look reads the earliest rows that are due, and no more of them than it can afford. One workspace may have a
 * million of these. So a look that was not shown all also goes on from workspace to workspace by an index, a few
 * hundred steps at a time, and serves in turn whom it finds. Not for finding out whether there is work at all.
 */
#ifndef CAMPAIGN_DUE_TURNS_H
#define CAMPAIGN_DUE_TURNS_H

#include "postgres.h"
#include "store/fronts.h"
#include "store/plan.h"
#include "utils/timestamp.h"

/* Walks of a process: one for each kind of what may come by the million. */
#define DUE_WALKS 6

/* Where a process has come to; zero to begin with. Any number is good, so nothing has to undo it. */
typedef struct DueTurns
{
	int64 served;            /* of those that were found at once, the last that was served */
	int64 walked[DUE_WALKS]; /* the last that each walk from workspace to workspace came by */
	Fronts *fronts;          /* NULL = each look is a whole one */
	bool whole;              /* the last look was */
} DueTurns;

/* Of these workspaces, in the order of their numbers, those up to max whose turn it is, to the front; how many. */
extern int campaign_due_turns_take(DueTurns *turns, int64 *workspaces, int n, int max);

/*
 * Adds those that the walk comes by next and that are not there yet, up to max; how many there are then. The
 * plan has the workspace to begin behind as its argument number `after` and gives, in their order, workspaces
 * and whether they have work, no more than it likes; none of them = the walk begins anew.
 */
extern int campaign_due_turns_walk(int64 *walked, StorePlan *plan, Datum *values, int after,
								   int64 *workspaces, int n, int max);

#endif
