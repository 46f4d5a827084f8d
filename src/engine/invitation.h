/*
 * invitation.h
 *		What is counted of invitations: how many had a note, and which were accepted (S1.22, S2.6).
 *
 * Gathered while facts are applied, looked up once at the end: the action says at which step the
 * invitation was sent, of which run, and what it said when it left. Rounds that meet no invitation look
 * nothing up.
 */
#ifndef CAMPAIGN_INVITATION_H
#define CAMPAIGN_INVITATION_H

#include "engine/runs.h"

typedef struct Acceptance
{
	int64 origin; /* the action that invited */
	int64 enrollment;
} Acceptance;

/* An invitation whose run had left before its outcome was applied. */
typedef struct StrayInvitation
{
	int64 prospect;
	int64 account;
	int64 action;
	TimestampTz at;
} StrayInvitation;

typedef struct Invitations
{
	int64 *sent; /* that may have had a note, or whose run is gone */
	TimestampTz *sent_at;
	bool *stray; /* the run is gone */
	int n_sent;
	int max_sent;
	Acceptance *accepted;
	int n_accepted;
	int max_accepted;
} Invitations;

extern void campaign_invitation_open(Invitations *invitations);

/* An invitation of the run has left; run NULL: of a run that is gone, if it was an invitation at all. */
extern void campaign_invitation_sent(Invitations *invitations, const Run *run, int64 action,
									 TimestampTz at);

/*
 * A prospect connected whom this action had invited, while the run was inside: counts if it is the run's
 * own invitation.
 */
extern void campaign_invitation_accepted(Invitations *invitations, const Run *run, int64 origin);

/* Counts them, and gives back the strays. */
extern int campaign_invitation_write(const Invitations *invitations, const Round *round,
									 StrayInvitation **strays);

#endif
