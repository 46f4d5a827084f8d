/*
 * runs.h
 *		The enrollments of a round in memory: as read, as the machine sees them, and as they are stored.
 *
 * Not what is known of their prospects, though that is kept here: see engine/run_prospects.
 */
#ifndef CAMPAIGN_RUNS_H
#define CAMPAIGN_RUNS_H

#include "postgres.h"

#include "core/machine.h"
#include "engine/compiled.h"
#include "engine/round.h"
#include "store/enrollments.h"
#include "store/relations.h"

/* The account that a run uses for a channel class. */
typedef struct RunAccount
{
	const char *channel_class;
	int64 account;
} RunAccount;

#define RUN_MAX_CLASSES 8

typedef struct Run
{
	Enrollment *row;
	CompiledCampaign *campaign;
	MachineRun machine;
	MachineCalendar calendar; /* filled where the campaign goes by one */
	MachineStates states;
	int64 relation_account; /* whose relation the states tell of; 0 = no account is known yet */
	RunAccount accounts[RUN_MAX_CLASSES];
	int n_accounts;
	Jsonb *source_row; /* where its conditions ask about it; NULL = there is none */
	bool row_missing;  /* the row of its source could not be read, and its paths were not asked */
	bool reported;     /* something came in this round, which may change what paths say */
	bool changed;      /* to be written */
	const ImaginedProspect *imagined; /* it is none; else NULL */
} Run;

typedef struct Runs
{
	const Round *round;
	CompiledCampaigns *campaigns;
	Run *items;
	int n;
	ProspectRelation *relations; /* of the prospects, by prospect and account */
	int n_relations;
} Runs;

/* What is read of the prospects. */
typedef enum RunsFacts
{
	RUNS_FACTS_NONE,
	RUNS_FACTS_DUE, /* as far as timers that are due may lead to asking */
	RUNS_FACTS_ALL
} RunsFacts;

/*
 * Makes runs of locked rows. hold_campaigns: no command changes the state of their campaigns until
 * the transaction ends, and rows of campaigns that one is just changing are left out: they stay as
 * they are, and due.
 */
extern void campaign_runs_open(Runs *runs, const Round *round, Enrollment *rows, int n,
							   RunsFacts facts, bool hold_campaigns);

/*
 * What the lots of splits are drawn by: of campaign and prospect alone, so that a second run of the
 * prospect, or one that is only imagined, goes the same ways. (B14)
 */
extern uint64 campaign_runs_seed(int64 campaign, int64 prospect);

/* Holds these as internal_error, their timers put aside. Rows locked in this transaction. */
extern void campaign_runs_hold(const Round *round, const Enrollment *rows, int n,
							   const char *reason);

/*
 * True if time and facts move the run on: its campaign is live, and it is neither held nor paused. What
 * comes of an action that is under way does so in any case.
 */
extern bool campaign_runs_moves(const Run *run);

/* Puts what the machine made of the run into its row. */
extern void campaign_runs_store(Run *run, TimestampTz now);

#endif
