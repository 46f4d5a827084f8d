/*
 * fact.h
 *		What one reported row does to the runs of its person.
 */
#ifndef CAMPAIGN_FACT_H
#define CAMPAIGN_FACT_H

#include "engine/fact_relations.h"
#include "engine/ledger.h"
#include "store/inbox.h"
#include "store/side_actions.h"
#include "store/suppressions.h"

/* What facts leave behind beside the runs; written once. */
typedef struct Facts
{
	Ledger *ledger;
	MachineEffects effects;
	FactRelations relations;
	Suppression *suppressions;
	int n_suppressions;
	int max_suppressions;
	ReplyGoal *goals;
	int n_goals;
	int max_goals;
	List *strays; /* of InboxRow *: outcomes that no run waits for */
} Facts;

extern void campaign_fact_open(Facts *facts, Ledger *ledger);

/* Applies a row to all runs of its person, and logs it. */
extern void campaign_fact_apply(Facts *facts, const InboxRow *row, Run **runs, int n);

/*
 * What facts mean, whoever applies them: why one of this kind takes a person out, if it does; as what a run
 * leaves whose start was refused with this code, END_NONE: by a fault.
 */
extern bool campaign_fact_leaves(const char *kind, EndKind *end);
extern EndKind campaign_fact_taken_out_as(const char *code);

/*
 * Moves a run by a fact, whose bits these are, up to now; and the same for one that does not move, which
 * takes note of it. Only kind and time of the row are looked at.
 */
extern void campaign_fact_tell(const InboxRow *row, Run *run, uint64 bits, TimestampTz now,
							   MachineEffects *effects);
extern void campaign_fact_note(Run *run, const InboxRow *row, uint64 bits, MachineEffects *effects);

/* Writes relations and the stop list; call after the ledger was written. */
extern void campaign_fact_write(Facts *facts);

#endif
