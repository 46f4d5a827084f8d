/*
 * contacts.c
 *		When persons were contacted, whatever the campaign.
 */
#include "store/contacts.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "store/columns.h"
#include "store/plan.h"

#define MICROSECONDS(interval) "(EXTRACT(epoch FROM " interval ") * 1000000)::bigint"

/* A row for each campaign, if the workspace counts. */
static StorePlan rules_plan = {
	.sql = "SELECT c.id, " MICROSECONDS(
		"COALESCE((c.settings->>'min_gap')::interval, s.min_gap)") ","
																   " COALESCE((c.settings->'contact_cap'->>'max')::int, s.contact_cap),"
																   " " MICROSECONDS(
																	   "COALESCE((c.settings->'contact_cap'->>'within')::interval,"
																	   " s.contact_period)") " FROM campaign.campaign c"
																							 " LEFT JOIN campaign.workspace_setting s ON s.workspace_id = $1"
																							 " WHERE c.workspace_id = $1 AND c.id = ANY ($2) AND"
																							 " (EXISTS (SELECT FROM campaign.workspace_setting o WHERE o.workspace_id = $1"
																							 " AND (o.min_gap IS NOT NULL OR o.contact_cap IS NOT NULL))"
																							 " OR EXISTS (SELECT FROM campaign.campaign o WHERE o.workspace_id = $1"
																							 " AND o.settings ?| '{min_gap,contact_cap}'))",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

static StorePlan lock_plan = {
	.sql = "SELECT s.key, s.contacts FROM campaign.person s WHERE s.workspace_id = $1"
		   " AND s.key = ANY ($2) ORDER BY s.key FOR NO KEY UPDATE SKIP LOCKED",
	.n_args = 2,
	.types = {INT8OID, TEXTARRAYOID}};

static StorePlan read_plan = {
	.sql = "SELECT s.key, s.contacts FROM campaign.person s WHERE s.workspace_id = $1"
		   " AND s.key = ANY ($2)",
	.n_args = 2,
	.types = {INT8OID, TEXTARRAYOID}};

static StorePlan write_plan = {
	.sql = "UPDATE campaign.person s SET contacts = ($5::timestamptz[])[v.first : v.last]"
		   " FROM unnest($2::text[], $3::int[], $4::int[]) AS v(key, first, last)"
		   " WHERE s.workspace_id = $1 AND s.key = v.key",
	.n_args = 5,
	.types = {INT8OID, TEXTARRAYOID, INT4ARRAYOID, INT4ARRAYOID, TIMESTAMPTZARRAYOID}};

static StorePlan refund_plan = {
	.sql = "UPDATE campaign.person s SET contacts ="
		   " ARRAY(SELECT c FROM unnest(s.contacts) c WHERE c <> ALL (v.at) ORDER BY c)"
		   " FROM (SELECT l.key, g.at FROM (SELECT u.key, pg_catalog.array_agg(u.at) AS at"
		   " FROM unnest($2::text[], $3::timestamptz[]) AS u(key, at) GROUP BY u.key) g"
		   " JOIN campaign.person l ON l.workspace_id = $1 AND l.key = g.key"
		   " WHERE l.contacts && g.at ORDER BY l.key FOR NO KEY UPDATE OF l) v"
		   " WHERE s.workspace_id = $1 AND s.key = v.key",
	.n_args = 3,
	.types = {INT8OID, TEXTARRAYOID, TIMESTAMPTZARRAYOID}};

static Datum
person_array(char *const *persons, int n)
{
	Column column;
	int i;

	campaign_column_init(&column, TEXTOID);
	for (i = 0; i < n; i++)
		campaign_column_add_text(&column, persons[i]);
	return campaign_column_array(&column);
}

bool
campaign_contacts_rules(int64 workspace, const int64 *campaigns, int n, CampaignRule **rules,
						int *n_rules)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(campaigns, n)};
	int found = campaign_plan_run(&rules_plan, values, NULL, false);
	int i;

	*rules = palloc(Max(found, 1) * sizeof(CampaignRule));
	*n_rules = found;
	for (i = 0; i < found; i++)
	{
		CampaignRule *rule = &(*rules)[i];

		rule->campaign = campaign_plan_int64(i, 1, 0);
		rule->rule.min_gap = campaign_plan_int64(i, 2, 0);
		rule->rule.max = campaign_plan_int32(i, 3, 0);
		rule->rule.within = campaign_plan_int64(i, 4, 0);
	}
	SPI_freetuptable(SPI_tuptable);
	return found > 0;
}

static void
read_contacts(PersonContacts *contacts, int row)
{
	bool is_null;
	Datum array = campaign_plan_datum(row, 2, &is_null);
	Datum *at;
	bool *nulls;
	int n;
	int i;

	contacts->person = campaign_plan_text(row, 1);
	contacts->n = 0;
	contacts->changed = false;
	if (is_null)
		return;
	deconstruct_array(DatumGetArrayTypePCopy(array), TIMESTAMPTZOID, 8, true, TYPALIGN_DOUBLE, &at,
					  &nulls, &n);
	for (i = Max(n - FREQUENCY_MAX, 0); i < n; i++)
		contacts->at[contacts->n++] = DatumGetTimestampTz(at[i]);
}

static int
run_persons(StorePlan *plan, int64 workspace, char *const *persons, int n,
			PersonContacts **contacts)
{
	Datum values[2] = {Int64GetDatum(workspace), person_array(persons, n)};
	int found = campaign_plan_run(plan, values, NULL, false);
	int i;

	*contacts = palloc(Max(found, 1) * sizeof(PersonContacts));
	for (i = 0; i < found; i++)
		read_contacts(&(*contacts)[i], i);
	SPI_freetuptable(SPI_tuptable);
	return found;
}

int
campaign_contacts_lock(int64 workspace, char *const *persons, int n, PersonContacts **contacts)
{
	return run_persons(&lock_plan, workspace, persons, n, contacts);
}

int
campaign_contacts_read(int64 workspace, char *const *persons, int n, PersonContacts **contacts)
{
	return run_persons(&read_plan, workspace, persons, n, contacts);
}

void
campaign_contacts_add(PersonContacts *contacts, TimestampTz at)
{
	int i;

	if (contacts->n == FREQUENCY_MAX)
	{
		contacts->n--;
		memmove(&contacts->at[0], &contacts->at[1], contacts->n * sizeof(TimestampTz));
	}
	for (i = contacts->n; i > 0 && contacts->at[i - 1] > at; i--)
		contacts->at[i] = contacts->at[i - 1];
	contacts->at[i] = at;
	contacts->n++;
	contacts->changed = true;
}

void
campaign_contacts_write(int64 workspace, const PersonContacts *contacts, int n)
{
	static const Oid types[4] = {TEXTOID, INT4OID, INT4OID, TIMESTAMPTZOID};
	Column c[4];
	Datum values[5];
	int i;
	int k;

	for (i = 0; i < 4; i++)
		campaign_column_init(&c[i], types[i]);
	for (i = 0; i < n; i++)
	{
		if (!contacts[i].changed)
			continue;
		campaign_column_add_text(&c[0], contacts[i].person);
		campaign_column_add_int32(&c[1], c[3].n + 1);
		for (k = 0; k < contacts[i].n; k++)
			campaign_column_add(&c[3], TimestampTzGetDatum(contacts[i].at[k]));
		campaign_column_add_int32(&c[2], c[3].n);
	}
	if (c[0].n == 0)
		return;
	values[0] = Int64GetDatum(workspace);
	for (i = 0; i < 4; i++)
		values[i + 1] = campaign_column_array(&c[i]);
	campaign_plan_run(&write_plan, values, NULL, false);
}

void
campaign_contacts_refund(int64 workspace, char *const *persons, const TimestampTz *started_at,
						 int n)
{
	Column at;
	Datum values[3] = {Int64GetDatum(workspace), (Datum) 0, (Datum) 0};
	int i;

	if (n == 0)
		return;
	campaign_column_init(&at, TIMESTAMPTZOID);
	for (i = 0; i < n; i++)
		campaign_column_add(&at, TimestampTzGetDatum(started_at[i]));
	values[1] = person_array(persons, n);
	values[2] = campaign_column_array(&at);
	campaign_plan_run(&refund_plan, values, NULL, false);
}
