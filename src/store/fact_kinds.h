/*
 * fact_kinds.h
 *		The kinds of event that a condition can ask about: those that are reported from outside.
 */
#ifndef CAMPAIGN_FACT_KINDS_H
#define CAMPAIGN_FACT_KINDS_H

#include "postgres.h"

typedef struct FactKinds
{
	int n;
	char **names; /* those, in order of name */
	int n_own;
	char **own; /* what the engine and the commands write about runs and campaigns themselves */
} FactKinds;

/* All of table event_kind, by column "reported"; in the current memory context. */
extern FactKinds *campaign_fact_kinds_load(void);

extern bool campaign_fact_kinds_has(const FactKinds *kinds, const char *name);
extern bool campaign_fact_kinds_is_own(const FactKinds *kinds, const char *name);

#endif
