/*
 * solicitation.c
 *		That nobody is sent a first contact whom another campaign of the same name and program has reached.
 */
#include "engine/solicitation.h"

#include "store/alone.h"

/* What another campaign has under way is looked at again after this. */
#define LOOK_AGAIN_USEC (10 * USECS_PER_SEC)

void
campaign_solicitation_open(Solicitation *solicitation, const Round *round,
						   CompiledCampaigns *campaigns, const QueuedAction *actions, int n)
{
	SolicitedRun *runs = palloc(Max(n, 1) * sizeof(SolicitedRun));
	Solicited *found = palloc(Max(n, 1) * sizeof(Solicited));
	int *places = palloc(Max(n, 1) * sizeof(int));
	int asked = 0;
	int i;

	memset(solicitation, 0, sizeof(*solicitation));
	solicitation->round = round;
	for (i = 0; i < n; i++)
	{
		const CompiledCampaign *campaign = campaign_compiled_find(campaigns, actions[i].campaign);

		if (campaign == NULL || !campaign->row->has_namesake || actions[i].maybe_sent)
			continue;
		places[asked] = i;
		runs[asked++] =
			(SolicitedRun){actions[i].campaign, actions[i].prospect, actions[i].enrollment};
	}
	if (asked == 0)
		return;
	solicitation->found = palloc0(n * sizeof(Solicited));
	solicitation->told = palloc(2 * n * sizeof(char *));
	campaign_solicitations_find(round->workspace, runs, asked, found);
	for (i = 0; i < asked; i++)
		solicitation->found[places[i]] = found[i];
}

/* Nobody else is about to: neither this round, by another campaign, nor another dispatcher. */
static bool
is_first(Solicitation *solicitation, const char *name, const char *person)
{
	int i;

	for (i = 0; i < solicitation->n_told; i++)
		if (strcmp(solicitation->told[2 * i], name) == 0 &&
			strcmp(solicitation->told[2 * i + 1], person) == 0)
			return false;
	if (!campaign_alone_try(psprintf("campaign solicitation %s\n%s", name, person),
							solicitation->round->workspace))
		return false;
	solicitation->told[2 * solicitation->n_told] = name;
	solicitation->told[2 * solicitation->n_told++ + 1] = person;
	return true;
}

Permit
campaign_solicitation_permit(Solicitation *solicitation, int i, const CompiledCampaign *campaign,
							 const char *person)
{
	TimestampTz again = solicitation->round->now + LOOK_AGAIN_USEC;

	if (solicitation->found == NULL || !campaign->row->has_namesake)
		return (Permit){PERMIT_START, NULL, 0};
	switch (solicitation->found[i])
	{
		case SOLICITED_SENT:
			return (Permit){PERMIT_LEAVE, "duplicate", 0};
		case SOLICITED_UNDER_WAY:
			return (Permit){PERMIT_WAIT, NULL, again};
		case SOLICITED_NOT:
			break;
	}
	if (!is_first(solicitation, campaign->row->name, person))
		return (Permit){PERMIT_WAIT, NULL, again};
	return (Permit){PERMIT_START, NULL, 0};
}
