/*
 * arming.h
 *		May anything leave this database? What binds it to the server that it was armed on.
 *
 * A copy of a database has all rows of the original and would send what that sends. So a database in
 * which something was launched sends only while the row `arming`, which no dump carries, names the
 * server, the database, the timeline and the node that it is on.
 */
#ifndef CAMPAIGN_ARMING_H
#define CAMPAIGN_ARMING_H

#include "postgres.h"

/* Where this process runs. */
typedef struct ArmingPlace
{
	int64 system_identifier; /* of the cluster; a copy of its files has the same */
	Oid database;
	int32 timeline; /* changes by promotion, and by recovery to a point in time */
	const char
		*node; /* of the token that the server was started with, else of machine and directory */
} ArmingPlace;

/* Found out once in the life of a process. */
extern const ArmingPlace *campaign_arming_place(void);

typedef struct Arming
{
	bool is_virtual;    /* nothing leaves by itself, armed or not */
	const char *fault;  /* why nothing may leave: a code; NULL = it may */
	const char *detail; /* the same in words; in the current memory context */
} Arming;

/* Nothing is to be started now, for either reason. */
static inline bool
campaign_arming_holds(const Arming *arming)
{
	return arming->is_virtual || arming->fault != NULL;
}

/*
 * One statement. Until the transaction ends a disarm() waits for it, so that nothing starts after that
 * has returned.
 */
extern void campaign_arming_look(Arming *arming);

#endif
