/*
 * dispatcher.h
 *		The process of a database that lets actions leave and records what came of them.
 */
#ifndef CAMPAIGN_DISPATCHER_H
#define CAMPAIGN_DISPATCHER_H

#include "postgres.h"

extern PGDLLEXPORT void campaign_dispatcher_main(Datum arg);

#endif
