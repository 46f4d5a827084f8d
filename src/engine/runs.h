/*
 * runs.h
 *		The enrollments of a round in memory: as read, as the machine sees them, and what is known of
 *		their prospects.
 */
#ifndef CAMPAIGN_RUNS_H
#define CAMPAIGN_RUNS_H

#include "postgres.h"

#include "core/machine.h"
#include "engine/compiled.h"
#include "engine/round.h"
#include "store/documents.h"
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
	bool reported; /* something came in this round, which may change what paths say */
	bool changed;  /* to be written */
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

/* The document of the run's prospect, but for its facts. */
extern DocumentKey campaign_runs_document(const Run *run);

/* How the prospect stands to this account. */
extern RelationState campaign_runs_relation(const Runs *runs, int64 prospect, int64 account);

/* The action of ours that invited the prospect from this account; 0 = none did, as far as is known. */
extern int64 campaign_runs_origin(const Runs *runs, int64 prospect, int64 account);

/* The invitation that is pending, of the accounts that count for the run, is one of ours. */
extern bool campaign_runs_invited(const Runs *runs, const Run *run);

/*
 * A relation came about in this round: runs of the prospect see it from now on. origin: our action that
 * invited, 0 = none; one that is known stays until there is no relation any more.
 */
extern void campaign_runs_relate(Runs *runs, int64 prospect, int64 account, RelationState state,
								 int64 origin);

/* The account that the run uses for a class, or 0. */
extern int64 campaign_runs_account(const Run *run, const char *channel_class);

/* From now on the run uses this account for a class. */
extern void campaign_runs_use(Run *run, const char *channel_class, int64 account);

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
