/*
 * campaigns.c
 *		Rows of campaign.campaign and what hangs on them.
 */
#include "store/campaigns.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "store/columns.h"
#include "store/plan.h"

/* Its slots, three numbers each, read with it so that those of now hold. */
#define SLOTS                                                                                      \
	"ARRAY(SELECT v.n FROM campaign.slot s CROSS JOIN LATERAL unnest(ARRAY[s.weekday::bigint,"     \
	" (EXTRACT(epoch FROM s.starts) * 1000000)::bigint,"                                           \
	" (EXTRACT(epoch FROM s.ends) * 1000000)::bigint]) WITH ORDINALITY AS v(n, i)"                 \
	" WHERE s.workspace_id = $1 AND s.campaign_id = c.id ORDER BY s.id, v.i)"

#define CAMPAIGN_COLUMNS                                                                           \
	"c.id, c.revision, c.state IN ('live', 'closed'), c.state = 'archived',"                       \
	" c.name, c.time_zone,"                                                                        \
	" " SLOTS ", CASE WHEN c.settings ? 'quiet_hours'"                                             \
	" THEN campaign.quiet_hours_of(c.settings->'quiet_hours') END,"                                \
	" c.overdue_from, c.overdue_until, campaign.active_cap_of(c.settings), c.xmin, c.audience_id," \
	" CASE WHEN c.audience_id IS NOT NULL"                                                         \
	" THEN COALESCE((c.settings->>'exit_when_unmatched')::boolean, false) END,"                    \
	" CASE WHEN c.audience_id IS NOT NULL"                                                         \
	" THEN COALESCE((c.settings->>'hold_when_unmatched')::boolean, true) END,"                     \
	" (c.settings->>'cohort_size')::int, campaign.approval_of(c.settings),"                        \
	" c.settings->>'unapproved' = 'lapse'"

/* Does anything in the workspace ask how often persons are contacted? */
#define COUNTS_CONTACTS                                                                            \
	"(SELECT EXISTS (SELECT FROM campaign.workspace_setting o WHERE o.workspace_id = $1"           \
	" AND (o.min_gap IS NOT NULL OR o.contact_cap IS NOT NULL))"                                   \
	" OR EXISTS (SELECT FROM campaign.campaign o WHERE o.workspace_id = $1"                        \
	" AND o.settings ?| '{min_gap,contact_cap}'))"

/* Duplicates are looked for among campaigns of one name and program, where these have cohorts (D16). */
#define HAS_NAMESAKE                                                                               \
	"CASE WHEN c.settings ? 'cohort_size' THEN EXISTS (SELECT FROM campaign.campaign o"            \
	" WHERE o.workspace_id = $1 AND o.name = c.name AND o.program IS NOT DISTINCT FROM c.program"  \
	" AND o.id <> c.id) END"

static StorePlan lock_plan = {
	.sql = "SELECT " CAMPAIGN_COLUMNS ", " COUNTS_CONTACTS ", " HAS_NAMESAKE
		   " FROM campaign.campaign c"
		   " WHERE c.workspace_id = $1 AND c.id = ANY ($2) FOR SHARE SKIP LOCKED",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

static StorePlan read_plan = {.sql = "SELECT " CAMPAIGN_COLUMNS
									 ", NULL::boolean, NULL::boolean FROM campaign.campaign c"
									 " WHERE c.workspace_id = $1 AND c.id = ANY ($2)",
							  .n_args = 2,
							  .types = {INT8OID, INT8ARRAYOID}};

static StorePlan definition_plan = {.sql =
										"SELECT c.definition, c.settings FROM campaign.campaign c"
										" WHERE c.workspace_id = $1 AND c.id = $2",
									.n_args = 2,
									.types = {INT8OID, INT8OID}};

static StorePlan facts_plan = {
	.sql = "SELECT f.bit, f.kind FROM campaign.campaign_fact f"
		   " WHERE f.workspace_id = $1 AND f.campaign_id = $2 ORDER BY f.bit",
	.n_args = 2,
	.types = {INT8OID, INT8OID}};

/* One by one: a campaign may have thousands of accounts, and nobody says so to a generic plan. */
static StorePlan accounts_plan = {
	.sql = "SELECT s.campaign_id, s.account_id,"
		   " a.session_state = 'connected' AND a.identity_active AND m.is_active,"
		   " CASE WHEN c.options ? 'classes'"
		   " THEN ARRAY(SELECT pg_catalog.jsonb_array_elements_text(c.options->'classes'))"
		   " END, m.time_zone, c.name"
		   " FROM unnest($2::bigint[]) AS v(campaign_id) CROSS JOIN LATERAL"
		   " (SELECT o.campaign_id, o.account_id FROM campaign.campaign_account o"
		   " WHERE o.workspace_id = $1 AND o.campaign_id = v.campaign_id OFFSET 0) s"
		   " CROSS JOIN LATERAL (SELECT o.session_state, o.identity_active, o.channel_id,"
		   " o.member_id FROM campaign.account o"
		   " WHERE o.workspace_id = $1 AND o.id = s.account_id OFFSET 0) a"
		   " CROSS JOIN LATERAL (SELECT o.options, o.name FROM campaign.channel o"
		   " WHERE o.workspace_id = $1 AND o.id = a.channel_id OFFSET 0) c"
		   " CROSS JOIN LATERAL (SELECT o.is_active, o.time_zone FROM campaign.member o"
		   " WHERE o.workspace_id = $1 AND o.id = a.member_id OFFSET 0) m"
		   " ORDER BY s.campaign_id, s.account_id",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

/* A column of type bigint[] without nulls; how many. */
static int
read_numbers(int row, int column, int64 **numbers)
{
	bool is_null;
	Datum value = campaign_plan_datum(row, column, &is_null);
	Datum *items;
	int n;
	int i;

	if (is_null)
		return 0;
	deconstruct_array(DatumGetArrayTypeP(value), INT8OID, sizeof(int64), FLOAT8PASSBYVAL,
					  TYPALIGN_DOUBLE, &items, NULL, &n);
	*numbers = palloc(Max(n, 1) * sizeof(int64));
	for (i = 0; i < n; i++)
		(*numbers)[i] = DatumGetInt64(items[i]);
	return n;
}

static void
read_hours(CampaignRow *row, int i)
{
	int64 *numbers;
	int k;

	row->n_slots = read_numbers(i, 7, &numbers) / 3;
	row->slots = row->n_slots == 0 ? NULL : palloc(row->n_slots * sizeof(WeeklySlot));
	for (k = 0; k < row->n_slots; k++)
		row->slots[k] = (WeeklySlot){(int) numbers[3 * k], numbers[3 * k + 1], numbers[3 * k + 2]};
	row->has_quiet_hours = read_numbers(i, 8, &numbers) == 2;
	if (row->has_quiet_hours)
		row->quiet_hours = (QuietHours){numbers[0], numbers[1]};
}

static CampaignApproval
approval_named(const char *name)
{
	if (strcmp(name, "first") == 0)
		return CAMPAIGN_APPROVES_FIRST;
	return strcmp(name, "all") == 0 ? CAMPAIGN_APPROVES_ALL : CAMPAIGN_APPROVES_NOTHING;
}

static int
read_campaigns(StorePlan *plan, int64 workspace, const int64 *ids, int n, CampaignRow **rows)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(ids, n)};
	int found = campaign_plan_run(plan, values, NULL, false);
	int i;

	*rows = palloc(Max(found, 1) * sizeof(CampaignRow));
	for (i = 0; i < found; i++)
	{
		CampaignRow *row = &(*rows)[i];
		bool is_null;

		row->id = campaign_plan_int64(i, 1, 0);
		row->revision = campaign_plan_int32(i, 2, 0);
		row->live = campaign_plan_bool(i, 3, false);
		row->ended = campaign_plan_bool(i, 4, false);
		row->name = campaign_plan_text(i, 5);
		row->time_zone = campaign_plan_text(i, 6);
		read_hours(row, i);
		row->overdue_from = campaign_plan_time(i, 9);
		row->overdue_until = campaign_plan_time(i, 10);
		row->active_cap = campaign_plan_int32(i, 11, 0);
		row->version = DatumGetTransactionId(campaign_plan_datum(i, 12, &is_null));
		row->audience = campaign_plan_int64(i, 13, 0);
		row->exits_unmatched = campaign_plan_bool(i, 14, false);
		row->holds_unmatched = campaign_plan_bool(i, 15, false);
		row->cohort_size = campaign_plan_int32(i, 16, -1);
		row->approval = approval_named(campaign_plan_text(i, 17));
		row->lapses = campaign_plan_bool(i, 18, false);
		row->counts_contacts = campaign_plan_bool(i, 19, true);
		row->has_namesake = campaign_plan_bool(i, 20, false);
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}

int
campaign_campaigns_lock(int64 workspace, const int64 *ids, int n, CampaignRow **rows)
{
	return read_campaigns(&lock_plan, workspace, ids, n, rows);
}

int
campaign_campaigns_read(int64 workspace, const int64 *ids, int n, CampaignRow **rows)
{
	return read_campaigns(&read_plan, workspace, ids, n, rows);
}

Jsonb *
campaign_campaigns_definition(int64 workspace, int64 id, Jsonb **settings)
{
	Datum values[2] = {Int64GetDatum(workspace), Int64GetDatum(id)};
	bool is_null;
	Datum definition;
	Jsonb *copy;

	campaign_plan_run_one(&definition_plan, values, NULL, false);
	definition = campaign_plan_datum(0, 1, &is_null);
	copy = DatumGetJsonbPCopy(definition);
	*settings = DatumGetJsonbPCopy(campaign_plan_datum(0, 2, &is_null));
	SPI_freetuptable(SPI_tuptable);
	return copy;
}

int
campaign_campaigns_facts(int64 workspace, int64 id, char ***known)
{
	Datum values[2] = {Int64GetDatum(workspace), Int64GetDatum(id)};
	int found = campaign_plan_run(&facts_plan, values, NULL, false);
	int i;

	*known = palloc0(64 * sizeof(char *));
	for (i = 0; i < found; i++)
	{
		if (campaign_plan_int32(i, 1, -1) != i)
			elog(ERROR, "bits of campaign " INT64_FORMAT " have a gap at %d", id, i);
		(*known)[i] = campaign_plan_text(i, 2);
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}

static void
read_classes(CampaignAccount *account, uint64 row, int column)
{
	bool is_null;
	Datum classes = campaign_plan_datum(row, column, &is_null);
	Datum *items;
	int i;

	account->classes = NULL;
	account->n_classes = -1;
	if (is_null)
		return;
	deconstruct_array(DatumGetArrayTypePCopy(classes), TEXTOID, -1, false, TYPALIGN_INT, &items,
					  NULL, &account->n_classes);
	account->classes = palloc(Max(account->n_classes, 1) * sizeof(char *));
	for (i = 0; i < account->n_classes; i++)
		account->classes[i] = TextDatumGetCString(items[i]);
}

int
campaign_campaigns_accounts(int64 workspace, const int64 *ids, int n, CampaignAccount **accounts)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(ids, n)};
	int found = campaign_plan_run(&accounts_plan, values, NULL, false);
	int i;

	*accounts = palloc(Max(found, 1) * sizeof(CampaignAccount));
	for (i = 0; i < found; i++)
	{
		CampaignAccount *account = &(*accounts)[i];

		account->campaign = campaign_plan_int64(i, 1, 0);
		account->account = campaign_plan_int64(i, 2, 0);
		account->usable = campaign_plan_bool(i, 3, false);
		read_classes(account, i, 4);
		account->time_zone = campaign_plan_text(i, 5);
		account->channel = campaign_plan_text(i, 6);
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}
