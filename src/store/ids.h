/*
 * ids.h
 *		Ids for rows that are referred to before they are written.
 */
#ifndef CAMPAIGN_IDS_H
#define CAMPAIGN_IDS_H

#include "postgres.h"

/* The next id of a sequence, with the node group in its high bits. No rights are checked. */
extern int64 campaign_ids_next(Oid sequence);

/* The sequence of this name in schema campaign; an error if there is none. */
extern Oid campaign_ids_sequence(const char *name);

/* The order of ids, for qsort() of int64. */
extern int campaign_ids_compare(const void *a, const void *b);

#endif
