/*
 * admit.h
 *		The cap of active runs of a campaign, as rounds hold it (S2.24).
 *
 * Whoever enrols takes places by what he sees and adds to their number in his own transaction. Two who
 * do not see each other may so take more than there are; nobody of them has begun yet. The round that
 * first claims such newcomers sees all that has committed. If more places are taken than there are, it
 * blocks the newcomers that it has claimed, and those who wait come in as places are free, first come
 * first served. So the number of runs that have begun, or may begin, never exceeds the cap:
 *
 * - A newcomer passes only in a round that counts no more than the cap, himself included.
 * - The count rises by enrolling, which adds newcomers, and by filling free places, which is done under
 *   a lock that newcomers of such a campaign need too.
 *
 * Campaigns with cohorts fill their places when a slot begins, and not here: see engine/cohort.
 *
 * A campaign with places to spare costs a round with newcomers, or with ends, one read for all such
 * campaigns, and nothing else.
 */
#ifndef CAMPAIGN_ADMIT_H
#define CAMPAIGN_ADMIT_H

#include "engine/ledger.h"

/* Blocks newcomers among the runs for whom there is no place. Before the runs are moved. */
extern void campaign_admit_newcomers(Ledger *ledger);

/*
 * Lets in whoever waits for the places that were freed in this round, once the ledger is written: in
 * the same transaction as the ends that freed them. How many came in.
 */
extern int campaign_admit_freed(const Runs *runs);

/*
 * Answers the requests of commands and of those who enrol; how many came in. slots_due: the slots of some
 * campaign are to be looked at (engine/cohort), which the same statement tells.
 */
extern int campaign_admit_requested(const Round *round, bool *slots_due);

/*
 * For a command that has ended runs: asks the rounds to fill their places. It does not fill them itself,
 * since its transaction may stay open for long.
 */
extern void campaign_admit_later(const Runs *runs);

#endif
