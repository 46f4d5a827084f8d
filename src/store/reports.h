/*
 * reports.h
 *		Reports of providers as they came (table ingested). They are written by ingest(), in SQL; here
 *		they go again.
 */
#ifndef CAMPAIGN_REPORTS_H
#define CAMPAIGN_REPORTS_H

#include "postgres.h"
#include "utils/timestamp.h"

/* Deletes those that were received before this instant, at most so many; how many. */
extern int campaign_reports_forget(int64 workspace, TimestampTz before, int max);

#endif
