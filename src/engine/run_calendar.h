/*
 * run_calendar.h
 *		What the delays of runs go by that are no lengths of time: slots, holidays, dates.
 *
 * All of it is read before the machine moves the runs, for many at once, and given to it as data: the
 * machine asks nobody. Nothing is read for campaigns whose delays are all lengths of time.
 */
#ifndef CAMPAIGN_RUN_CALENDAR_H
#define CAMPAIGN_RUN_CALENDAR_H

#include "engine/runs.h"

/*
 * Gives each run of such a campaign its calendar; reads[i] is what runs->items[i] may have to know
 * (GraphReads).
 */
extern void campaign_run_calendar_read(Runs *runs, const unsigned *reads);

#endif
