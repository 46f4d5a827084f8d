/*
 * due.c
 *		Where there is work, and when there will be: the only statements that look across workspaces.
 */
#include "engine/round.h"

#include "catalog/pg_type.h"

#include "store/lanes.h"
#include "store/locality.h"
#include "store/plan.h"

/* What a look reads of each table, as in the statements below. A look that got as much may not have seen all. */
#define LOOK_ROWS 1000

/* Of the earliest rows that are due, so that one workspace with millions does not cost a scan of all. */
static StorePlan due_plan = {
	.sql =
		"SELECT q.workspace_id, q.kind, pg_catalog.count(*), min(q.due_at), min(q.id) FROM ("
		"(SELECT e.workspace_id, 0 AS kind, e.due_at, NULL::bigint AS id FROM campaign.enrollment e"
		" WHERE e.due_at BETWEEN $2 AND $1 ORDER BY e.due_at LIMIT 1000)"
		" UNION ALL (SELECT i.workspace_id, 1, NULL, i.id FROM campaign.inbox i"
		" WHERE i.held IS NULL AND i.id >= $3 ORDER BY i.id LIMIT 1000)"
		" UNION ALL (SELECT s.workspace_id, 2, NULL, NULL FROM campaign.session s"
		" WHERE s.status IN ('new', 'processing') AND s.expires_at <= $1"
		" ORDER BY s.expires_at LIMIT 1000)"
		" UNION ALL (SELECT w.workspace_id, 3, NULL, NULL FROM campaign.side_action w"
		" WHERE w.wanted_at <= $1 ORDER BY w.wanted_at LIMIT 1000)"
		" UNION ALL (SELECT a.workspace_id, 4, NULL, NULL FROM campaign.action a"
		" WHERE a.state = 'processing' AND a.incarnation IS NULL AND a.expires_at <= $1"
		" ORDER BY a.expires_at LIMIT 1000)"
		" UNION ALL (SELECT a.workspace_id, 5, NULL, NULL FROM campaign.action a"
		" WHERE a.state IN ('queued', 'withdrawn') AND a.deadline_at <= $1"
		" ORDER BY a.deadline_at LIMIT 1000)"
		" UNION ALL (SELECT r.workspace_id, 6, NULL, NULL FROM campaign.place_request r LIMIT 1000)"
		" UNION ALL (SELECT l.workspace_id, 6, NULL, NULL FROM campaign.alert_request l LIMIT 1000)"
		" UNION ALL (SELECT k.workspace_id, 6, NULL, NULL FROM campaign.slot_clock k"
		" WHERE k.due_at <= $1 ORDER BY k.due_at LIMIT 1000)"
		" UNION ALL (SELECT t.workspace_id, 6, NULL, NULL FROM campaign.trial t"
		" WHERE t.ends_at <= $1 ORDER BY t.ends_at LIMIT 1000)) q GROUP BY 1, 2 ORDER BY 1",
	.n_args = 3,
	.types = {TIMESTAMPTZOID, TIMESTAMPTZOID, INT8OID}};

/*
 * From workspace to workspace, each by one look-up in an index, behind $4: those with something of a kind, and
 * whether any of it is due. Of what may come by the million, in the order of the kinds above; by nothing else
 * anybody is late for long.
 */
#define NEXT_DUE(table, at, is_due, where, after)                                                  \
	"SELECT t.workspace_id, " is_due " AS is_due FROM campaign." table                             \
	" t WHERE t.workspace_id > " after " AND " where " ORDER BY t.workspace_id, t." at " LIMIT 1"
#define DUE_WALK(table, at, is_due, where)                                                         \
	{                                                                                              \
		.sql = "WITH RECURSIVE w AS ((" NEXT_DUE(                                                  \
			table, at, is_due, where,                                                              \
			"$4") ") UNION ALL"                                                                    \
				  " SELECT n.* FROM w CROSS JOIN LATERAL (" NEXT_DUE(                              \
					  table, at, is_due, where,                                                    \
					  "w.workspace_id") ") n)"                                                     \
										" SELECT w.workspace_id, w.is_due FROM w LIMIT 500",       \
		.n_args = 4, .types = {                                                                    \
			TIMESTAMPTZOID,                                                                        \
			TIMESTAMPTZOID,                                                                        \
			INT8OID,                                                                               \
			INT8OID                                                                                \
		}                                                                                          \
	}
static StorePlan due_walk_plans[DUE_WALKS] = {
	DUE_WALK("enrollment", "due_at", "t.due_at <= $1", "t.due_at >= $2"),
	DUE_WALK("inbox", "id", "$1 IS NOT NULL", "t.held IS NULL AND t.id >= $3"),
	DUE_WALK("session", "expires_at", "t.expires_at <= $1", "t.status IN ('new', 'processing')"),
	DUE_WALK("side_action", "wanted_at", "t.wanted_at <= $1", "t.wanted_at IS NOT NULL"),
	DUE_WALK("action", "expires_at", "t.expires_at <= $1",
			 "t.state = 'processing' AND t.incarnation IS NULL"),
	DUE_WALK("action", "deadline_at", "t.deadline_at <= $1",
			 "t.state IN ('queued', 'withdrawn') AND t.deadline_at IS NOT NULL"),
};

/* On a cluster nobody can go from workspace to workspace: each server says which of its own come next. */
static StorePlan due_spread_plan = {
	.sql = "SELECT q.workspace_id, true FROM ("
		   "(SELECT DISTINCT e.workspace_id FROM campaign.enrollment e"
		   " WHERE e.workspace_id > $4 AND e.due_at BETWEEN $2 AND $1 ORDER BY 1 LIMIT 500)"
		   " UNION (SELECT DISTINCT i.workspace_id FROM campaign.inbox i"
		   " WHERE i.workspace_id > $4 AND i.held IS NULL AND i.id >= $3 ORDER BY 1 LIMIT 500)) q"
		   " ORDER BY 1 LIMIT 500",
	.n_args = 4,
	.types = {TIMESTAMPTZOID, TIMESTAMPTZOID, INT8OID, INT8OID}};

/* They repeat: to sort that out here costs more than reading them. $2, $3 = parts, part. */
static StorePlan ready_plan = {
	.sql =
		"(SELECT l.workspace_id, false, l.ready_at FROM campaign.lane l WHERE l.ready_at BETWEEN $4 AND $1"
		" AND " LANE_OF_PART(
			"$2",
			"$3") " ORDER BY l.ready_at LIMIT 1000)"
				  " UNION ALL (SELECT t.workspace_id, true, NULL FROM campaign.test_send t WHERE $3 = 0"
				  " AND t.state = 'queued' AND t.requested_at <= $1 ORDER BY t.requested_at LIMIT 100)"
				  " UNION ALL (SELECT n.workspace_id, true, NULL FROM campaign.notice n WHERE $3 = 0"
				  " AND n.state = 'queued' AND n.not_before <= $1 ORDER BY n.not_before LIMIT 100)",
	.n_args = 4,
	.types = {TIMESTAMPTZOID, INT4OID, INT4OID, TIMESTAMPTZOID}};

/* The same walk over lanes, behind $5. */
#define NEXT_READY(after)                                                                          \
	"SELECT l.workspace_id, l.ready_at FROM campaign.lane l WHERE l.workspace_id > " after         \
	" AND l.ready_at >= $4 AND " LANE_OF_PART("$2",                                                \
											  "$3") " ORDER BY l.workspace_id, l.ready_at LIMIT 1"
static StorePlan ready_walk_plan = {
	.sql = "WITH RECURSIVE w AS ((" NEXT_READY(
		"$5") ") UNION ALL SELECT n.* FROM w"
			  " CROSS JOIN LATERAL (" NEXT_READY(
				  "w.workspace_id") ") n)"
									" SELECT w.workspace_id, w.ready_at <= $1 FROM w LIMIT 100",
	.n_args = 5,
	.types = {TIMESTAMPTZOID, INT4OID, INT4OID, TIMESTAMPTZOID, INT8OID}};

static StorePlan ready_spread_plan = {
	.sql = "SELECT DISTINCT l.workspace_id, true FROM campaign.lane l"
		   " WHERE l.workspace_id > $5 AND l.ready_at BETWEEN $4 AND $1 AND " LANE_OF_PART(
			   "$2", "$3") " ORDER BY 1 LIMIT 100",
	.n_args = 5,
	.types = {TIMESTAMPTZOID, INT4OID, INT4OID, TIMESTAMPTZOID, INT8OID}};

static StorePlan polls_plan = {
	.sql = "(SELECT a.workspace_id, false FROM campaign.action a WHERE a.state = 'processing'"
		   " AND a.incarnation IS NULL AND a.poll_at <= $1 ORDER BY a.poll_at LIMIT 1000)"
		   " UNION ALL (SELECT p.workspace_id, true FROM campaign.relation_poll p"
		   " WHERE p.next_at <= $1 ORDER BY p.next_at LIMIT 100)",
	.n_args = 1,
	.types = {TIMESTAMPTZOID}};

static StorePlan due_next_plan = {
	.sql = "SELECT CASE WHEN (SELECT true FROM campaign.inbox i WHERE i.held IS NULL"
		   " AND i.id >= $2 ORDER BY i.id LIMIT 1)"
		   " OR EXISTS (SELECT FROM campaign.place_request)"
		   " OR EXISTS (SELECT FROM campaign.alert_request) THEN '-infinity'::timestamptz"
		   " ELSE LEAST((SELECT e.due_at FROM campaign.enrollment e WHERE e.due_at >= $1"
		   " ORDER BY e.due_at LIMIT 1), (SELECT a.expires_at FROM campaign.action a"
		   " WHERE a.state = 'processing' AND a.incarnation IS NULL"
		   " ORDER BY a.expires_at LIMIT 1), (SELECT a.deadline_at FROM campaign.action a"
		   " WHERE a.state IN ('queued', 'withdrawn') AND a.deadline_at IS NOT NULL"
		   " ORDER BY a.deadline_at LIMIT 1), (SELECT s.expires_at FROM campaign.session s"
		   " WHERE s.status IN ('new', 'processing') ORDER BY s.expires_at LIMIT 1),"
		   " (SELECT k.due_at FROM campaign.slot_clock k WHERE k.due_at IS NOT NULL"
		   " ORDER BY k.due_at LIMIT 1),"
		   " (SELECT w.wanted_at FROM campaign.side_action w WHERE w.wanted_at IS NOT NULL"
		   " ORDER BY w.wanted_at LIMIT 1),"
		   " (SELECT t.ends_at FROM campaign.trial t ORDER BY t.ends_at LIMIT 1)) END",
	.n_args = 2,
	.types = {TIMESTAMPTZOID, INT8OID}};

static StorePlan ready_next_plan = {
	.sql =
		"SELECT LEAST((SELECT l.ready_at FROM campaign.lane l WHERE l.ready_at >= $3"
		" AND " LANE_OF_PART(
			"$1",
			"$2") " ORDER BY l.ready_at LIMIT 1),"
				  " CASE WHEN $2 = 0 THEN LEAST((SELECT a.poll_at FROM campaign.action a"
				  " WHERE a.state = 'processing' AND a.incarnation IS NULL AND a.poll_at IS NOT NULL"
				  " ORDER BY a.poll_at LIMIT 1), (SELECT p.next_at FROM campaign.relation_poll p"
				  " ORDER BY p.next_at LIMIT 1), (SELECT t.requested_at FROM campaign.test_send t"
				  " WHERE t.state = 'queued' ORDER BY t.requested_at LIMIT 1),"
				  " (SELECT n.not_before FROM campaign.notice n WHERE n.state = 'queued'"
				  " ORDER BY n.not_before LIMIT 1)) END)",
	.n_args = 3,
	.types = {INT4OID, INT4OID, TIMESTAMPTZOID}};

static StorePlan ready_kept_plan = {
	.sql = "SELECT l.ready_at FROM campaign.lane l"
		   " JOIN campaign.account a ON a.workspace_id = l.workspace_id AND a.id = l.account_id"
		   " JOIN campaign.channel c ON c.workspace_id = l.workspace_id AND c.id = a.channel_id"
		   " WHERE l.ready_at IS NOT NULL AND c.transport = 'outbox'"
		   " ORDER BY l.ready_at LIMIT 1",
	.n_args = 0};

static StorePlan reconsider_plan = {
	.sql =
		"UPDATE campaign.lane l SET ready_at = $1 FROM"
		" (SELECT l.workspace_id, l.id FROM campaign.lane l WHERE l.ready_at > $1"
		" AND " LANE_OF_PART("$2", "$3") " FOR NO KEY UPDATE SKIP LOCKED) w"
										 " WHERE l.workspace_id = w.workspace_id AND l.id = w.id",
	.n_args = 3,
	.types = {TIMESTAMPTZOID, INT4OID, INT4OID}};

/* What nobody does is no work: reports that were kept for long enough, and work that agents leave lying. */
static StorePlan idle_plan = {
	.sql = "SELECT r.workspace_id FROM campaign.ingested r WHERE r.received_at < $2"
		   " UNION SELECT l.workspace_id FROM campaign.lane l WHERE l.pulled"
		   " AND EXISTS (SELECT FROM campaign.action a WHERE a.workspace_id = l.workspace_id"
		   " AND a.lane_id = l.id AND a.state = 'queued' AND a.not_before <= $1)",
	.n_args = 2,
	.types = {TIMESTAMPTZOID, TIMESTAMPTZOID}};

/* Into an array of the current context. */
static int
list_workspaces(StorePlan *plan, Datum *values, int64 **workspaces)
{
	int found = campaign_plan_run(plan, values, NULL, false);
	int i;

	*workspaces = palloc(Max(found, 1) * sizeof(int64));
	for (i = 0; i < found; i++)
		(*workspaces)[i] = campaign_plan_int64(i, 1, 0);
	SPI_freetuptable(SPI_tuptable);
	return campaign_locality_keep(*workspaces, found);
}

/* The workspaces that come next, of those that this server serves. */
static int
walk(int64 *walked, StorePlan *alone, StorePlan *spread, Datum *values, int after,
	 int64 *workspaces, int n, int max)
{
	if (!campaign_locality_is_spread())
		return campaign_due_turns_walk(walked, alone, values, after, workspaces, n, max);
	n = campaign_due_turns_walk(walked, spread, values, after, workspaces, n, max);
	return campaign_locality_keep(workspaces, n);
}

/* Of kinds of which there is more than was seen, each with a share of the places. */
static int
walk_crowded(DueTurns *turns, Datum *values, const int64 *rows, int64 *workspaces, int n, int max)
{
	int crowded = 0;
	int i;

	for (i = 0; i < DUE_WALKS; i++)
		crowded += rows[i] >= LOOK_ROWS ? 1 : 0;
	for (i = 0; i < DUE_WALKS; i++)
		if (rows[i] >= LOOK_ROWS)
			n = walk(&turns->walked[i], &due_walk_plans[i], &due_spread_plan, values, 4, workspaces,
					 n, n + (max - n) / crowded--);
	return n;
}

/* What a look has found: how many rows of each kind, and the first of those that have a front. */
typedef struct DueFound
{
	int64 rows[DUE_WALKS + 1];
	TimestampTz first_due;
	int64 first_reported;
} DueFound;

/* Its workspaces; how many. */
static int
read_due(int found, DueFound *due, int64 *workspaces)
{
	int n = 0;
	int i;

	for (i = 0; i < found; i++)
	{
		int64 workspace = campaign_plan_int64(i, 1, 0);

		if (n == 0 || workspaces[n - 1] != workspace)
			workspaces[n++] = workspace;
		due->rows[campaign_plan_int32(i, 2, DUE_WALKS)] += campaign_plan_int64(i, 3, 0);
		due->first_due = Min(due->first_due, campaign_plan_time(i, 4));
		due->first_reported = Min(due->first_reported, campaign_plan_int64(i, 5, FRONT_UNKNOWN));
	}
	SPI_freetuptable(SPI_tuptable);
	return n;
}

int
campaign_due_workspaces(DueTurns *turns, TimestampTz now, int64 **workspaces, int max)
{
	FrontLook due = campaign_fronts_look(turns->fronts, FRONT_DUE, 0, 0);
	FrontLook reported = campaign_fronts_look(turns->fronts, FRONT_REPORTED, 0, 0);
	Datum values[4] = {TimestampTzGetDatum(now), TimestampTzGetDatum(due.from),
					   Int64GetDatum(reported.from)};
	int found = campaign_plan_run(&due_plan, values, NULL, false);
	DueFound seen = {.first_due = now, .first_reported = FRONT_UNKNOWN};
	int64 most = 0;
	int n;
	int i;

	*workspaces = palloc(Max(found, max) * sizeof(int64));
	n = read_due(found, &seen, *workspaces);
	turns->whole = due.from == PG_INT64_MIN && reported.from == PG_INT64_MIN;
	campaign_fronts_seen(&due, seen.first_due, 2);
	campaign_fronts_seen(&reported, seen.first_reported, 2);
	n = campaign_locality_keep(*workspaces, n);
	for (i = 0; i < DUE_WALKS; i++)
		most = Max(most, seen.rows[i]);
	if (most < LOOK_ROWS)
		return campaign_due_turns_take(turns, *workspaces, n, max);
	n = campaign_due_turns_take(turns, *workspaces, n, max - max / 2);
	return walk_crowded(turns, values, seen.rows, *workspaces, n, max);
}

int
campaign_upkeep_workspaces(TimestampTz now, int64 **workspaces)
{
	Datum values[2] = {TimestampTzGetDatum(now),
					   TimestampTzGetDatum(campaign_upkeep_kept_since(now))};

	return list_workspaces(&idle_plan, values, workspaces);
}

/*
 * Adds those that are not there yet, up to max; how many there are then. beside: some have more than lanes.
 * crowded: these may not be all that have some. first: the earliest of what goes by a time, unless NULL.
 */
static int
add_workspaces(StorePlan *plan, Datum *values, int64 *workspaces, int n, int max, bool *beside,
			   bool *crowded, TimestampTz *first)
{
	int found = campaign_plan_run(plan, values, NULL, false);
	int i;

	for (i = 0; i < found && n < max; i++)
	{
		int64 workspace = campaign_plan_int64(i, 1, 0);
		int k = 0;

		*beside |= campaign_plan_bool(i, 2, false);
		if (first != NULL)
			*first = Min(*first, campaign_plan_time(i, 3));
		while (k < n && workspaces[k] != workspace)
			k++;
		workspaces[k] = workspace;
		n = Max(n, k + 1);
	}
	*crowded |= found >= LOOK_ROWS || n >= max;
	SPI_freetuptable(SPI_tuptable);
	return n;
}

int
campaign_ready_workspaces(DueTurns *turns, TimestampTz now, bool polls, int parts, int part,
						  int64 **workspaces, int max, bool *beside)
{
	FrontLook look = campaign_fronts_look(turns->fronts, FRONT_READY, 0, 0);
	Datum values[5] = {TimestampTzGetDatum(now), Int32GetDatum(Max(parts, 1)), Int32GetDatum(part),
					   TimestampTzGetDatum(look.from)};
	TimestampTz first = DT_NOEND;
	bool crowded = false;
	int n;

	*beside = false;
	*workspaces = palloc(max * sizeof(int64));
	/* lanes of a service that has no place free stay the earliest: those of others go on behind them */
	n = add_workspaces(&ready_plan, values, *workspaces, 0, max, beside, &crowded, &first);
	turns->whole = look.from == PG_INT64_MIN;
	campaign_fronts_seen(&look, Min(first, now), 1);
	n = campaign_locality_keep(*workspaces, n);
	if (crowded)
		n = walk(&turns->walked[0], &ready_walk_plan, &ready_spread_plan, values, 5, *workspaces,
				 Min(n, max - max / 4), max);
	if (polls && part == 0)
	{
		n = add_workspaces(&polls_plan, values, *workspaces, n, max, beside, &crowded, NULL);
		n = campaign_locality_keep(*workspaces, n);
	}
	return n;
}

void
campaign_ready_reconsider(TimestampTz now, int parts, int part)
{
	Datum values[3] = {TimestampTzGetDatum(now), Int32GetDatum(Max(parts, 1)), Int32GetDatum(part)};

	campaign_plan_run(&reconsider_plan, values, NULL, false);
}

static TimestampTz
first_time(StorePlan *plan, Datum *values)
{
	return campaign_plan_run(plan, values, NULL, false) == 0 ? DT_NOEND : campaign_plan_time(0, 1);
}

TimestampTz
campaign_due_next(const DueTurns *turns, TimestampTz now)
{
	FrontLook due = campaign_fronts_look(turns->fronts, FRONT_DUE, 0, 0);
	FrontLook reported = campaign_fronts_look(turns->fronts, FRONT_REPORTED, 0, 0);
	Datum values[2] = {TimestampTzGetDatum(due.from), Int64GetDatum(reported.from)};
	TimestampTz next = first_time(&due_next_plan, values);

	if (turns->whole)
		return next;
	next = Min(next, campaign_fronts_whole_at(&due, now));
	return Min(next, campaign_fronts_whole_at(&reported, now));
}

TimestampTz
campaign_ready_next(const DueTurns *turns, TimestampTz now, int parts, int part)
{
	FrontLook look = campaign_fronts_look(turns->fronts, FRONT_READY, 0, 0);
	Datum values[3] = {Int32GetDatum(Max(parts, 1)), Int32GetDatum(part),
					   TimestampTzGetDatum(look.from)};
	TimestampTz next = first_time(&ready_next_plan, values);

	return turns->whole ? next : Min(next, campaign_fronts_whole_at(&look, now));
}

TimestampTz
campaign_ready_next_kept(void)
{
	return first_time(&ready_kept_plan, NULL);
}
