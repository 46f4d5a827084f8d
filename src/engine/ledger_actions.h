/*
 * ledger_actions.h
 *		The actions that a round is going to write: which are queued, by which account and lane, and
 *		which are withdrawn or skipped.
 *
 * A part of the ledger, which logs and counts what happens to actions: nothing here does. Order of use:
 * open, queue, withdraw and skip as often as needed, assign, and write once the runs are written.
 */
#ifndef CAMPAIGN_LEDGER_ACTIONS_H
#define CAMPAIGN_LEDGER_ACTIONS_H

#include "engine/runs.h"
#include "engine/validation.h"
#include "store/queue.h"
#include "store/side_actions.h"

/* An action that will be queued, and for whom. */
typedef struct LedgerAction
{
	NewAction row;
	Run *run;
	const ActionKind *kind;
	const char *channel; /* the account has to be of this one; NULL = of any */
	Instant within;      /* to be done in so long, if an agent does it; 0 = no limit */
	bool asked;          /* the owner has to approve it */
} LedgerAction;

typedef struct LedgerActions
{
	Runs *runs;
	Validation validation;
	int n_asked;
	LedgerAction *items;
	int n;
	int max;
	int64 *cancelled; /* actions that are no longer wanted, of before this round or of it */
	int n_cancelled;
	int max_cancelled;
	int64 *skipped; /* actions that fell into a pause (engine/overdue) */
	int n_skipped;
	int max_skipped;
} LedgerActions;

extern void campaign_ledger_actions_open(LedgerActions *actions, Runs *runs);

/*
 * An action of this step of the run, to start in the next slot, or once it is approved; its id. Which
 * account it goes by is found out when all are assigned.
 */
extern int64 campaign_ledger_actions_queue(LedgerActions *actions, Run *run, int step);

/* Likewise what is wanted beside the run, which does not wait for it. */
extern void campaign_ledger_actions_queue_beside(LedgerActions *actions, Run *run,
												 const SideAction *wanted, const ActionKind *kind);

/* The action of this id, of before this round or of it, is not wanted any more. */
extern void campaign_ledger_actions_withdraw(LedgerActions *actions, int64 id);

/* Likewise, since its time lay in a pause that is skipped. */
extern void campaign_ledger_actions_skip(LedgerActions *actions, int64 id);

/* Chooses accounts, which their runs use from now on, and lanes for those that are queued. */
extern void campaign_ledger_actions_assign(LedgerActions *actions);

/* True if the owner has to approve this action of this round. */
extern bool campaign_ledger_actions_asked(const LedgerActions *actions, int64 id);

/* Shows to the owners what they have to approve, once everything of the round is written. */
extern void campaign_ledger_actions_show(const LedgerActions *actions);

/* Writes them all, and asks for the dispatchers to be woken if something was queued. */
extern void campaign_ledger_actions_write(LedgerActions *actions);

#endif
