/*
 * rehearse.h
 *		A campaign lived through in memory: days of virtual time over the data of now, with the answers
 *		that are assumed. Nothing is written, so that it can be done where nothing can be (B3).
 *
 * The same machine moves the runs, the same code shares out quotas, permits starts and makes texts as in
 * the rounds; what stands here in place of theirs is what those keep in tables: runs, queues, windows of
 * quotas, places. Everything that is sent is accepted at once, other campaigns send nothing meanwhile.
 *
 *	rehearse_people		whose runs they are, and when each is to be looked at
 *	rehearse_lanes		the queues of accounts, and their limits
 *	rehearse_places		who waits for a place over the cap, or for a slot
 *	rehearse_cohort		slots that begin, and whom they let in
 *	rehearse_approval	what the owner has to approve, and is taken to say
 *	rehearse_answers	what people are taken to do
 *	rehearse_moves		what moves a run: time, outcomes, answers
 *	rehearse_ledger		what a move leads to
 *	rehearse_starts		what leaves
 */
#ifndef CAMPAIGN_REHEARSE_H
#define CAMPAIGN_REHEARSE_H

#include "postgres.h"
#include "utils/jsonb.h"

#include "engine/round.h"

/*
 * What people are taken to do. Of everybody: this share of those whom an action reaches. The kinds approved
 * and blocked are what the owner does with what is put up for him; the delay counts from then.
 */
typedef struct Assumption
{
	const char *kind; /* of event */
	double rate;      /* 0 to 1; below 0 = not a share, but what this one prospect does: */
	int64 after;      /* so many microseconds after the action, */
	int64 prospect;
	TimestampTz at; /* or at this time; DT_NOEND = after the action of step, */
	int step;       /* or, GRAPH_NONE, after the beginning */
} Assumption;

typedef struct RehearsedRow
{
	TimestampTz at;
	int64 prospect; /* below 0: who is none, see store/imagined.h */
	const char *step;
	const char *action; /* the kind; NULL if the step is none */
	const char *what;   /* executed, skipped, refused, held, reported, decided, ended */
	const char *code;   /* why; of reported the kind of event, of decided what, of ended how */
	Jsonb *content;     /* of what was executed, if asked for */
} RehearsedRow;

typedef struct RehearsalRequest
{
	int64 campaign;
	bool parked; /* it is a draft or paused: taken as launched, or resumed, now */
	const int64 *prospects;
	int n_prospects;         /* of those inside only these; below 0 = all */
	const int64 *newcomers;  /* below 0: who is no prospect, of those of the round */
	int n_newcomers;         /* these begin a run now, as far as there are places */
	TimestampTz slots_since; /* of a campaign with cohorts: the next slot begins after that */
	TimestampTz until;
	bool contents; /* texts are made, and holes in them found */
	const Assumption *assumptions;
	int n_assumptions;
	void (*put)(void *arg, const RehearsedRow *row); /* the row lives as long as the call */
	void *arg;
} RehearsalRequest;

/* Lives through it, from round->now on; each thing that happens is put, in order. */
extern void campaign_rehearse(const Round *round, const RehearsalRequest *request);

#endif
