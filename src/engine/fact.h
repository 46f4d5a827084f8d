/*
 * fact.h
 *		What one reported row does to the runs of its person.
 */
#ifndef CAMPAIGN_FACT_H
#define CAMPAIGN_FACT_H

#include "engine/invitation.h"
#include "engine/ledger.h"
#include "store/inbox.h"
#include "store/suppressions.h"

/* What facts leave behind beside the runs; written once. */
typedef struct Facts
{
	Ledger *ledger;
	MachineEffects effects;
	ProspectRelation *relations;
	TimestampTz *since;
	int n_relations;
	int max_relations;
	Suppression *suppressions;
	int n_suppressions;
	int max_suppressions;
	Invitations invitations;
} Facts;

extern void campaign_fact_open(Facts *facts, Ledger *ledger);

/* Applies a row to all runs of its person, and logs it. */
extern void campaign_fact_apply(Facts *facts, const InboxRow *row, Run **runs, int n);

/* Writes relations and the stop list; call after the ledger was written. */
extern void campaign_fact_write(Facts *facts);

#endif
