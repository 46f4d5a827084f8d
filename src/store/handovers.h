/*
 * handovers.h
 *		Prospects who go on from one campaign to another, by a step of it.
 */
#ifndef CAMPAIGN_HANDOVERS_H
#define CAMPAIGN_HANDOVERS_H

#include "postgres.h"

/*
 * Enrols these prospects in the campaign of this name, as enroll() does, as part of the caller's round:
 * SQL function enroll_elsewhere() is the seam, and all that admission has to offer. Their runs have
 * ended, and that is written. It raises nothing for a prospect or campaign that is refused; results[i]
 * says what became of prospects[i].
 */
extern void campaign_handovers_enroll(int64 workspace, const char *name, const int64 *prospects,
									  int n, const char **results);

#endif
