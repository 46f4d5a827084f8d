/*
 * starts.h
 *		Choosing what a dispatcher starts now, and freezing it.
 *
 * Not what it means for an action to be started, which depends on its channel: see engine/starts_forms.
 */
#ifndef CAMPAIGN_STARTS_H
#define CAMPAIGN_STARTS_H

#include "postgres.h"
#include "utils/jsonb.h"

#include "engine/round.h"
#include "store/lanes.h"

struct AdapterBatch;
struct StartedAction;

/* Who takes what is started by hand, and until when he is to report on it. */
typedef struct Lease
{
	const int64 *accounts; /* from whose lanes */
	int n_accounts;
	TimestampTz until;
} Lease;

/* Places in flight, taken one by one: false if the lane's channel has none left. */
typedef struct StartPlaces
{
	bool (*take)(void *arg, const ReadyLane *lane);
	/* No more are taken than these need. */
	void (*count)(void *arg, const struct StartedAction *started, int n);
	void *arg;
	const int64
		*full; /* channels that had none left from the first: nothing is asked of their lanes */
	int n_full;
} StartPlaces;

/* An action that was started and is to leave by the network once the transaction has committed. */
typedef struct StartedAction
{
	const ReadyLane *lane;
	int64 action;
	int attempt;
	const char *person;
	const char *key;
	Jsonb *content;
	Jsonb *request;                   /* of the channel's adapter; NULL = it has none */
	const struct AdapterBatch *batch; /* that it leaves with; NULL = by itself */
	bool rides;                       /* another one before it has begun that */
} StartedAction;

/* What a round has started. */
typedef struct Started
{
	StartedAction *items; /* those that leave by the network, or were given to an agent */
	int n;
	int touched;   /* actions that were looked at */
	int64 suspect; /* the first of them, known even if the round fails then; 0 = none */
} Started;

/*
 * Claims ready lanes of the round's workspace, or those that the lease names, takes as many of their actions as quota and places
 * allow, looks at each once more under lock, and starts those that may. started is in the current
 * memory context. An action of a lane without network is complete here. lease is NULL for dispatchers.
 */
extern void campaign_starts_round(const Round *round, int64 incarnation, bool network,
								  const Lease *lease, const StartPlaces *places, Started *started);

/*
 * The same, and an action whose start fails by itself is held (internal_error), so that it stops no
 * other. places have been counted when this returns.
 */
extern void campaign_starts_isolated(const Round *round, int64 incarnation, bool network,
									 const Lease *lease, const StartPlaces *places,
									 Started *started);

#endif
