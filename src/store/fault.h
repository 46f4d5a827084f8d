/*
 * fault.h
 *		Places in the code where a test can have the process fail.
 *
 * Compiled to nothing unless built with -DCAMPAIGN_FAULTS (make FAULTS=1), which no server but that
 * of a test should have. The file campaign.faults in the data directory says what is to fail: lines
 * "KIND POINT" or "KIND POINT PASSES", where KIND is kill, error, fatal, memory (an allocation that
 * cannot be had), or malloc (from there the next one of code that knows no PostgreSQL gives NULL). Only
 * the first line is armed, in whichever process comes to its point; PASSES times it goes on. A line is removed before
 * it strikes, so that it strikes once and what comes after a crash meets the next one.
 *
 * docs/testing.md lists the points.
 */
#ifndef CAMPAIGN_FAULT_H
#define CAMPAIGN_FAULT_H

#include "postgres.h"

#ifdef CAMPAIGN_FAULTS

#define CAMPAIGN_FAULT(point) campaign_fault_pass(point)

/* The point "seal.committed" for the activity "campaign: seal". */
#define CAMPAIGN_FAULT_COMMITTED(activity) campaign_fault_pass_committed(activity)

extern void campaign_fault_pass(const char *point);
extern void campaign_fault_pass_committed(const char *activity);

#else

#define CAMPAIGN_FAULT(point) ((void) 0)
#define CAMPAIGN_FAULT_COMMITTED(activity) ((void) 0)

#endif

#endif
