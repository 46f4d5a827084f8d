/*
 * fact_relations.c
 *		What reported rows say about how prospects stand to accounts.
 */
#include "engine/fact_relations.h"

#include "engine/run_prospects.h"

void
campaign_fact_relations_open(FactRelations *relations, Runs *runs)
{
	memset(relations, 0, sizeof(*relations));
	relations->runs = runs;
	relations->max = 16;
	relations->items = palloc(relations->max * sizeof(ProspectRelation));
	relations->since = palloc(relations->max * sizeof(TimestampTz));
	campaign_invitation_open(&relations->invitations);
}

/*
 * The prospect stands so to the account from now on, by our action origin or not (0); the last word of a
 * round is what is written.
 */
static void
relate(FactRelations *relations, int64 prospect, int64 account, RelationState state, int64 origin,
	   TimestampTz since)
{
	Runs *runs = relations->runs;
	int i;

	if (state == RELATION_PENDING &&
		campaign_run_prospects_relation(runs, prospect, account) == RELATION_CONNECTED)
		return;
	campaign_run_prospects_relate(runs, prospect, account, state, origin);
	for (i = 0; i < relations->n; i++)
		if (relations->items[i].prospect == prospect && relations->items[i].account == account)
			break;
	if (i == relations->max)
	{
		relations->max *= 2;
		relations->items = repalloc(relations->items, relations->max * sizeof(ProspectRelation));
		relations->since = repalloc(relations->since, relations->max * sizeof(TimestampTz));
	}
	relations->items[i].prospect = prospect;
	relations->items[i].account = account;
	relations->items[i].state = state;
	relations->items[i].origin = campaign_run_prospects_origin(runs, prospect, account);
	relations->since[i] = since;
	relations->n = Max(relations->n, i + 1);
}

/*
 * Which relation a kind of event says that there is; false if none. One who invited us is as good as
 * connected: the account has but to agree (S2.8).
 */
bool
campaign_fact_relations_named(const char *kind, RelationState *state)
{
	if (strcmp(kind, "connected") == 0 || strcmp(kind, "invited_us") == 0)
		*state = RELATION_CONNECTED;
	else if (strcmp(kind, "invited") == 0)
		*state = RELATION_PENDING;
	else if (strcmp(kind, "disconnected") == 0)
		*state = RELATION_NONE;
	else
		return false;
	return true;
}

/* An acceptance counts for a campaign only where the run's own invitation was pending (S1.22). */
static void
note_acceptance(FactRelations *relations, const InboxRow *row, const Run *run, int64 account)
{
	Runs *all = relations->runs;

	if (strcmp(row->kind, "connected") == 0 && run->machine.halt != RUN_ENDED &&
		run->relation_account == account && run->row->prospect == row->prospect &&
		campaign_run_prospects_relation(all, row->prospect, account) == RELATION_PENDING)
		campaign_invitation_accepted(&relations->invitations, run,
									 campaign_run_prospects_origin(all, row->prospect, account));
}

/* The account that a fact about a relation is about: the one named, else those that the runs use. */
void
campaign_fact_relations_note(FactRelations *relations, const InboxRow *row, Run **runs, int n)
{
	RelationState state;
	int64 origin;
	int i;

	if (!campaign_fact_relations_named(row->kind, &state))
		return;
	/* an invitation that is reported with the action by which we sent it is ours */
	origin = state == RELATION_PENDING ? row->action : 0;
	if (row->account != 0)
	{
		for (i = 0; i < n; i++)
			note_acceptance(relations, row, runs[i], row->account);
		relate(relations, row->prospect, row->account, state, origin, row->occurred_at);
		return;
	}
	for (i = 0; i < n; i++)
	{
		Run *run = runs[i];

		if (run->row->prospect != row->prospect || run->machine.halt == RUN_ENDED ||
			run->relation_account == 0)
			continue;
		note_acceptance(relations, row, run, run->relation_account);
	}
	for (i = 0; i < n; i++)
	{
		Run *run = runs[i];

		if (run->row->prospect == row->prospect && run->machine.halt != RUN_ENDED &&
			run->relation_account != 0)
			relate(relations, row->prospect, run->relation_account, state, origin,
				   row->occurred_at);
	}
}

/*
 * The invitation is pending, unless it was accepted before its outcome was known: where nobody who is
 * connected is invited, this one is what was accepted.
 */
void
campaign_fact_relations_invited(FactRelations *relations, const InboxRow *row, Run *run,
								const ActionKind *kind)
{
	int64 account = campaign_run_prospects_account(run, kind->channel_class);

	if (kind->requires == GRAPH_REQUIRES_NOT_CONNECTED &&
		campaign_run_prospects_relation(relations->runs, row->prospect, account) ==
			RELATION_CONNECTED)
		campaign_invitation_accepted(&relations->invitations, run, row->action);
	relate(relations, row->prospect, account, RELATION_PENDING, row->action, row->occurred_at);
	campaign_invitation_sent(&relations->invitations, run, row->action, row->occurred_at);
}

void
campaign_fact_relations_stray(FactRelations *relations, const InboxRow *row)
{
	campaign_invitation_sent(&relations->invitations, NULL, row->action, row->occurred_at);
}

void
campaign_fact_relations_write(FactRelations *relations)
{
	const Round *round = relations->runs->round;
	StrayInvitation *strays;
	int n = campaign_invitation_write(&relations->invitations, round, &strays);
	int i;

	for (i = 0; i < n; i++)
		relate(relations, strays[i].prospect, strays[i].account, RELATION_PENDING, strays[i].action,
			   strays[i].at);
	campaign_relations_write(round->workspace, relations->items, relations->since, relations->n);
}
