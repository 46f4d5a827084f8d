/*
 * entry.h
 *		Whether prospects meet the entry condition of a campaign, asked without writing anything.
 */
#ifndef CAMPAIGN_ENTRY_H
#define CAMPAIGN_ENTRY_H

#include "engine/round.h"

/* allowed[i]: a run of prospects[i] that began now would not end at once by the entry condition. */
extern void campaign_entry_check(const Round *round, int64 campaign, const int64 *prospects, int n,
								 bool *allowed);

#endif
