/*
 * starts.h
 *		Choosing what a dispatcher starts now, and freezing it.
 */
#ifndef CAMPAIGN_STARTS_H
#define CAMPAIGN_STARTS_H

#include "engine/round.h"
#include "store/actions.h"
#include "store/lanes.h"

/* Places in flight, taken one by one: false if the lane's channel has none left. */
typedef struct StartPlaces
{
	bool (*take)(void *arg, const ReadyLane *lane);
	void *arg;
} StartPlaces;

/* An action that was started and is to leave by the network once the transaction has committed. */
typedef struct StartedAction
{
	const ReadyLane *lane;
	int64 action;
	int attempt;
	const char *key;
	Jsonb *content;
} StartedAction;

/*
 * Claims ready lanes of the round's workspace, takes as many of their actions as quota and places
 * allow, looks at each once more under lock, and starts those that may. Returns how many actions it
 * touched; those that leave by the network are in started (in the current memory context). A lane
 * without network is complete here.
 */
extern int campaign_starts_round(const Round *round, int64 incarnation, bool network,
								 const StartPlaces *places, StartedAction **started,
								 int *n_started);

#endif
