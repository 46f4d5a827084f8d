/*
 * permit.h
 *		Whether an action that was taken from its queue may start.
 */
#ifndef CAMPAIGN_PERMIT_H
#define CAMPAIGN_PERMIT_H

#include "engine/compiled.h"
#include "store/queue.h"
#include "store/recipients.h"

typedef enum PermitKind
{
	PERMIT_START,
	PERMIT_POSTPONE, /* something about the person is in flux: look again in a moment */
	PERMIT_WAIT,     /* not at this hour: until says when */
	PERMIT_WITHDRAW, /* the campaign is paused: out of the queue until it is resumed */
	PERMIT_CANCEL,   /* the run does not wait for it any more */
	PERMIT_SKIP,     /* its "if" does not hold, or it is too late: the run goes on without it */
	PERMIT_REFUSE    /* may not be done to this prospect: the run leaves */
} PermitKind;

typedef struct Permit
{
	PermitKind kind;
	const char *code;  /* why not, where something is written down */
	TimestampTz until; /* of PERMIT_WAIT */
} Permit;

/* campaign NULL: a command is just changing it. */
extern Permit campaign_permit_of(const Recipient *recipient, const QueuedAction *action,
								 const CompiledCampaign *campaign, TimestampTz now);

#endif
