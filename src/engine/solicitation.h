/*
 * solicitation.h
 *		That nobody is sent a first contact whom another campaign of the same name and program has reached
 *		(D16): asked when he is let in (engine/cohort) and, here, when it would be sent.
 *
 * Campaigns that share name and program with no other one cost nothing.
 */
#ifndef CAMPAIGN_SOLICITATION_H
#define CAMPAIGN_SOLICITATION_H

#include "engine/permit.h"
#include "store/solicitations.h"

typedef struct Solicitation
{
	const Round *round;
	Solicited *found; /* of each action of the round */
	const char *
		*told; /* name of the campaign, and person, of what starts in this round, in pairs */
	int n_told;
} Solicitation;

/* Looks at those of these actions whose campaigns have namesakes; after their persons were locked. */
extern void campaign_solicitation_open(Solicitation *solicitation, const Round *round,
									   CompiledCampaigns *campaigns, const QueuedAction *actions,
									   int n);

/* Whether the i-th of them, which nothing else forbids, and which reaches this person, may start. */
extern Permit campaign_solicitation_permit(Solicitation *solicitation, int i,
										   const CompiledCampaign *campaign, const char *person);

#endif
