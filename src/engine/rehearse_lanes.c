/*
 * rehearse_lanes.c
 *		The queues of the accounts of a rehearsal, and the limits of what leaves them.
 */
#include "engine/rehearse_lanes.h"

#include "engine/assign.h"
#include "engine/run_prospects.h"

/* Keys as they are found, each once. */
typedef struct Keys
{
	LaneKey *items;
	int n;
	int max;
} Keys;

static int
compare_actions(const pairingheap_node *a, const pairingheap_node *b, void *arg)
{
	const ImaginedAction *left = pairingheap_const_container(ImaginedAction, node, a);
	const ImaginedAction *right = pairingheap_const_container(ImaginedAction, node, b);

	if (left->not_before != right->not_before)
		return left->not_before < right->not_before ? 1 : -1;
	return left->id < right->id ? 1 : -1;
}

static void
add_key(Keys *keys, int64 account, const char *kind)
{
	int i;

	for (i = 0; i < keys->n; i++)
		if (keys->items[i].account == account && strcmp(keys->items[i].kind, kind) == 0)
			return;
	if (keys->n == keys->max)
	{
		keys->max = Max(2 * keys->max, 16);
		keys->items = keys->items == NULL ? palloc(keys->max * sizeof(LaneKey))
										  : repalloc(keys->items, keys->max * sizeof(LaneKey));
	}
	keys->items[keys->n++] = (LaneKey){.account = account, .kind = kind};
}

/* The accounts of the campaign, and those that runs have had before. */
static void
collect(Keys *keys, const People *people)
{
	const CompiledCampaign *campaign;
	int i;
	int k;

	if (people->n == 0)
		return;
	campaign = people->runs.items[0].campaign;
	for (i = 0; i < campaign->graph->n_steps; i++)
	{
		const ActionKind *kind = campaign->definition->steps[i].kind;
		int run;

		for (k = 0; kind != NULL && k < campaign->n_accounts; k++)
			if (campaign_compiled_serves(&campaign->accounts[k], kind->channel_class, NULL))
				add_key(keys, campaign->accounts[k].account, kind->name);
		for (run = 0; kind != NULL && run < people->n; run++)
		{
			int64 account =
				campaign_run_prospects_account(&people->runs.items[run], kind->channel_class);

			if (account != 0)
				add_key(keys, account, kind->name);
		}
	}
}

int
campaign_rehearse_lanes_find(const ImaginedLanes *lanes, int64 account, const char *kind)
{
	int i;

	for (i = 0; i < lanes->n; i++)
		if (lanes->items[i].ready.account == account &&
			strcmp(lanes->items[i].ready.kind, kind) == 0)
			return i;
	elog(ERROR, "no lane of account " INT64_FORMAT " is for %s", account, kind);
}

static int
compare_enrollment(const void *key, const void *run)
{
	int64 left = *(const int64 *) key;
	int64 right = ((const Run *) run)->row->id;

	return left < right ? -1 : left > right;
}

/* What waits already keeps its order. One that is under way is taken as done. */
static void
put_standing(ImaginedLanes *lanes, People *people, const StandingAction *standing, TimestampTz now)
{
	int inside = people->n;
	Run *run;
	Figure *figure;
	ImaginedAction *action;

	while (inside > 0 && people->runs.items[inside - 1].row->id == 0)
		inside--;
	run =
		bsearch(&standing->enrollment, people->runs.items, inside, sizeof(Run), compare_enrollment);
	if (run == NULL)
		return;
	figure = &people->figures[run - people->runs.items];
	action = &figure->action;
	action->id = standing->id;
	action->step = run->machine.step;
	action->lap = run->machine.lap;
	action->queued_at = standing->queued_at;
	action->not_before = Max(standing->not_before, now);
	action->content = standing->content;
	lanes->next_action = Max(lanes->next_action, standing->id + 1);
	if (strcmp(standing->state, "held") == 0 || run->row->held != NULL)
		return;
	action->awaits = standing->put_up_at != DT_NOEND;
	action->put_up_at = standing->put_up_at;
	action->is_under_way = !action->awaits && strcmp(standing->state, "queued") != 0 &&
						   strcmp(standing->state, "withdrawn") != 0;
	if (action->is_under_way)
		return;
	action->lane = campaign_rehearse_lanes_find(lanes, standing->account, standing->kind);
	if (action->awaits)
		return;
	action->not_before = standing->not_before;
	if (campaign_runs_moves(run))
		campaign_rehearse_lanes_put(lanes, figure);
}

static void
read_standing(ImaginedLanes *lanes, const Round *round, People *people)
{
	int64 *ids = palloc(Max(people->n, 1) * sizeof(int64));
	StandingAction *standing;
	int n = 0;
	int i;

	for (i = 0; i < people->n; i++)
		if (people->runs.items[i].machine.halt == RUN_ON_ACTION &&
			people->runs.items[i].row->action != 0)
			ids[n++] = people->runs.items[i].row->action;
	if (n == 0)
		return;
	n = campaign_queue_read(round->workspace, ids, n, &standing);
	for (i = 0; i < n; i++)
		put_standing(lanes, people, &standing[i], round->now);
}

void
campaign_rehearse_lanes_open(ImaginedLanes *lanes, const Round *round, People *people)
{
	Keys keys = {0};
	ReadyLane *ready;
	int found;
	int i;

	memset(lanes, 0, sizeof(*lanes));
	lanes->next_action = 1;
	collect(&keys, people);
	if (keys.n == 0)
		return;
	found = campaign_lanes_imagine(round->workspace, round->now, keys.items, keys.n, &ready);
	lanes->items = palloc0(keys.n * sizeof(ImaginedLane));
	lanes->n = keys.n;
	for (i = 0; i < found; i++)
		lanes->items[ready[i].id - 1].ready = ready[i];
	for (i = 0; i < lanes->n; i++)
	{
		ImaginedLane *lane = &lanes->items[i];

		lane->queue = pairingheap_allocate(compare_actions, NULL);
		lane->ready_at = DT_NOEND;
		lane->deferred_until = DT_NOEND;
		lane->ready.id = i + 1;
		lane->ready.account = keys.items[i].account;
		lane->ready.kind = unconstify(char *, keys.items[i].kind);
	}
	lanes->n_limits = campaign_quotas_rules(round->workspace, keys.items, keys.n, round->now,
											&lanes->limits, &lanes->rules);
	read_standing(lanes, round, people);
}

void
campaign_rehearse_lanes_put(ImaginedLanes *lanes, Figure *figure)
{
	ImaginedLane *lane = &lanes->items[figure->action.lane];
	TimestampTz at = figure->action.not_before;

	pairingheap_add(lane->queue, &figure->action.node);
	figure->action.in_queue = true;
	lane->waiting++;
	if (lane->ready_at == DT_NOEND || (lane->ready_at > at && lane->deferred_until == DT_NOEND))
		lane->ready_at = at;
}

void
campaign_rehearse_lanes_remove(ImaginedLanes *lanes, Figure *figure)
{
	ImaginedLane *lane = &lanes->items[figure->action.lane];

	pairingheap_remove(lane->queue, &figure->action.node);
	figure->action.in_queue = false;
	lane->waiting--;
}

void
campaign_rehearse_lanes_put_off(ImaginedLanes *lanes, Figure *figure, TimestampTz not_before)
{
	if (figure->action.in_queue)
		campaign_rehearse_lanes_remove(lanes, figure);
	figure->action.not_before = not_before;
	campaign_rehearse_lanes_put(lanes, figure);
}

static Figure *
first_of(const ImaginedLane *lane)
{
	if (pairingheap_is_empty(lane->queue))
		return NULL;
	return pairingheap_container(Figure, action.node, pairingheap_first(lane->queue));
}

void
campaign_rehearse_lanes_close(ImaginedLanes *lanes, int lane, TimestampTz now, TimestampTz until)
{
	Figure *figure;

	while ((figure = first_of(&lanes->items[lane])) != NULL && figure->action.not_before <= now)
		campaign_rehearse_lanes_put_off(lanes, figure, until);
}

void
campaign_rehearse_lanes_turn(ImaginedLanes *lanes, TimestampTz now)
{
	int i;

	for (i = 0; i < lanes->n_limits; i++)
		campaign_quotas_turn(&lanes->limits[i], &lanes->rules[i], now);
}

void
campaign_rehearse_lanes_left(void *arg, const LaneKey *keys, int n, int64 *left)
{
	const LanesNow *at = arg;
	const ImaginedLanes *lanes = at->lanes;
	int i;
	int k;

	for (i = 0; i < n; i++)
	{
		int lane = campaign_rehearse_lanes_find(lanes, keys[i].account, keys[i].kind);

		for (k = 0; k < lanes->n_limits; k++)
			if (lanes->limits[k].lane == lane && !lanes->limits[k].is_pace)
				left[i] = Min(left[i], campaign_quotas_free(&lanes->limits[k], at->now));
		left[i] -= Min(lanes->items[lane].waiting, ASSIGN_WAITING_MAX);
	}
}

/* ---- what may start ------------------------------------------------------------- */

static bool
take_any(void *arg, const ReadyLane *lane)
{
	return true;
}

/* The lanes that are ready, in the order in which they became so; which they are is in places. */
static int
claim(const ImaginedLanes *lanes, TimestampTz now, int *places)
{
	int n = 0;
	int i;

	for (i = 0; i < lanes->n; i++)
	{
		int k = n;

		if (lanes->items[i].ready_at > now)
			continue;
		for (; k > 0 && lanes->items[places[k - 1]].ready_at > lanes->items[i].ready_at; k--)
			places[k] = places[k - 1];
		places[k] = i;
		n++;
	}
	return n;
}

/* The claimed lanes with the limits of each, as engine/allotment wants them. */
static void
allot(const ImaginedLanes *lanes, const Round *round, const int *places, Allotment *allotment)
{
	StartPlaces any = {.take = take_any};
	int i;
	int k;

	allotment->lanes = palloc(allotment->n_lanes * sizeof(ReadyLane));
	allotment->limits = palloc(Max(lanes->n_limits, 1) * sizeof(QuotaLimit));
	allotment->allotted = palloc0(allotment->n_lanes * sizeof(int));
	allotment->claimed = palloc0(allotment->n_lanes * sizeof(int));
	for (i = 0; i < allotment->n_lanes; i++)
	{
		allotment->lanes[i] = lanes->items[places[i]].ready;
		for (k = 0; k < lanes->n_limits; k++)
			if (lanes->limits[k].lane == places[i])
			{
				allotment->limits[allotment->n_limits] = lanes->limits[k];
				allotment->limits[allotment->n_limits++].lane = i;
			}
	}
	campaign_allotment_share(allotment, &any);
}

int
campaign_rehearse_lanes_take(ImaginedLanes *lanes, const Round *round, Figure **figures,
							 bool *looked)
{
	int *places = palloc(Max(lanes->n, 1) * sizeof(int));
	Allotment allotment = {.round = round, .n_lanes = claim(lanes, round->now, places)};
	int n = 0;
	int i;

	for (i = 0; i < lanes->n; i++)
		looked[i] = false;
	if (allotment.n_lanes == 0)
		return 0;
	campaign_rehearse_lanes_turn(lanes, round->now);
	allot(lanes, round, places, &allotment);
	for (i = 0; i < allotment.n_lanes; i++)
	{
		ImaginedLane *lane = &lanes->items[places[i]];
		Figure *figure;

		looked[places[i]] = true;
		for (; allotment.allotted[i] > 0; allotment.allotted[i]--)
		{
			figure = first_of(lane);
			if (figure == NULL || figure->action.not_before > round->now)
				break;
			campaign_rehearse_lanes_remove(lanes, figure);
			figures[n++] = figure;
		}
	}
	return n;
}

void
campaign_rehearse_lanes_debit(ImaginedLanes *lanes, int lane, TimestampTz now)
{
	campaign_quotas_debit(lanes->limits, lanes->n_limits, lane, now);
}

void
campaign_rehearse_lanes_settle(ImaginedLanes *lanes, const Round *round, const bool *looked)
{
	Allotment whole = {.round = round, .limits = lanes->limits, .n_limits = lanes->n_limits};
	int i;

	for (i = 0; i < lanes->n; i++)
	{
		ImaginedLane *lane = &lanes->items[i];
		const Figure *first = first_of(lane);
		TimestampTz until;

		if (!looked[i])
			continue;
		lane->ready_at = DT_NOEND;
		lane->deferred_until = DT_NOEND;
		/* an account that cannot send now is taken never to */
		if (first == NULL || !lane->ready.usable)
			continue;
		campaign_allotment_limited(&whole, i, &until, &lane->deferred_until);
		lane->ready_at = first->action.not_before;
		if (until != DT_NOEND)
			lane->ready_at = Max(lane->ready_at, until);
	}
}

TimestampTz
campaign_rehearse_lanes_next(const ImaginedLanes *lanes)
{
	TimestampTz next = DT_NOEND;
	int i;

	for (i = 0; i < lanes->n; i++)
		next = Min(next, lanes->items[i].ready_at);
	return next;
}
