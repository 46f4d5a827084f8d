/*
 * databases.h
 *		Which databases of this server may have workers.
 */
#ifndef CAMPAIGN_DATABASES_H
#define CAMPAIGN_DATABASES_H

#include "postgres.h"

/*
 * OIDs of the databases that can be connected to and are no templates, in the current context, and
 * how many. Reads pg_database in a transaction of its own.
 */
extern int campaign_databases_list(Oid **databases);

#endif
