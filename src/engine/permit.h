/*
 * permit.h
 *		Whether an action that was taken from its queue may start.
 */
#ifndef CAMPAIGN_PERMIT_H
#define CAMPAIGN_PERMIT_H

#include "core/machine.h"
#include "engine/compiled.h"
#include "engine/round.h"
#include "engine/source_rows.h"
#include "store/queue.h"
#include "store/recipients.h"

typedef enum PermitKind
{
	PERMIT_START,
	PERMIT_POSTPONE, /* something about the person is in flux: look again in a moment */
	PERMIT_WAIT,     /* not at this hour, or held back: until says when to look again */
	PERMIT_WITHDRAW, /* the campaign is paused: out of the queue until it is resumed */
	PERMIT_CANCEL,   /* the run does not wait for it any more */
	PERMIT_LEAVE,    /* the run is to leave, wherever it stands, which takes the action with it */
	PERMIT_SKIP,     /* its "if" does not hold, or it is too late: the run goes on without it */
	PERMIT_REFUSE    /* may not be done to this prospect: the run leaves */
} PermitKind;

typedef struct Permit
{
	PermitKind kind;
	const char *code;  /* why not, where something is written down */
	TimestampTz until; /* of PERMIT_WAIT */
} Permit;

/*
 * What is true of each recipient as the conditions of actions and campaigns see it. One statement more,
 * in the present transaction, where any of them has a path; after the persons have been locked, so that
 * what has been committed by then is seen (B2). accounts: whose each action is.
 */
extern MachineStates *campaign_permit_states(const Round *round, CompiledCampaigns *campaigns,
											 const QueuedAction *actions,
											 const Recipient *recipients, const SourceRow *rows,
											 const int64 *accounts, int n);

/* Of all who may be started: the rows that they stand for, in whose audiences they still have to be. */
extern SourceRow *campaign_permit_rows(const Round *round, CompiledCampaigns *campaigns,
									   const QueuedAction *actions, Recipient *recipients, int n);

/* campaign NULL: a command is just changing it. */
extern Permit campaign_permit_of(const Recipient *recipient, const QueuedAction *action,
								 const CompiledCampaign *campaign, const SourceRow *row,
								 MachineStates states, TimestampTz now);

/* For actions that reach a person: nothing is sent to one who is away. */
extern Permit campaign_permit_present(const Recipient *recipient, TimestampTz now);

#endif
