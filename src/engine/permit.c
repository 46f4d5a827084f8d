/*
 * permit.c
 *		Whether an action that was taken from its queue may start.
 *
 * The questions are asked in order of what they protect: first that nothing is in flux, then that the
 * action is wanted at all, then the person's own stops, then the campaign's conditions.
 */
#include "engine/permit.h"

#include "core/machine.h"
#include "engine/opening.h"

static MachineStates
states_of(const Recipient *recipient)
{
	MachineStates states = 0;

	if (recipient->relation == RELATION_CONNECTED)
		states |= GRAPH_STATE_CONNECTED;
	else if (recipient->relation == RELATION_PENDING)
		states |= GRAPH_STATE_PENDING;
	else
		states |= GRAPH_STATE_NOT_CONNECTED;
	if (recipient->has_email)
		states |= GRAPH_STATE_HAS_EMAIL;
	if (recipient->suppressed)
		states |= GRAPH_STATE_SUPPRESSED;
	return states;
}

/*
 * A second attempt of an action that may have got through already is not asked about relations: its
 * own first attempt may be what changed them.
 */
static const char *
refusal_of(const GraphStep *step, const Recipient *recipient, const QueuedAction *action)
{
	if (action->maybe_sent)
		return NULL;
	return campaign_machine_refusal(step->requires, states_of(recipient));
}

/* What may have got through already is seen to its end, however late it is. */
static bool
too_late(const QueuedAction *action, const CompiledCampaign *campaign, TimestampTz now)
{
	Instant allowed = campaign->definition->steps[action->step].max_lateness;

	return allowed > 0 && !action->maybe_sent && now - action->queued_at > allowed;
}

Permit
campaign_permit_of(const Recipient *recipient, const QueuedAction *action,
				   const CompiledCampaign *campaign, TimestampTz now)
{
	const GraphStep *step;
	const char *refusal;
	const char *closed;
	TimestampTz open_at;

	if (!recipient->gone && (!recipient->locked || recipient->reported))
		return (Permit){PERMIT_POSTPONE, NULL, 0};
	if (campaign == NULL)
		return (Permit){PERMIT_POSTPONE, NULL, 0};
	if (!recipient->wanted || campaign->row->ended)
		return (Permit){PERMIT_CANCEL, "not_wanted", 0};
	if (!campaign->row->live || recipient->paused)
		return (Permit){PERMIT_WITHDRAW, NULL, 0};
	if (recipient->gone)
		return (Permit){PERMIT_REFUSE, "removed", 0};
	if (recipient->suppressed)
		return (Permit){PERMIT_REFUSE, "suppressed", 0};
	open_at = campaign_opening_at(campaign, recipient->prospect, now, &closed);
	if (open_at > now)
		return (Permit){PERMIT_WAIT, closed, open_at};
	step = &campaign->graph->steps[action->step];
	refusal = refusal_of(step, recipient, action);
	if (refusal != NULL)
		return (Permit){PERMIT_REFUSE, refusal, 0};
	if (!campaign_graph_holds(step->condition, states_of(recipient), recipient->facts))
		return (Permit){PERMIT_SKIP, "condition_false", 0};
	if (too_late(action, campaign, now))
		return (Permit){PERMIT_SKIP, "too_late", 0};
	return (Permit){PERMIT_START, NULL, 0};
}
