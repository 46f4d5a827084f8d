/*
 * launcher.h
 *		The process that keeps the others running: one for each server.
 */
#ifndef CAMPAIGN_LAUNCHER_H
#define CAMPAIGN_LAUNCHER_H

#include "postgres.h"

/* In _PG_init while preloading. */
extern void campaign_launcher_register(void);

extern PGDLLEXPORT void campaign_launcher_main(Datum arg);

#endif
