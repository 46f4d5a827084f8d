/*
 * invitation.c
 *		What is counted of invitations.
 */
#include "engine/invitation.h"

#include "store/counters.h"
#include "store/invited.h"

#define FIRST_ROOM 16

void
campaign_invitation_open(Invitations *invitations)
{
	memset(invitations, 0, sizeof(*invitations));
	invitations->max_sent = FIRST_ROOM;
	invitations->sent = palloc(FIRST_ROOM * sizeof(int64));
	invitations->sent_at = palloc(FIRST_ROOM * sizeof(TimestampTz));
	invitations->stray = palloc(FIRST_ROOM * sizeof(bool));
	invitations->max_accepted = FIRST_ROOM;
	invitations->accepted = palloc(FIRST_ROOM * sizeof(Acceptance));
}

/* Whether the step has a note to be sent; what left may be without, see engine/content.h. */
static bool
may_have_note(const Run *run)
{
	JsonbValue value;
	Jsonb *content = run->campaign->definition->steps[run->machine.step].content;

	return content != NULL &&
		   getKeyJsonValueFromContainer(&content->root, "note", strlen("note"), &value) != NULL;
}

void
campaign_invitation_sent(Invitations *invitations, const Run *run, int64 action, TimestampTz at)
{
	int n = invitations->n_sent;

	if (run != NULL && !may_have_note(run))
		return;
	if (n == invitations->max_sent)
	{
		invitations->max_sent *= 2;
		invitations->sent = repalloc(invitations->sent, invitations->max_sent * sizeof(int64));
		invitations->sent_at =
			repalloc(invitations->sent_at, invitations->max_sent * sizeof(TimestampTz));
		invitations->stray = repalloc(invitations->stray, invitations->max_sent * sizeof(bool));
	}
	invitations->sent[n] = action;
	invitations->sent_at[n] = at;
	invitations->stray[n] = run == NULL;
	invitations->n_sent++;
}

void
campaign_invitation_accepted(Invitations *invitations, const Run *run, int64 origin)
{
	if (origin == 0)
		return;
	if (invitations->n_accepted == invitations->max_accepted)
	{
		invitations->max_accepted *= 2;
		invitations->accepted =
			repalloc(invitations->accepted, invitations->max_accepted * sizeof(Acceptance));
	}
	invitations->accepted[invitations->n_accepted++] = (Acceptance){origin, run->row->id};
}

static int
compare_invited(const void *key, const void *item)
{
	int64 left = *(const int64 *) key;
	int64 right = ((const Invited *) item)->action;

	return left < right ? -1 : left > right;
}

static void
count(Counters *counters, const Invited *invited, const char *kind)
{
	campaign_counters_add(counters, invited->campaign, invited->step, invited->day, kind, 1);
}

/* All that is asked about, each of them as it left. */
static int
look_up(const Invitations *invitations, const Round *round, Invited **invited)
{
	int n = invitations->n_sent + invitations->n_accepted;
	int64 *actions = palloc(n * sizeof(int64));
	int i;

	for (i = 0; i < invitations->n_sent; i++)
		actions[i] = invitations->sent[i];
	for (i = 0; i < invitations->n_accepted; i++)
		actions[invitations->n_sent + i] = invitations->accepted[i].origin;
	return campaign_invited_read(round->workspace, actions, n, round->now, invited);
}

int
campaign_invitation_write(const Invitations *invitations, const Round *round,
						  StrayInvitation **strays)
{
	Counters counters;
	Invited *all;
	Invited *one;
	int n;
	int n_strays = 0;
	int i;

	if (invitations->n_sent + invitations->n_accepted == 0)
		return 0;
	n = look_up(invitations, round, &all);
	*strays = palloc(Max(invitations->n_sent, 1) * sizeof(StrayInvitation));
	campaign_counters_init(&counters, round->workspace);
	for (i = 0; i < invitations->n_sent; i++)
	{
		one = bsearch(&invitations->sent[i], all, n, sizeof(Invited), compare_invited);
		if (one == NULL)
			continue;
		if (one->with_note)
			count(&counters, one, "noted");
		if (invitations->stray[i])
			(*strays)[n_strays++] = (StrayInvitation){one->prospect, one->account, one->action,
													  invitations->sent_at[i]};
	}
	for (i = 0; i < invitations->n_accepted; i++)
	{
		const Acceptance *acceptance = &invitations->accepted[i];

		one = bsearch(&acceptance->origin, all, n, sizeof(Invited), compare_invited);
		if (one == NULL || one->enrollment != acceptance->enrollment)
			continue;
		count(&counters, one, "accepted");
		if (one->with_note)
			count(&counters, one, "accepted_noted");
	}
	campaign_counters_write(&counters);
	return n_strays;
}
