/*
 * take.h
 *		What an agent takes to do: starts that go to whoever asks for them, in his transaction.
 */
#ifndef CAMPAIGN_TAKE_H
#define CAMPAIGN_TAKE_H

#include "engine/starts.h"

/*
 * Starts up to max actions of the lanes that the lease names, by the same rules as a dispatcher, and
 * leases them; their ids are put into taken. Tasks whose time is over are expired first. The round's
 * statements must each see what has committed before: the isolation level is READ COMMITTED.
 */
extern int campaign_take_actions(const Round *round, const Lease *lease, int max, int64 *taken);

#endif
