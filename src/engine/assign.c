/*
 * assign.c
 *		Which account a run uses for a channel class.
 */
#include "engine/assign.h"

#include "engine/run_prospects.h"
#include "store/enrollment_accounts.h"
#include "store/quotas.h"

/* What an account without a limit has left. */
#define UNLIMITED (INT64CONST(1) << 40)

/* How much an account can still take of one kind, as far as this round knows. */
typedef struct Capacity
{
	int64 account;
	const char *kind;
	int64 left;
	bool usable;
} Capacity;

typedef struct Capacities
{
	int n;
	Capacity *items;
} Capacities;

static Capacity *
find_capacity(const Capacities *capacities, int64 account, const char *kind)
{
	int i;

	for (i = 0; i < capacities->n; i++)
		if (capacities->items[i].account == account && strcmp(capacities->items[i].kind, kind) == 0)
			return &capacities->items[i];
	return NULL;
}

static void
add_capacities(Capacities *capacities, const CompiledCampaign *campaign, const ActionKind *kind)
{
	int i;

	for (i = 0; i < campaign->n_accounts; i++)
	{
		const CampaignAccount *account = &campaign->accounts[i];
		Capacity *capacity;

		if (!campaign_compiled_serves(account, kind->channel_class, NULL) ||
			find_capacity(capacities, account->account, kind->name) != NULL)
			continue;
		capacities->items =
			capacities->items == NULL
				? palloc(sizeof(Capacity))
				: repalloc(capacities->items, (capacities->n + 1) * sizeof(Capacity));
		capacity = &capacities->items[capacities->n++];
		capacity->account = account->account;
		capacity->kind = kind->name;
		capacity->usable = account->usable;
	}
}

/* What is left of each limit, less what waits already. */
static void
read_left(void *arg, const LaneKey *keys, int n, int64 *left)
{
	const Round *round = arg;
	int *waiting = palloc(n * sizeof(int));
	QuotaLimit *limits;
	int n_limits = campaign_quotas_read(round->workspace, keys, n, round->now, &limits);
	int i;

	for (i = 0; i < n_limits; i++)
		if (!limits[i].is_pace)
			left[limits[i].lane] =
				Min(left[limits[i].lane], campaign_quotas_free(&limits[i], round->now));
	campaign_lanes_waiting(round->workspace, keys, n, ASSIGN_WAITING_MAX, waiting);
	for (i = 0; i < n; i++)
		left[i] -= waiting[i];
}

static void
read_capacities(const AssignSource *source, Capacities *capacities)
{
	LaneKey *keys = palloc(capacities->n * sizeof(LaneKey));
	int64 *left = palloc(capacities->n * sizeof(int64));
	int i;

	for (i = 0; i < capacities->n; i++)
	{
		keys[i].account = capacities->items[i].account;
		keys[i].kind = capacities->items[i].kind;
		left[i] = UNLIMITED;
	}
	source->left(source->arg, keys, capacities->n, left);
	for (i = 0; i < capacities->n; i++)
		capacities->items[i].left = left[i];
}

static int64
choose(const Runs *runs, const AssignNeed *need, Capacities *capacities)
{
	const CompiledCampaign *campaign = need->run->campaign;
	Capacity *best = NULL;
	int i;

	for (i = 0; i < campaign->n_accounts; i++)
	{
		int64 account = campaign->accounts[i].account;
		Capacity *capacity;

		if (!campaign_compiled_serves(&campaign->accounts[i], need->kind->channel_class,
									  need->channel))
			continue;
		if (campaign_run_prospects_relation(runs, need->run->row->prospect, account) ==
			RELATION_CONNECTED)
			return account;
		capacity = find_capacity(capacities, account, need->kind->name);
		if (best == NULL || (capacity->usable && !best->usable) ||
			(capacity->usable == best->usable && capacity->left > best->left))
			best = capacity;
	}
	if (best == NULL)
		return 0;
	best->left--;
	return best->account;
}

bool
campaign_assign_possible(const Run *run, const ActionKind *kind, const char *channel)
{
	const CompiledCampaign *campaign = run->campaign;
	int i;

	if (channel == NULL && campaign_run_prospects_account(run, kind->channel_class) != 0)
		return true;
	for (i = 0; i < campaign->n_accounts; i++)
		if (campaign_compiled_serves(&campaign->accounts[i], kind->channel_class, channel))
			return true;
	return false;
}

/* The account that the run has used for such a need, 0 if none. */
static int64
account_in_use(const AssignNeed *need)
{
	return need->channel != NULL
			   ? 0
			   : campaign_run_prospects_account(need->run, need->kind->channel_class);
}

int
campaign_assign_choose(Runs *runs, AssignNeed *needs, int n, const AssignSource *source,
					   EnrollmentAccount *chosen)
{
	Capacities capacities = {0, NULL};
	int n_chosen = 0;
	int i;

	for (i = 0; i < n; i++)
	{
		needs[i].account = account_in_use(&needs[i]);
		if (needs[i].account == 0)
			add_capacities(&capacities, needs[i].run->campaign, needs[i].kind);
	}
	if (capacities.n > 0)
		read_capacities(source, &capacities);
	for (i = 0; i < n; i++)
	{
		EnrollmentAccount *row;

		/* an earlier need of the same run may have chosen meanwhile */
		if (needs[i].account == 0)
			needs[i].account = account_in_use(&needs[i]);
		if (needs[i].account != 0)
			continue;
		needs[i].account = choose(runs, &needs[i], &capacities);
		if (needs[i].account == 0)
			elog(ERROR, "no account serves an action that is to be queued");
		if (needs[i].channel != NULL)
			continue;
		campaign_run_prospects_use(needs[i].run, needs[i].kind->channel_class, needs[i].account);
		row = &chosen[n_chosen++];
		row->enrollment = needs[i].run->row->id;
		row->channel_class = needs[i].kind->channel_class;
		row->account = needs[i].account;
	}
	return n_chosen;
}

void
campaign_assign_accounts(Runs *runs, AssignNeed *needs, int n)
{
	AssignSource source = {read_left, unconstify(Round *, runs->round)};
	EnrollmentAccount *chosen = palloc(Max(n, 1) * sizeof(EnrollmentAccount));
	int n_chosen = campaign_assign_choose(runs, needs, n, &source, chosen);

	campaign_enrollment_accounts_add(runs->round->workspace, chosen, n_chosen);
}
