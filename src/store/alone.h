/*
 * alone.h
 *		Work that one transaction at a time does for a workspace, and that another leaves to it.
 *
 * Not for what must be done: who does not get the lock goes on without waiting, and comes back.
 */
#ifndef CAMPAIGN_ALONE_H
#define CAMPAIGN_ALONE_H

#include "postgres.h"

/* True if nobody else does this in the workspace; until the transaction ends nobody else will. */
extern bool campaign_alone_try(const char *what, int64 workspace);

#endif
