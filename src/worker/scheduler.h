/*
 * scheduler.h
 *		The process of a database that moves enrollments on: one for each database.
 *
 * It is also the probe: where there is no extension it tells the launcher so and leaves.
 */
#ifndef CAMPAIGN_SCHEDULER_H
#define CAMPAIGN_SCHEDULER_H

#include "postgres.h"

extern PGDLLEXPORT void campaign_scheduler_main(Datum arg);

#endif
