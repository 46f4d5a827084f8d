/*
 * deliver.c
 *		One transaction of a dispatcher: outcomes in, starts out.
 */
#include "engine/deliver.h"

#include "utils/builtins.h"
#include "utils/memutils.h"

#include "engine/adapter_polls.h"
#include "engine/departures.h"
#include "engine/in_flight.h"
#include "engine/notice.h"
#include "engine/outcome.h"
#include "engine/poll.h"
#include "engine/reachability.h"
#include "engine/relation_answers.h"
#include "engine/starts.h"
#include "engine/trial.h"
#include "store/actions.h"
#include "store/deliveries.h"
#include "store/fault.h"
#include "store/notices.h"
#include "store/polls.h"

/* So many gateways are asked in one transaction, for each workspace. */
#define POLLS_MAX 16

struct Delivery
{
	MemoryContext context;
	MemoryContext starts; /* what this transaction has given out */
	bool stale;           /* that transaction is over */
	int64 incarnation;
	bool network;
	InFlight *in_flight;
	const Round *round; /* that is under way */
};

Delivery *
campaign_deliver_open(MemoryContext context, int64 incarnation, bool network,
					  const SharedPlaces *shared, int max_places)
{
	Delivery *delivery = MemoryContextAllocZero(context, sizeof(Delivery));

	delivery->context = context;
	delivery->starts =
		AllocSetContextCreate(context, "campaign started actions", ALLOCSET_DEFAULT_SIZES);
	delivery->incarnation = incarnation;
	delivery->network = network;
	delivery->in_flight = campaign_in_flight_open(context, shared, max_places);
	return delivery;
}

void
campaign_deliver_resize(Delivery *delivery, int max_places)
{
	campaign_in_flight_resize(delivery->in_flight, max_places);
}

void
campaign_deliver_share(Delivery *delivery, uint32 members, int self)
{
	campaign_in_flight_share(delivery->in_flight, members, self);
}

void
campaign_deliver_look(Delivery *delivery)
{
	campaign_in_flight_look(delivery->in_flight);
}

/* A channel that needs no network needs no place either. */
static bool
take_place(void *arg, const ReadyLane *lane)
{
	Delivery *delivery = arg;

	return !lane->network || campaign_in_flight_take(delivery->in_flight, delivery->round, lane);
}

/* Places that were taken for lanes and then not needed, since fewer actions could be started. */
static void
count_places(void *arg, const StartedAction *started, int n)
{
	Delivery *delivery = arg;

	campaign_in_flight_count(delivery->in_flight, delivery->round, started, n);
}

/* What is to be asked now, as it is asked. */
static int
take_polls(const Round *round, Poll **polls)
{
	int taken = campaign_polls_take(round->workspace, round->now, POLLS_MAX, polls);
	int n = 0;
	int i;

	if (taken > 0)
		CAMPAIGN_FAULT("poll.taken");
	campaign_adapter_polls_render(round, *polls, taken);
	for (i = 0; i < taken; i++)
		if ((*polls)[i].adapter == NULL || (*polls)[i].request != NULL)
			(*polls)[n++] = (*polls)[i];
	return n;
}

/* They live as long as the starts that they become. */
static int
ask_relations(const Delivery *delivery, const Round *round, DeliveryStart **starts)
{
	MemoryContext before = MemoryContextSwitchTo(delivery->starts);
	int n = campaign_relations_ask(round, POLLS_MAX, starts);

	MemoryContextSwitchTo(before);
	return n;
}

int
campaign_deliver_start(Delivery *delivery, const Round *round, bool ask, bool beside,
					   DeliveryStart **starts, int *n_starts)
{
	SideSend *trials = NULL;
	SideSend *notices = NULL;
	int n_trials = 0;
	int n_notices = 0;
	int sent_beside = 0;
	StartPlaces places = {.take = take_place, .count = count_places, .arg = delivery};
	bool network;
	Started started;
	Poll *polls = NULL;
	int n_polls = 0;
	DeliveryStart *relations = NULL;
	int n_relations = 0;

	if (delivery->stale)
		MemoryContextReset(delivery->starts);
	delivery->stale = false;
	delivery->round = round;
	network = delivery->network && campaign_in_flight_has_room(delivery->in_flight);
	places.full = campaign_in_flight_full(delivery->in_flight, round->workspace, &places.n_full);
	campaign_starts_isolated(round, delivery->incarnation, network, NULL, &places, &started);
	if (ask && delivery->network)
		n_polls = take_polls(round, &polls);
	if (ask && beside && delivery->network)
		n_relations = ask_relations(delivery, round, &relations);
	if (beside)
		sent_beside = campaign_trial_start(round, delivery->incarnation, delivery->network, &trials,
										   &n_trials);
	if (beside && delivery->network)
		sent_beside += campaign_notice_start(round, delivery->incarnation, &notices, &n_notices);
	*starts = MemoryContextAllocZero(
		delivery->starts,
		Max(started.n + n_polls + n_trials + n_notices + n_relations, 1) * sizeof(DeliveryStart));
	*n_starts = campaign_departures_of_actions(delivery->starts, round->workspace, started.items,
											   started.n, *starts);
	*n_starts += campaign_departures_of_polls(delivery->starts, round->workspace, polls, n_polls,
											  *starts + *n_starts);
	campaign_departures_beside(delivery->starts, round->workspace, trials, n_trials,
							   *starts + *n_starts);
	*n_starts += n_trials;
	campaign_departures_beside(delivery->starts, round->workspace, notices, n_notices,
							   *starts + *n_starts);
	*n_starts += n_notices;
	if (n_relations > 0)
		memcpy(*starts + *n_starts, relations, n_relations * sizeof(DeliveryStart));
	*n_starts += n_relations;
	return started.touched + n_polls + sent_beside + n_relations;
}

static int
compare_outcomes(const void *a, const void *b)
{
	int64 left = ((const DeliveryOutcome *) a)->workspace;
	int64 right = ((const DeliveryOutcome *) b)->workspace;

	if (left != right)
		return left < right ? -1 : 1;
	return (int) ((const DeliveryOutcome *) a)->form - (int) ((const DeliveryOutcome *) b)->form;
}

/* Some of one workspace and one form. */
static int
record_alike(Delivery *delivery, const DeliveryOutcome *outcomes, int n, TimestampTz now)
{
	Round round = {.workspace = outcomes[0].workspace, .now = now, .limit = n};
	int i;

	switch (outcomes[0].form)
	{
		case DELIVERY_ACTION:
			for (i = 0; i < n; i++)
				if (outcomes[i].index == 0)
					campaign_in_flight_give(delivery->in_flight, round.workspace,
											outcomes[i].channel);
			return campaign_outcome_record(&round, delivery->incarnation, outcomes, n);
		case DELIVERY_POLL:
			return campaign_poll_record(&round, outcomes, n);
		case DELIVERY_TRIAL:
			return campaign_trial_record(&round, delivery->incarnation, outcomes, n);
		case DELIVERY_NOTICE:
			return campaign_notice_record(&round, delivery->incarnation, outcomes, n);
		case DELIVERY_RELATIONS:
			return campaign_relations_record(&round, outcomes, n);
	}
	return 0;
}

int
campaign_deliver_record(Delivery *delivery, const DeliveryOutcome *outcomes, int n, TimestampTz now)
{
	DeliveryOutcome *sorted = palloc(Max(n, 1) * sizeof(DeliveryOutcome));
	int recorded = 0;
	int first;
	int last;

	memcpy(sorted, outcomes, n * sizeof(DeliveryOutcome));
	qsort(sorted, n, sizeof(DeliveryOutcome), compare_outcomes);
	for (first = 0; first < n; first = last)
	{
		for (last = first + 1; last < n && sorted[last].workspace == sorted[first].workspace;
			 last++)
			;
		campaign_reachability_note(sorted[first].workspace, &sorted[first], last - first, now);
	}
	for (first = 0; first < n; first = last)
	{
		for (last = first + 1; last < n && compare_outcomes(&sorted[first], &sorted[last]) == 0;
			 last++)
			;
		recorded += record_alike(delivery, &sorted[first], last - first, now);
	}
	return recorded;
}

bool
campaign_deliver_may_refund(const DeliveryOutcome *outcomes, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (outcomes[i].by_adapter || outcomes[i].status / 100 != 2)
			return true;
	return false;
}

static int
compare_dots(const void *a, const void *b)
{
	int64 left = ((const DeliveryDot *) a)->workspace;
	int64 right = ((const DeliveryDot *) b)->workspace;

	return left < right ? -1 : left > right;
}

static void
dot_workspace(const Delivery *delivery, DeliveryDot *dots, int n, TimestampTz now)
{
	DottedAttempt *attempts = palloc(n * sizeof(DottedAttempt));
	int64 *dotted;
	int found;
	int i;
	int k;

	for (i = 0; i < n; i++)
		attempts[i] = (DottedAttempt){dots[i].action, dots[i].attempt};
	found = campaign_deliveries_dot(dots[0].workspace, delivery->incarnation, now, attempts, n,
									&dotted);
	for (i = 0; i < n; i++)
	{
		/* nobody takes a trial back, and it is tried once */
		dots[i].granted = dots[i].form == DELIVERY_TRIAL;
		if (dots[i].form == DELIVERY_NOTICE)
			dots[i].granted =
				campaign_notices_dot(dots[i].workspace, delivery->incarnation, dots[i].action, now);
		for (k = 0; k < found && !dots[i].granted; k++)
			dots[i].granted = dotted[k] == dots[i].action;
	}
}

void
campaign_deliver_dots(Delivery *delivery, DeliveryDot *dots, int n, TimestampTz now)
{
	int first;
	int last;

	qsort(dots, n, sizeof(DeliveryDot), compare_dots);
	for (first = 0; first < n; first = last)
	{
		for (last = first; last < n && dots[last].workspace == dots[first].workspace; last++)
			;
		dot_workspace(delivery, &dots[first], last - first, now);
	}
}

void
campaign_deliver_rollback(Delivery *delivery)
{
	campaign_in_flight_rollback(delivery->in_flight);
	delivery->stale = true;
}

void
campaign_deliver_committed(Delivery *delivery, TimestampTz now)
{
	campaign_in_flight_committed(delivery->in_flight, now);
	delivery->stale = true;
}

/* At most so many actions in one transaction; the caller calls again while something was found. */
#define RECOVER_MAX 1000

/* Of those that have actions under way. */
static int
list_dead(const Delivery *delivery, bool (*alive)(int64 incarnation), int64 **dead)
{
	int found = campaign_actions_incarnations(delivery->incarnation, dead);
	int n = 0;
	int i;

	for (i = 0; i < found; i++)
		if (!alive((*dead)[i]))
			(*dead)[n++] = (*dead)[i];
	return n;
}

int
campaign_deliver_recover(Delivery *delivery, TimestampTz now, bool (*alive)(int64 incarnation))
{
	int64 *workspaces;
	int64 *ids;
	int64 *incarnations;
	int n_dead = list_dead(delivery, alive, &incarnations);
	int n = campaign_actions_left_by(incarnations, n_dead, RECOVER_MAX, &workspaces, &ids,
									 &incarnations);
	int recovered = campaign_trial_recover(delivery->incarnation, now, alive) +
					campaign_notice_recover(delivery->incarnation, now, alive);
	int first;
	int last;

	for (first = 0; first < n; first = last)
	{
		Round round = {.workspace = workspaces[first], .now = now, .limit = n};

		for (last = first + 1; last < n && workspaces[last] == workspaces[first] &&
							   incarnations[last] == incarnations[first];
			 last++)
			;
		recovered +=
			campaign_outcome_recover(&round, incarnations[first], &ids[first], last - first);
	}
	return recovered;
}
