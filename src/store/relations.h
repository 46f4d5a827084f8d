/*
 * relations.h
 *		What is true of prospects now: relations to accounts, addresses, the stop list.
 */
#ifndef CAMPAIGN_RELATIONS_H
#define CAMPAIGN_RELATIONS_H

#include "postgres.h"
#include "utils/timestamp.h"

typedef enum RelationState
{
	RELATION_NONE,
	RELATION_PENDING,
	RELATION_CONNECTED
} RelationState;

typedef struct ProspectRelation
{
	int64 prospect;
	int64 account;
	RelationState state;
	int64 origin; /* our action that invited; 0 = by hand, or by another system */
} ProspectRelation;

typedef struct ProspectState
{
	int64 prospect;
	char *
		professional_email; /* as they were written, whether or not they are addresses; NULL = none */
	char *email;
	bool suppressed;
	bool opted_in;
} ProspectState;

/* The relations of these prospects, ordered by prospect and account. */
extern int campaign_relations_read(int64 workspace, const int64 *prospects, int n,
								   ProspectRelation **relations);

/* Addresses, stop list and opt-in, ordered by prospect. */
extern int campaign_relations_states(int64 workspace, const int64 *prospects, int n,
									 ProspectState **states);

/*
 * Sets relations; pending does not replace connected. since is when it came about. What is known of its
 * origin stays until there is no relation any more.
 */
extern void campaign_relations_write(int64 workspace, const ProspectRelation *relations,
									 const TimestampTz *since, int n);

/* "none", "pending", "connected" */
extern const char *campaign_relations_name(RelationState state);

/* The other way; any other text is none. */
extern RelationState campaign_relations_named(const char *name);

#endif
