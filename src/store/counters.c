/*
 * counters.c
 *		Deltas of statistics.
 *
 * Counts are appended, never updated: a shared row would make every commit of users wait behind the
 * slowest of them. What one round adds is summed first, so a round writes a handful of rows.
 */
#include "store/counters.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "store/columns.h"
#include "store/plan.h"

#define KIND_SIZE 32

typedef struct CounterKey
{
	int64 campaign;
	int32 step;
	DateADT day;
	char kind[KIND_SIZE];
} CounterKey;

typedef struct CounterDelta
{
	CounterKey key;
	int64 n;
} CounterDelta;

static StorePlan append_plan = {
	.sql = "INSERT INTO campaign.counter (workspace_id, campaign_id, step, day, kind, n)"
		   " SELECT $1, v.campaign_id, v.step, v.day, v.kind, v.n FROM"
		   " unnest($2::bigint[], $3::int[], $4::date[], $5::text[], $6::bigint[])"
		   " AS v(campaign_id, step, day, kind, n)",
	.n_args = 6,
	.types = {INT8OID, INT8ARRAYOID, INT4ARRAYOID, DATEARRAYOID, TEXTARRAYOID, INT8ARRAYOID}};

/*
 * Chosen once, in an array: a join might choose them anew for each row that it looks at. Those of places stay, and only become fewer: what looks at a cap has an index of them alone.
 */
static StorePlan take_plan = {
	.sql = "DELETE FROM campaign.counter c WHERE c.workspace_id = $1 AND c.id = ANY (ARRAY"
		   "(SELECT k.id FROM campaign.counter k WHERE k.workspace_id = $1 AND k.kind <> 'place'"
		   " LIMIT $2 FOR UPDATE SKIP LOCKED))"
		   " RETURNING c.campaign_id, c.step, c.day, c.kind, c.n",
	.n_args = 2,
	.types = {INT8OID, INT4OID}};

static StorePlan take_places_plan = {
	.sql =
		"DELETE FROM campaign.counter c WHERE c.workspace_id = $1 AND c.kind = 'place'"
		" AND c.id = ANY (ARRAY(SELECT k.id FROM campaign.counter k WHERE k.workspace_id = $1 AND k.kind = 'place'"
		" AND k.campaign_id IN (SELECT o.campaign_id FROM campaign.counter o"
		" WHERE o.workspace_id = $1 AND o.kind = 'place' GROUP BY o.campaign_id HAVING count(*) > 1)"
		" LIMIT $2 FOR UPDATE SKIP LOCKED))"
		" RETURNING c.campaign_id, c.step, c.day, c.kind, c.n",
	.n_args = 2,
	.types = {INT8OID, INT4OID}};

#define DELTAS                                                                                     \
	" FROM unnest($2::bigint[], $3::int[], $4::date[], $5::text[], $6::bigint[])"                  \
	" AS v(campaign_id, step, day, kind, n)"

static StorePlan add_days_plan = {
	.sql =
		"INSERT INTO campaign.counter_day AS d (workspace_id, campaign_id, day, step, kind, n)"
		" SELECT $1, v.campaign_id, v.day, v.step, v.kind, v.n" DELTAS
		" ON CONFLICT (workspace_id, campaign_id, day, step, kind) DO UPDATE SET n = d.n + EXCLUDED.n",
	.n_args = 6,
	.types = {INT8OID, INT8ARRAYOID, INT4ARRAYOID, DATEARRAYOID, TEXTARRAYOID, INT8ARRAYOID}};

static StorePlan add_totals_plan = {
	.sql =
		"INSERT INTO campaign.counter_total AS t (workspace_id, campaign_id, step, kind, n)"
		" SELECT $1, v.campaign_id, v.step, v.kind, sum(v.n)" DELTAS
		" GROUP BY v.campaign_id, v.step, v.kind"
		" ON CONFLICT (workspace_id, campaign_id, step, kind) DO UPDATE SET n = t.n + EXCLUDED.n",
	.n_args = 6,
	.types = {INT8OID, INT8ARRAYOID, INT4ARRAYOID, DATEARRAYOID, TEXTARRAYOID, INT8ARRAYOID}};

void
campaign_counters_init(Counters *counters, int64 workspace)
{
	HASHCTL control = {0};

	control.keysize = sizeof(CounterKey);
	control.entrysize = sizeof(CounterDelta);
	control.hcxt = CurrentMemoryContext;
	counters->workspace = workspace;
	counters->deltas =
		hash_create("campaign counters", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

void
campaign_counters_add(Counters *counters, int64 campaign, int step, DateADT day, const char *kind,
					  int64 n)
{
	CounterKey key;
	CounterDelta *delta;
	bool found;

	memset(&key, 0, sizeof(key));
	key.campaign = campaign;
	key.step = step;
	key.day = day;
	strlcpy(key.kind, kind, KIND_SIZE);
	delta = hash_search(counters->deltas, &key, HASH_ENTER, &found);
	delta->n = (found ? delta->n : 0) + n;
}

/* The deltas that are not 0, as parameters of a plan; false if there are none. */
static bool
values_of(Counters *counters, Datum values[6])
{
	HASH_SEQ_STATUS scan;
	CounterDelta *delta;
	Column campaign;
	Column step;
	Column day;
	Column kind;
	Column n;

	campaign_column_init(&campaign, INT8OID);
	campaign_column_init(&step, INT4OID);
	campaign_column_init(&day, DATEOID);
	campaign_column_init(&kind, TEXTOID);
	campaign_column_init(&n, INT8OID);
	hash_seq_init(&scan, counters->deltas);
	while ((delta = hash_seq_search(&scan)) != NULL)
	{
		if (delta->n == 0)
			continue;
		campaign_column_add_int64(&campaign, delta->key.campaign);
		campaign_column_add_int32(&step, delta->key.step);
		campaign_column_add(&day, DateADTGetDatum(delta->key.day));
		campaign_column_add_text(&kind, delta->key.kind);
		campaign_column_add_int64(&n, delta->n);
	}
	values[0] = Int64GetDatum(counters->workspace);
	values[1] = campaign_column_array(&campaign);
	values[2] = campaign_column_array(&step);
	values[3] = campaign_column_array(&day);
	values[4] = campaign_column_array(&kind);
	values[5] = campaign_column_array(&n);
	return n.n > 0;
}

void
campaign_counters_write(Counters *counters)
{
	Datum values[6];

	if (values_of(counters, values))
		campaign_plan_run(&append_plan, values, NULL, false);
}

/* Deletes deltas of the table and adds them up; how many there were. */
static int
take(StorePlan *plan, Counters *counters, int64 workspace, int limit)
{
	Datum values[2] = {Int64GetDatum(workspace), Int32GetDatum(limit)};
	int taken;
	int i;

	campaign_counters_init(counters, workspace);
	taken = campaign_plan_run(plan, values, NULL, false);
	for (i = 0; i < taken; i++)
	{
		bool is_null;
		DateADT day = DatumGetDateADT(campaign_plan_datum(i, 3, &is_null));

		campaign_counters_add(counters, campaign_plan_int64(i, 1, 0), campaign_plan_int32(i, 2, 0),
							  day, campaign_plan_text(i, 4), campaign_plan_int64(i, 5, 0));
	}
	SPI_freetuptable(SPI_tuptable);
	return taken;
}

int
campaign_counters_fold(int64 workspace, int limit)
{
	Counters counters;
	Datum values[6];
	int taken;

	taken = take(&take_plan, &counters, workspace, limit);
	if (values_of(&counters, values))
	{
		campaign_plan_run(&add_days_plan, values, NULL, false);
		campaign_plan_run(&add_totals_plan, values, NULL, false);
	}
	taken += take(&take_places_plan, &counters, workspace, limit);
	campaign_counters_write(&counters);
	return taken;
}
