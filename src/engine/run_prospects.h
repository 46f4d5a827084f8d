/*
 * run_prospects.h
 *		What is known of the prospects of runs: the accounts that contact them, how they stand to these,
 *		their addresses, and what paths say of them.
 *
 * All of it is read for many runs at once, before the machine moves them, and only as far as some step
 * that they may come to asks for it. Not what the delays of runs go by: that is engine/run_calendar.
 */
#ifndef CAMPAIGN_RUN_PROSPECTS_H
#define CAMPAIGN_RUN_PROSPECTS_H

#include "engine/runs.h"
#include "store/documents.h"

/* The rows of sources of those that are due, and whose conditions ask about them at some step. */
extern void campaign_run_prospects_rows(Runs *runs);

/* Reads chosen accounts, relations, addresses, for the runs that may ask; not for RUNS_FACTS_NONE. */
extern void campaign_run_prospects_read(Runs *runs, RunsFacts facts);

/* The document of the run's prospect, but for its facts. */
extern DocumentKey campaign_run_prospects_document(const Run *run);

/* How the prospect stands to this account. */
extern RelationState campaign_run_prospects_relation(const Runs *runs, int64 prospect,
													 int64 account);

/* The action of ours that invited the prospect from this account; 0 = none did, as far as is known. */
extern int64 campaign_run_prospects_origin(const Runs *runs, int64 prospect, int64 account);

/* The invitation that is pending, of the accounts that count for the run, is one of ours. */
extern bool campaign_run_prospects_invited(const Runs *runs, const Run *run);

/*
 * A relation came about in this round: runs of the prospect see it from now on. origin: our action that
 * invited, 0 = none; one that is known stays until there is no relation any more.
 */
extern void campaign_run_prospects_relate(Runs *runs, int64 prospect, int64 account,
										  RelationState state, int64 origin);

/*
 * Finds out again how the prospect stands. Which account's relation counts: the one that the run uses;
 * while it uses none yet, the best that any of the campaign's accounts has, since it would be chosen.
 */
extern void campaign_run_prospects_renew(const Runs *runs, Run *run);

/* The account that the run uses for a class, or 0. */
extern int64 campaign_run_prospects_account(const Run *run, const char *channel_class);

/* From now on the run uses this account for a class. */
extern void campaign_run_prospects_use(Run *run, const char *channel_class, int64 account);

#endif
