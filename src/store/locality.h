/*
 * locality.h
 *		Which workspaces this server serves: all of them, but on a cluster of Citus those that lie on this node.
 *
 * The only thing that the engine knows of clusters. On one server it costs a look into the cache of the catalog.
 */
#ifndef CAMPAIGN_LOCALITY_H
#define CAMPAIGN_LOCALITY_H

#include "postgres.h"

/* Are the tables spread over servers? */
extern bool campaign_locality_is_spread(void);

/* Moves those that are served here to the front, in their order, and returns how many. Holds an SPI connection. */
extern int campaign_locality_keep(int64 *workspaces, int n);

#endif
