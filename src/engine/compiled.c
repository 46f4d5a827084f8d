/*
 * compiled.c
 *		Campaigns as a round uses them.
 */
#include "engine/compiled.h"

#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "engine/compiled_cache.h"
#include "engine/opening.h"
#include "store/ids.h"

static int
compare_rows(const void *a, const void *b)
{
	return campaign_ids_compare(&((const CampaignRow *) a)->id, &((const CampaignRow *) b)->id);
}

/* The local day of an instant, by PostgreSQL's own time zones; an unknown zone counts as UTC. */
static DateADT
local_day(TimestampTz at, const char *time_zone)
{
	pg_tz *zone = pg_tzset(time_zone);
	struct pg_tm tm;
	fsec_t fraction;
	int offset;

	if (timestamp2tm(at, &offset, &tm, &fraction, NULL, zone) != 0)
		elog(ERROR, "timestamp out of range");
	return date2j(tm.tm_year, tm.tm_mon, tm.tm_mday) - POSTGRES_EPOCH_JDATE;
}

static int
distinct_ids(const int64 *ids, int n, int64 **result)
{
	int64 *sorted = palloc(Max(n, 1) * sizeof(int64));
	int kept = 0;
	int i;

	memcpy(sorted, ids, n * sizeof(int64));
	qsort(sorted, n, sizeof(int64), campaign_ids_compare);
	for (i = 0; i < n; i++)
		if (i == 0 || sorted[i] != sorted[kept - 1])
			sorted[kept++] = sorted[i];
	*result = sorted;
	return kept;
}

static void
give_accounts(CompiledCampaigns *campaigns, const CampaignAccount *accounts, int n)
{
	int i;

	for (i = 0; i < n; i++)
	{
		CompiledCampaign *campaign = campaign_compiled_find(campaigns, accounts[i].campaign);

		if (campaign == NULL)
			continue;
		if (campaign->n_accounts == 0)
			campaign->accounts = &accounts[i];
		campaign->n_accounts++;
	}
}

CompiledCampaigns *
campaign_compiled_load(int64 workspace, const int64 *ids, int n, TimestampTz now, bool lock)
{
	CompiledCampaigns *campaigns = palloc0(sizeof(CompiledCampaigns));
	CampaignRow *rows;
	int64 *distinct;
	int i;

	n = distinct_ids(ids, n, &distinct);
	campaigns->workspace = workspace;
	campaigns->n = lock ? campaign_campaigns_lock(workspace, distinct, n, &rows)
						: campaign_campaigns_read(workspace, distinct, n, &rows);
	qsort(rows, campaigns->n, sizeof(CampaignRow), compare_rows);
	campaigns->items = palloc0(Max(campaigns->n, 1) * sizeof(CompiledCampaign));
	for (i = 0; i < campaigns->n; i++)
	{
		CompiledCampaign *campaign = &campaigns->items[i];
		const CompiledSteps *steps = campaign_compiled_cache_get(workspace, &rows[i]);

		campaign->row = &rows[i];
		campaign->definition = steps->definition;
		campaign->graph = &steps->definition->graph;
		campaign->relation_class = steps->relation_class;
		campaign->day = local_day(now, rows[i].time_zone);
		campaign->open_at = campaign_opening_slot(&rows[i], now);
	}
	return campaigns;
}

void
campaign_compiled_load_accounts(CompiledCampaigns *campaigns)
{
	int64 *ids = palloc(Max(campaigns->n, 1) * sizeof(int64));
	CampaignAccount *accounts;
	int n;
	int i;

	for (i = 0; i < campaigns->n; i++)
		ids[i] = campaigns->items[i].row->id;
	n = campaign_campaigns_accounts(campaigns->workspace, ids, campaigns->n, &accounts);
	give_accounts(campaigns, accounts, n);
}

CompiledCampaign *
campaign_compiled_find(CompiledCampaigns *campaigns, int64 id)
{
	int low = 0;
	int high = campaigns->n - 1;

	while (low <= high)
	{
		int middle = (low + high) / 2;
		int64 found = campaigns->items[middle].row->id;

		if (found == id)
			return &campaigns->items[middle];
		if (found < id)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return NULL;
}

uint64
campaign_compiled_bits(const CompiledCampaign *campaign, const char *kind)
{
	int bit;

	for (bit = 0; bit < campaign->definition->n_facts; bit++)
		if (campaign->definition->fact_kinds[bit] != NULL &&
			strcmp(campaign->definition->fact_kinds[bit], kind) == 0)
			return UINT64CONST(1) << bit;
	return 0;
}

int
campaign_compiled_attempts(const CompiledCampaign *campaign, int step, int of_channel)
{
	int of_step = campaign == NULL || step >= campaign->graph->n_steps
					  ? 0
					  : campaign->definition->steps[step].retries;

	return of_step > 0 ? of_step : of_channel;
}

bool
campaign_compiled_serves(const CampaignAccount *account, const char *channel_class,
						 const char *channel)
{
	int i;

	if (channel != NULL && strcmp(account->channel, channel) != 0)
		return false;
	if (account->n_classes < 0)
		return true;
	for (i = 0; i < account->n_classes; i++)
		if (strcmp(account->classes[i], channel_class) == 0)
			return true;
	return false;
}
