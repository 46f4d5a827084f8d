/*
 * lanes.c
 *		Rows of campaign.lane.
 */
#include "store/lanes.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "utils/builtins.h"

#include "store/channel_columns.h"
#include "store/columns.h"
#include "store/leases.h"
#include "store/plan.h"

/* A lane that could not be put to sleep, because somebody is queueing in it, is looked at again then. */
#define BUSY_LANE_USEC (USECS_PER_SEC)

static StorePlan waiting_plan = {
	.sql =
		"SELECT v.i::int - 1, q.n, q.first FROM"
		" unnest($2::bigint[], $3::text[], $5::timestamptz[]) WITH ORDINALITY"
		" AS v(account_id, kind, first, i)"
		" JOIN campaign.lane l ON l.workspace_id = $1 AND l.account_id = v.account_id"
		" AND l.action_kind = v.kind"
		" CROSS JOIN LATERAL (SELECT count(*)::int AS n, min(b.not_before) AS first FROM"
		" (SELECT a.not_before FROM campaign.action a WHERE a.workspace_id = $1"
		" AND a.lane_id = l.id AND a.state = 'queued' AND a.not_before >= v.first LIMIT $4) b) q",
	.n_args = 5,
	.types = {INT8OID, INT8ARRAYOID, TEXTARRAYOID, INT4OID, TIMESTAMPTZARRAYOID}};

static StorePlan make_plan = {
	.sql =
		"INSERT INTO campaign.lane (workspace_id, account_id, action_kind, pulled)"
		" SELECT $1, v.account_id, v.kind, EXISTS (SELECT FROM campaign.account a"
		" JOIN campaign.channel c ON c.workspace_id = $1 AND c.id = a.channel_id"
		" WHERE a.workspace_id = $1 AND a.id = v.account_id AND c.transport = 'agent') FROM unnest($2::bigint[], $3::text[]) AS v(account_id, kind)"
		" WHERE NOT EXISTS (SELECT FROM campaign.lane l WHERE l.workspace_id = $1"
		" AND l.account_id = v.account_id AND l.action_kind = v.kind)"
		" ORDER BY 2, 3 ON CONFLICT (workspace_id, account_id, action_kind) DO NOTHING",
	.n_args = 3,
	.types = {INT8OID, INT8ARRAYOID, TEXTARRAYOID}};

static StorePlan find_plan = {
	.sql = "SELECT v.i::int, l.id FROM unnest($2::bigint[], $3::text[]) WITH ORDINALITY"
		   " AS v(account_id, kind, i) JOIN campaign.lane l ON l.workspace_id = $1"
		   " AND l.account_id = v.account_id AND l.action_kind = v.kind",
	.n_args = 3,
	.types = {INT8OID, INT8ARRAYOID, TEXTARRAYOID}};

static StorePlan share_plan = {
	.sql = "SELECT FROM campaign.lane l WHERE l.workspace_id = $1 AND l.id = ANY ($2)"
		   " ORDER BY l.id FOR KEY SHARE",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

static StorePlan awaken_plan = {
	.sql =
		"UPDATE campaign.lane l SET ready_at = v.ready_at FROM"
		" (SELECT o.id, x.ready_at FROM unnest($2::bigint[], $3::timestamptz[]) AS x(id, ready_at)"
		" JOIN campaign.lane o ON o.workspace_id = $1 AND o.id = x.id"
		" WHERE NOT o.pulled AND (o.ready_at IS NULL"
		" OR o.ready_at > x.ready_at AND ($4 OR o.deferred_until IS NULL))"
		" ORDER BY o.id FOR NO KEY UPDATE OF o) v"
		" WHERE l.workspace_id = $1 AND l.id = v.id",
	.n_args = 4,
	.types = {INT8OID, INT8ARRAYOID, TIMESTAMPTZARRAYOID, BOOLOID}};

/* What is needed to send from a lane, or to hand its actions out. $1 = workspace, $2 = now. */
#define LANES_OF(source)                                                                           \
	"SELECT l.id, l.account_id, a.channel_id, l.action_kind,"                                      \
	" a.session_state = 'connected' AND a.identity_active AND m.is_active"                         \
	" AND (c.secret IS NULL OR s.value IS NOT NULL),"                                              \
	" c.transport <> 'outbox',"                                                                    \
	" CASE WHEN c.transport = 'agent' THEN " LEASE_RETURNS "ELSE"                                  \
	" " CHANNEL_IDEMPOTENT " END,"                                                                 \
	" " CHANNEL_5XX_NOT_ACCEPTED ","                                                               \
	" " CHANNEL_ALLOW_HTTP ","                                                                     \
	" " CHANNEL_ALLOW_PRIVATE ","                                                                  \
	" COALESCE((c.options->>'places')::int, 16),"                                                  \
	" " CHANNEL_TIMEOUT ","                                                                        \
	" c.url, s.value, a.address, a.display_name, m.name, l.ready_at,"                              \
	" $2 - (c.options->>'idempotency_ttl')::interval,"                                             \
	" k.credits, k.reaches,"                                                                       \
	" l.deferred_until, (SELECT true FROM campaign.action q WHERE q.workspace_id = $1"             \
	" AND q.lane_id = l.id AND q.state = 'queued' AND q.maybe_sent LIMIT 1),"                      \
	" a.pace IS NOT NULL OR c.options ?| '{pace,rate_per_second}'"                                 \
	" OR (SELECT EXISTS (SELECT FROM campaign.quota q WHERE q.workspace_id = $1))"                 \
	" OR EXISTS (SELECT FROM campaign.provider_limit p WHERE p.action_kind = l.action_kind"        \
	" AND pg_catalog.lower(p.provider) IN ('*', pg_catalog.lower(a.provider))),"                   \
	" a.can_send_note,"                                                                            \
	" c.transport = 'smtp', " CHANNEL_ALLOW_CLEAR ","                                              \
	" " CHANNEL_DOT_TIMEOUT ","                                                                    \
	" " CHANNEL_SESSION_MESSAGES ", c.options->>'hello', " CHANNEL_DOUBTED ","                     \
	" c.adapter, a.max_note_length, l.closed_until,"                                               \
	" CASE WHEN c.adapter IS NOT NULL THEN (SELECT max((r.batch->>'most')::int)"                   \
	" FROM campaign.adapter r WHERE r.name = c.adapter AND r.role = 'send'"                        \
	" AND (r.workspace_id, r.action_kind) = (SELECT o.workspace_id, o.action_kind"                 \
	" FROM campaign.adapter o WHERE o.workspace_id IN ($1, 0) AND o.name = c.adapter"              \
	" AND o.action_kind IN (l.action_kind, '*')"                                                   \
	" ORDER BY o.action_kind = '*', o.workspace_id = 0 LIMIT 1)) END"                              \
	" FROM " source " l"                                                                           \
	" LEFT JOIN LATERAL (SELECT o.credits, o.channel_class,"                                       \
	" COALESCE((o.options->>'reaches')::boolean, false) AS reaches"                                \
	" FROM campaign.action_kind o WHERE o.name = l.action_kind"                                    \
	" ORDER BY o.built_in LIMIT 1) k ON true"                                                      \
	" JOIN campaign.account a ON a.workspace_id = $1 AND a.id = l.account_id"                      \
	" JOIN campaign.channel c ON c.workspace_id = $1 AND c.id = a.channel_id"                      \
	" JOIN campaign.member m ON m.workspace_id = $1 AND m.id = a.member_id"                        \
	" LEFT JOIN campaign.secret s ON s.workspace_id = $1"                                          \
	" AND s.name = pg_catalog.replace(c.secret, '{address}', a.address)"                           \
	" WHERE l.workspace_id = $1"

#define CLAIMED_LANES LANES_OF("campaign.lane")

/* Lanes that need not be there yet, each with its place among the keys instead of an id of its own. */
static StorePlan imagine_plan = {
	.sql = LANES_OF(
		"(SELECT $1 AS workspace_id, v.i AS id, v.account_id, v.kind AS action_kind,"
		" NULL::timestamptz AS ready_at, NULL::timestamptz AS deferred_until,"
		" NULL::timestamptz AS closed_until"
		" FROM unnest($3::bigint[], $4::text[]) WITH ORDINALITY AS v(account_id, kind, i))"),
	.n_args = 4,
	.types = {INT8OID, TIMESTAMPTZOID, INT8ARRAYOID, TEXTARRAYOID}};

static StorePlan claim_plan = {
	.sql = CLAIMED_LANES
	" AND l.ready_at <= $2 AND NOT l.pulled AND ($4 OR c.transport = 'outbox')"
	" AND a.channel_id <> ALL ($5)"
	" AND " LANE_OF_PART("$6",
						 "$7") " ORDER BY l.ready_at LIMIT $3 FOR NO KEY UPDATE OF l SKIP LOCKED",
	.n_args = 7,
	.types = {INT8OID, TIMESTAMPTZOID, INT4OID, BOOLOID, INT8ARRAYOID, INT4OID, INT4OID}};

static StorePlan claim_pulled_plan = {.sql =
										  CLAIMED_LANES " AND l.account_id = ANY ($3) AND l.pulled"
														" ORDER BY l.id FOR NO KEY UPDATE OF l",
									  .n_args = 3,
									  .types = {INT8OID, TIMESTAMPTZOID, INT8ARRAYOID}};

static StorePlan settle_plan = {
	.sql = "UPDATE campaign.lane l SET ready_at = v.ready_at, deferred_until = v.deferred_until"
		   " FROM unnest($2::bigint[], $3::timestamptz[], $4::timestamptz[])"
		   " AS v(id, ready_at, deferred_until)"
		   " WHERE l.workspace_id = $1 AND l.id = v.id AND (l.ready_at, l.deferred_until)"
		   " IS DISTINCT FROM (v.ready_at, v.deferred_until)",
	.n_args = 4,
	.types = {INT8OID, INT8ARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID}};

static StorePlan try_sleep_plan = {
	.sql = "SELECT l.id FROM campaign.lane l WHERE l.workspace_id = $1 AND l.id = ANY ($2)"
		   " ORDER BY l.id FOR UPDATE SKIP LOCKED",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

static StorePlan sleep_plan = {
	.sql =
		"UPDATE campaign.lane l SET deferred_until = NULL, ready_at = LEAST(v.latest,"
		" (SELECT a.not_before FROM campaign.action a WHERE a.workspace_id = $1"
		" AND a.lane_id = v.id AND a.state = 'queued' AND a.not_before >= v.first"
		" ORDER BY a.not_before LIMIT 1))"
		" FROM unnest($2::bigint[], $3::timestamptz[], $4::timestamptz[]) AS v(id, first, latest)"
		" WHERE l.workspace_id = $1 AND l.id = v.id",
	.n_args = 4,
	.types = {INT8OID, INT8ARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID}};

void
campaign_lanes_keys(const LaneKey *keys, int n, Datum *accounts, Datum *kinds)
{
	Column account;
	Column kind;
	int i;

	campaign_column_init(&account, INT8OID);
	campaign_column_init(&kind, TEXTOID);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_int64(&account, keys[i].account);
		campaign_column_add_text(&kind, keys[i].kind);
	}
	*accounts = campaign_column_array(&account);
	*kinds = campaign_column_array(&kind);
}

/* Of a lane that may not be there yet. Two of one number would only be counted too low. */
static int64
number_of(const LaneKey *key)
{
	return (int64) hash_combine64(
		hash_bytes_extended((const unsigned char *) key->kind, (int) strlen(key->kind), 0),
		(uint64) key->account);
}

void
campaign_lanes_waiting(int64 workspace, const LaneKey *keys, int n, int max, Fronts *fronts,
					   int *waiting)
{
	FrontLook *looks = palloc(n * sizeof(FrontLook));
	TimestampTz *first = palloc(n * sizeof(TimestampTz));
	Datum values[5] = {Int64GetDatum(workspace)};
	int found;
	int i;

	for (i = 0; i < n; i++)
	{
		looks[i] = campaign_fronts_look(fronts, FRONT_WAITING, workspace, number_of(&keys[i]));
		first[i] = looks[i].from;
	}
	campaign_lanes_keys(keys, n, &values[1], &values[2]);
	values[3] = Int32GetDatum(max);
	values[4] = campaign_column_times(first, n);
	found = campaign_plan_run(&waiting_plan, values, NULL, false);
	memset(waiting, 0, n * sizeof(int));
	for (i = 0; i < found; i++)
	{
		int key = campaign_plan_int32(i, 1, 0);

		waiting[key] = campaign_plan_int32(i, 2, 0);
		campaign_fronts_seen(&looks[key], campaign_plan_time(i, 3), found);
	}
	SPI_freetuptable(SPI_tuptable);
}

/* Of keys that repeat, each once; place[i] is where keys[i] has gone. */
static int
distinct_keys(const LaneKey *keys, int n, LaneKey *distinct, int *place)
{
	int kept = 0;
	int i;

	for (i = 0; i < n; i++)
	{
		int k;

		for (k = 0; k < kept; k++)
			if (distinct[k].account == keys[i].account &&
				strcmp(distinct[k].kind, keys[i].kind) == 0)
				break;
		if (k == kept)
			distinct[kept++] = keys[i];
		place[i] = k;
	}
	return kept;
}

void
campaign_lanes_find(int64 workspace, const LaneKey *keys, int n, int64 *ids)
{
	LaneKey *distinct = palloc(Max(n, 1) * sizeof(LaneKey));
	int *place = palloc(Max(n, 1) * sizeof(int));
	int64 *found = palloc(Max(n, 1) * sizeof(int64));
	int n_distinct = distinct_keys(keys, n, distinct, place);
	Datum values[3] = {Int64GetDatum(workspace)};
	int i;

	campaign_lanes_keys(distinct, n_distinct, &values[1], &values[2]);
	campaign_plan_run(&make_plan, values, NULL, false);
	if (campaign_plan_run(&find_plan, values, NULL, false) != n_distinct)
		elog(ERROR, "lanes that were made are not there");
	for (i = 0; i < n_distinct; i++)
		found[campaign_plan_int32(i, 1, 1) - 1] = campaign_plan_int64(i, 2, 0);
	SPI_freetuptable(SPI_tuptable);
	for (i = 0; i < n; i++)
		ids[i] = found[place[i]];
}

void
campaign_lanes_awaken(int64 workspace, const int64 *ids, const TimestampTz *ready, int n,
					  bool repeats)
{
	Column at;
	Datum values[4];
	int i;

	if (n == 0)
		return;
	campaign_column_init(&at, TIMESTAMPTZOID);
	for (i = 0; i < n; i++)
		campaign_column_add_time(&at, ready[i]);
	values[0] = Int64GetDatum(workspace);
	values[1] = campaign_column_ids(ids, n);
	values[2] = campaign_column_array(&at);
	values[3] = BoolGetDatum(repeats);
	campaign_plan_run(&share_plan, values, NULL, false);
	campaign_plan_run(&awaken_plan, values, NULL, false);
}

static void
read_lane(ReadyLane *lane, int i)
{
	lane->id = campaign_plan_int64(i, 1, 0);
	lane->account = campaign_plan_int64(i, 2, 0);
	lane->channel = campaign_plan_int64(i, 3, 0);
	lane->kind = campaign_plan_text(i, 4);
	lane->usable = campaign_plan_bool(i, 5, false);
	lane->network = campaign_plan_bool(i, 6, false);
	lane->idempotent = campaign_plan_bool(i, 7, false);
	lane->not_accepted_on_5xx = campaign_plan_bool(i, 8, false);
	lane->allow_http = campaign_plan_bool(i, 9, false);
	lane->allow_private = campaign_plan_bool(i, 10, false);
	lane->places = campaign_plan_int32(i, 11, 0);
	lane->timeout_ms = campaign_plan_int32(i, 12, 0);
	lane->url = campaign_plan_text(i, 13);
	lane->secret = campaign_plan_text(i, 14);
	lane->address = campaign_plan_text(i, 15);
	lane->display_name = campaign_plan_text(i, 16);
	lane->member = campaign_plan_text(i, 17);
	lane->ready_at = campaign_plan_time(i, 18);
	lane->keys_since = campaign_plan_time(i, 19);
	lane->credits = campaign_plan_int32(i, 20, 0);
	lane->reaches = campaign_plan_bool(i, 21, false);
	lane->deferred_until = campaign_plan_time(i, 22);
	lane->repeats = campaign_plan_bool(i, 23, false);
	lane->limited = campaign_plan_bool(i, 24, true);
	lane->can_send_note = campaign_plan_bool(i, 25, true);
	lane->mail = campaign_plan_bool(i, 26, false);
	lane->allow_clear = campaign_plan_bool(i, 27, false);
	lane->dot_timeout_ms = campaign_plan_int32(i, 28, 0);
	lane->session_messages = campaign_plan_int32(i, 29, 0);
	lane->hello = campaign_plan_text(i, 30);
	lane->doubted = campaign_plan_bool(i, 31, false);
	lane->adapter = campaign_plan_text(i, 32);
	lane->max_note_length = campaign_plan_int32(i, 33, 0);
	lane->closed_until = campaign_plan_time(i, 34);
	lane->batch = campaign_plan_int32(i, 35, 1);
}

static int
read_lanes(int found, ReadyLane **lanes)
{
	int i;

	*lanes = palloc(Max(found, 1) * sizeof(ReadyLane));
	for (i = 0; i < found; i++)
		read_lane(&(*lanes)[i], i);
	SPI_freetuptable(SPI_tuptable);
	return found;
}

int
campaign_lanes_claim(int64 workspace, TimestampTz now, int limit, bool network, int parts, int part,
					 const int64 *full, int n_full, ReadyLane **lanes)
{
	Datum values[7] = {
		Int64GetDatum(workspace), TimestampTzGetDatum(now),          Int32GetDatum(limit),
		BoolGetDatum(network),    campaign_column_ids(full, n_full), Int32GetDatum(Max(parts, 1)),
		Int32GetDatum(part)};

	return read_lanes(campaign_plan_run(&claim_plan, values, NULL, false), lanes);
}

int
campaign_lanes_claim_pulled(int64 workspace, TimestampTz now, const int64 *accounts, int n,
							ReadyLane **lanes)
{
	Datum values[3] = {Int64GetDatum(workspace), TimestampTzGetDatum(now),
					   campaign_column_ids(accounts, n)};

	return read_lanes(campaign_plan_run(&claim_pulled_plan, values, NULL, false), lanes);
}

int
campaign_lanes_imagine(int64 workspace, TimestampTz now, const LaneKey *keys, int n,
					   ReadyLane **lanes)
{
	Datum values[4] = {Int64GetDatum(workspace), TimestampTzGetDatum(now)};

	campaign_lanes_keys(keys, n, &values[2], &values[3]);
	return read_lanes(campaign_plan_run(&imagine_plan, values, NULL, false), lanes);
}

static void
add_rest(Column *columns, int64 lane, TimestampTz first, TimestampTz second)
{
	campaign_column_add_int64(&columns[0], lane);
	campaign_column_add_time(&columns[1], first);
	campaign_column_add_time(&columns[2], second);
}

/* A statement about lanes and two times of each. */
static void
run_rests(StorePlan *plan, int64 workspace, const Column *columns)
{
	Datum values[4] = {Int64GetDatum(workspace)};
	int i;

	if (columns[0].n == 0)
		return;
	for (i = 0; i < 3; i++)
		values[i + 1] = campaign_column_array(&columns[i]);
	campaign_plan_run(plan, values, NULL, false);
}

static void
open_rests(Column *columns)
{
	campaign_column_init(&columns[0], INT8OID);
	campaign_column_init(&columns[1], TIMESTAMPTZOID);
	campaign_column_init(&columns[2], TIMESTAMPTZOID);
}

/* Puts lanes to sleep until their next queued action; those that are being queued in: a moment. */
static void
put_to_sleep(int64 workspace, const LaneRest *rests, const int64 *ids, int n, TimestampTz now)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(ids, n)};
	int found = campaign_plan_run(&try_sleep_plan, values, NULL, false);
	int64 *got = palloc(Max(found, 1) * sizeof(int64));
	Column asleep[3];
	Column busy[3];
	int i;

	open_rests(asleep);
	open_rests(busy);
	for (i = 0; i < found; i++)
		got[i] = campaign_plan_int64(i, 1, 0);
	SPI_freetuptable(SPI_tuptable);

	for (i = 0; i < n; i++)
	{
		const LaneRest *rest = rests;
		int k;

		while (rest->lane != ids[i])
			rest++;
		for (k = 0; k < found && got[k] != ids[i]; k++)
			;
		if (k < found)
			add_rest(asleep, rest->lane, rest->first, rest->latest);
		else
			add_rest(busy, rest->lane, now + BUSY_LANE_USEC, DT_NOEND);
	}
	run_rests(&sleep_plan, workspace, asleep);
	run_rests(&settle_plan, workspace, busy);
}

void
campaign_lanes_settle(int64 workspace, const LaneRest *rests, int n, TimestampTz now)
{
	int64 *sleepers = palloc(Max(n, 1) * sizeof(int64));
	int n_sleepers = 0;
	Column awake[3];
	int i;

	open_rests(awake);
	for (i = 0; i < n; i++)
	{
		if (rests[i].ready == DT_NOEND)
			sleepers[n_sleepers++] = rests[i].lane;
		else
			add_rest(awake, rests[i].lane, rests[i].ready, rests[i].deferred);
	}
	if (n_sleepers > 0)
		put_to_sleep(workspace, rests, sleepers, n_sleepers, now);
	run_rests(&settle_plan, workspace, awake);
}

void
campaign_lanes_defer(int64 workspace, const int64 *ids, const TimestampTz *deferred, int n)
{
	Column rests[3];
	int i;

	open_rests(rests);
	for (i = 0; i < n; i++)
		add_rest(rests, ids[i], DT_NOEND, deferred[i]);
	run_rests(&settle_plan, workspace, rests);
}
