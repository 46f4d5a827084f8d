/*
 * fact_relations.h
 *		What reported rows say about how prospects stand to accounts: relations, invitations, acceptances.
 *
 * Not what they do to the runs, which is engine/fact.
 */
#ifndef CAMPAIGN_FACT_RELATIONS_H
#define CAMPAIGN_FACT_RELATIONS_H

#include "engine/invitation.h"
#include "engine/runs.h"
#include "store/inbox.h"

/* Gathered while rows are applied, written once. */
typedef struct FactRelations
{
	Runs *runs;
	ProspectRelation *items;
	TimestampTz *since;
	int n;
	int max;
	Invitations invitations;
} FactRelations;

extern void campaign_fact_relations_open(FactRelations *relations, Runs *runs);

/* Which relation a fact of this kind says that there is; false if none. */
extern bool campaign_fact_relations_named(const char *kind, RelationState *state);

/* Notes what a fact says, of which these are the runs of its person. */
extern void campaign_fact_relations_note(FactRelations *relations, const InboxRow *row, Run **runs,
										 int n);

/* An invitation of the run has left; or perhaps one of a run that is gone. */
extern void campaign_fact_relations_invited(FactRelations *relations, const InboxRow *row, Run *run,
											const ActionKind *kind);
extern void campaign_fact_relations_stray(FactRelations *relations, const InboxRow *row);

extern void campaign_fact_relations_write(FactRelations *relations);

#endif
