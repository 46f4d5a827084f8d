/*
 * assign.c
 *		Which account a run uses for a channel class.
 */
#include "engine/assign.h"

#include "utils/hsearch.h"

#include "engine/run_prospects.h"
#include "store/enrollment_accounts.h"
#include "store/quotas.h"

/* What an account without a limit has left. */
#define UNLIMITED (INT64CONST(1) << 40)

typedef struct CapacityKey
{
	int64 account;
	int64 kind; /* number among the kinds of this round */
} CapacityKey;

/* How much an account can still take of one kind, as far as this round knows. */
typedef struct Capacity
{
	CapacityKey key;
	const char *kind;
	int64 left;
	bool usable;
} Capacity;

/* For a kind, those of the campaign's accounts, in their order; NULL = it does not serve the kind. */
typedef struct Pool
{
	const CompiledCampaign *campaign;
	int64 kind;
	Capacity **of;
} Pool;

/* A campaign may have thousands of accounts, and campaigns share them: each is found by its key. */
typedef struct Capacities
{
	HTAB *by_key; /* NULL = nobody is to be chosen */
	int n;
	const char **kinds;
	int n_kinds;
	Pool *pools;
	int n_pools;
} Capacities;

static void
open_capacities(Capacities *capacities, int n_needs)
{
	HASHCTL control = {.keysize = sizeof(CapacityKey),
					   .entrysize = sizeof(Capacity),
					   .hcxt = CurrentMemoryContext};

	if (capacities->by_key != NULL)
		return;
	capacities->by_key = hash_create("accounts that may be chosen", 64, &control,
									 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	capacities->kinds = palloc(n_needs * sizeof(char *));
	capacities->pools = palloc(n_needs * sizeof(Pool));
}

static int64
number_of_kind(Capacities *capacities, const char *kind)
{
	int i;

	for (i = 0; i < capacities->n_kinds; i++)
		if (strcmp(capacities->kinds[i], kind) == 0)
			return i;
	capacities->kinds[capacities->n_kinds++] = kind;
	return i;
}

static Pool *
find_pool(const Capacities *capacities, const CompiledCampaign *campaign, int64 kind)
{
	int i;

	for (i = 0; i < capacities->n_pools; i++)
		if (capacities->pools[i].campaign == campaign && capacities->pools[i].kind == kind)
			return &capacities->pools[i];
	return NULL;
}

static Capacity *
make_capacity(Capacities *capacities, const CampaignAccount *account, int64 kind)
{
	CapacityKey key = {account->account, kind};
	bool found;
	Capacity *capacity = hash_search(capacities->by_key, &key, HASH_ENTER, &found);

	if (!found)
	{
		capacity->kind = capacities->kinds[kind];
		capacity->usable = account->usable;
		capacity->left = UNLIMITED;
		capacities->n++;
	}
	return capacity;
}

/* The accounts among which such a need may choose. */
static void
add_capacities(Capacities *capacities, const CompiledCampaign *campaign, const ActionKind *kind)
{
	int64 number = number_of_kind(capacities, kind->name);
	Pool *pool;
	int i;

	if (find_pool(capacities, campaign, number) != NULL)
		return;
	pool = &capacities->pools[capacities->n_pools++];
	pool->campaign = campaign;
	pool->kind = number;
	pool->of = palloc0(Max(campaign->n_accounts, 1) * sizeof(Capacity *));
	for (i = 0; i < campaign->n_accounts; i++)
		if (campaign_compiled_serves(&campaign->accounts[i], kind->channel_class, NULL))
			pool->of[i] = make_capacity(capacities, &campaign->accounts[i], number);
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
	campaign_lanes_waiting(round->workspace, keys, n, ASSIGN_WAITING_MAX, round->fronts, waiting);
	for (i = 0; i < n; i++)
		left[i] -= waiting[i];
}

static int
compare_capacities(const void *a, const void *b)
{
	const Capacity *left = *(Capacity *const *) a;
	const Capacity *right = *(Capacity *const *) b;

	if (left->key.kind != right->key.kind)
		return left->key.kind < right->key.kind ? -1 : 1;
	return left->key.account < right->key.account ? -1 : left->key.account > right->key.account;
}

static void
read_capacities(const AssignSource *source, Capacities *capacities)
{
	Capacity **items = palloc(capacities->n * sizeof(Capacity *));
	LaneKey *keys = palloc(capacities->n * sizeof(LaneKey));
	int64 *left = palloc(capacities->n * sizeof(int64));
	HASH_SEQ_STATUS scan;
	Capacity *capacity;
	int n = 0;
	int i;

	hash_seq_init(&scan, capacities->by_key);
	while ((capacity = hash_seq_search(&scan)) != NULL)
		items[n++] = capacity;
	qsort(items, n, sizeof(Capacity *), compare_capacities);
	for (i = 0; i < n; i++)
	{
		keys[i].account = items[i]->key.account;
		keys[i].kind = items[i]->kind;
		left[i] = UNLIMITED;
	}
	source->left(source->arg, keys, n, left);
	for (i = 0; i < n; i++)
		items[i]->left = left[i];
}

static int64
choose(const Runs *runs, const AssignNeed *need, Capacities *capacities)
{
	const CompiledCampaign *campaign = need->run->campaign;
	const Pool *pool =
		find_pool(capacities, campaign, number_of_kind(capacities, need->kind->name));
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
		capacity = pool->of[i];
		if (best == NULL || (capacity->usable && !best->usable) ||
			(capacity->usable == best->usable && capacity->left > best->left))
			best = capacity;
	}
	if (best == NULL)
		return 0;
	best->left--;
	return best->key.account;
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
	Capacities capacities = {0};
	int n_chosen = 0;
	int i;

	for (i = 0; i < n; i++)
	{
		needs[i].account = account_in_use(&needs[i]);
		if (needs[i].account != 0)
			continue;
		open_capacities(&capacities, n);
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
