/*
 * actions.c
 *		Rows of campaign.action once they are begun.
 */
#include "store/actions.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "store/channel_columns.h"
#include "store/columns.h"
#include "store/plan.h"

static StorePlan change_plan = {
	.sql = "UPDATE campaign.action a SET state = v.state, reason = v.reason, attempt = v.attempt,"
		   " maybe_sent = v.maybe_sent,"
		   " not_before = COALESCE(v.not_before, a.not_before),"
		   " begun_at = COALESCE(a.begun_at, v.started_at),"
		   " started_at = COALESCE(v.started_at, a.started_at), executed_at = v.executed_at,"
		   " finished_at = v.finished_at, incarnation = v.incarnation,"
		   " key_since = COALESCE(a.key_since, v.started_at),"
		   " key = COALESCE(v.key, a.key), content = COALESCE(v.content, a.content),"
		   " outcome = COALESCE(v.outcome, a.outcome)"
		   " FROM unnest($2::bigint[], $3::text[], $4::text[], $5::int[], $6::timestamptz[],"
		   " $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::bigint[], $11::text[],"
		   " $12::jsonb[], $13::jsonb[], $14::boolean[]) AS v(id, state, reason, attempt,"
		   " not_before, started_at, executed_at, finished_at, incarnation, key, content, outcome,"
		   " maybe_sent)"
		   " WHERE a.workspace_id = $1 AND a.id = v.id",
	.n_args = 14,
	.types = {INT8OID, INT8ARRAYOID, TEXTARRAYOID, TEXTARRAYOID, INT4ARRAYOID, TIMESTAMPTZARRAYOID,
			  TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID, INT8ARRAYOID,
			  TEXTARRAYOID, JSONBARRAYOID, JSONBARRAYOID, BOOLARRAYOID}};

#define OPEN_ACTIONS                                                                               \
	"SELECT a.id, a.lane_id, a.campaign_id, a.prospect_id, a.enrollment_id, a.incarnation,"        \
	" a.step, a.attempt, a.action_kind, p.person_key,"                                             \
	" " CHANNEL_IDEMPOTENT ", " CHANNEL_5XX_NOT_ACCEPTED ","                                       \
	" a.started_at, l.account_id, a.maybe_sent,"                                                   \
	" a.key_since + (c.options->>'idempotency_ttl')::interval,"                                    \
	" a.started_at + COALESCE((c.options->>'pending_expires')::interval, '1 day'::interval),"      \
	" a.crashes, COALESCE(a.deadline_at, a.expires_at), CASE WHEN c.options ? 'status_url' THEN"   \
	" a.started_at + COALESCE((c.options->>'poll_every')::interval, '1 minute'::interval) END,"    \
	" c.transport = 'smtp', a.dot_at IS NOT NULL, " CHANNEL_LADDER ", c.adapter"                   \
	" FROM campaign.action a"                                                                      \
	" JOIN campaign.lane l ON l.workspace_id = $1 AND l.id = a.lane_id"                            \
	" JOIN campaign.account s ON s.workspace_id = $1 AND s.id = l.account_id"                      \
	" JOIN campaign.channel c ON c.workspace_id = $1 AND c.id = s.channel_id"                      \
	" JOIN campaign.prospect p ON p.workspace_id = $1 AND p.id = a.prospect_id"                    \
	" WHERE a.workspace_id = $1 AND a.id = ANY ($2)"

/* What has an incarnation is being processed: see deliveries.c. */
static StorePlan open_plan = {.sql = OPEN_ACTIONS
							  " AND a.incarnation = $3 ORDER BY a.id FOR UPDATE OF a",
							  .n_args = 3,
							  .types = {INT8OID, INT8ARRAYOID, INT8OID}};

static StorePlan lock_plan = {.sql = OPEN_ACTIONS " ORDER BY a.id FOR UPDATE OF a",
							  .n_args = 2,
							  .types = {INT8OID, INT8ARRAYOID}};

static StorePlan await_plan = {
	.sql = "UPDATE campaign.action a SET expires_at = v.expires_at, poll_at = v.poll_at"
		   " FROM unnest($2::bigint[], $3::timestamptz[], $4::timestamptz[])"
		   " AS v(id, expires_at, poll_at) WHERE a.workspace_id = $1 AND a.id = v.id",
	.n_args = 4,
	.types = {INT8OID, INT8ARRAYOID, TIMESTAMPTZARRAYOID, TIMESTAMPTZARRAYOID}};

/* Each of the two has an index of its own. */
static StorePlan expired_plan = {
	.sql = "SELECT a.id, a.state = 'processing' AND a.reason = 'leased' FROM campaign.action a"
		   " WHERE a.workspace_id = $1 AND a.id = ANY (ARRAY("
		   "(SELECT o.id FROM campaign.action o WHERE o.workspace_id = $1"
		   " AND o.state = 'processing' AND o.incarnation IS NULL AND o.expires_at <= $2"
		   " ORDER BY o.expires_at LIMIT $3)"
		   " UNION ALL (SELECT o.id FROM campaign.action o WHERE o.workspace_id = $1"
		   " AND o.state IN ('queued', 'withdrawn') AND o.deadline_at <= $2"
		   " ORDER BY o.deadline_at LIMIT $3)))"
		   " AND (a.state = 'processing' AND a.incarnation IS NULL AND a.expires_at <= $2"
		   " OR a.state IN ('queued', 'withdrawn') AND a.deadline_at <= $2)"
		   " ORDER BY a.id FOR UPDATE SKIP LOCKED",
	.n_args = 3,
	.types = {INT8OID, TIMESTAMPTZOID, INT4OID}};

static StorePlan crashed_plan = {
	.sql = "UPDATE campaign.action a SET crashes = a.crashes + 1"
		   " WHERE a.workspace_id = $1 AND a.id = ANY ($2) AND a.state = 'processing'"
		   " AND a.incarnation = $3",
	.n_args = 3,
	.types = {INT8OID, INT8ARRAYOID, INT8OID}};

/* Of an action that its run still waits for. */
static StorePlan next_lap_plan = {
	.sql = "UPDATE campaign.enrollment e SET lap = e.lap + 1 FROM campaign.action a"
		   " WHERE a.workspace_id = $1 AND a.id = $2 AND e.workspace_id = $1"
		   " AND e.id = a.enrollment_id AND (e.action_id = a.id AND e.ended_at IS NULL OR EXISTS"
		   " (SELECT FROM campaign.side_action w WHERE w.workspace_id = $1 AND w.id = a.id))"
		   " RETURNING e.lap",
	.n_args = 2,
	.types = {INT8OID, INT8OID}};

/* What has passed with a service about it was about the occurrence before. */
static StorePlan renew_plan = {
	.sql = "WITH passed AS (DELETE FROM campaign.exchange x WHERE x.workspace_id = $1"
		   " AND x.action_id = $2)"
		   " UPDATE campaign.action a SET state = 'queued', reason = NULL, occurrence = $3,"
		   " attempt = 0, crashes = 0, maybe_sent = false, not_before = $4, started_at = NULL,"
		   " key = NULL, key_since = NULL, content = NULL"
		   " WHERE a.workspace_id = $1 AND a.id = $2",
	.n_args = 4,
	.types = {INT8OID, INT8OID, INT4OID, TIMESTAMPTZOID}};

/* Both look across workspaces, when a dispatcher starts or another has left. */
static StorePlan incarnations_plan = {.sql =
										  "SELECT DISTINCT a.incarnation FROM campaign.action a"
										  " WHERE a.state = 'processing' AND a.incarnation <> $1",
									  .n_args = 1,
									  .types = {INT8OID}};

static StorePlan left_plan = {
	.sql = "SELECT a.workspace_id, a.id, a.incarnation FROM campaign.action a"
		   " WHERE a.state = 'processing' AND a.incarnation = ANY ($1) ORDER BY 1, 3, 2 LIMIT $2",
	.n_args = 2,
	.types = {INT8ARRAYOID, INT4OID}};

void
campaign_actions_change(int64 workspace, const ActionChange *changes, int n)
{
	static const Oid types[13] = {
		INT8OID,        TEXTOID, TEXTOID, INT4OID,  TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID,
		TIMESTAMPTZOID, INT8OID, TEXTOID, JSONBOID, JSONBOID,       BOOLOID};
	Column c[13];
	Datum values[14];
	int i;

	if (n == 0)
		return;
	for (i = 0; i < 13; i++)
		campaign_column_init(&c[i], types[i]);
	for (i = 0; i < n; i++)
	{
		const ActionChange *change = &changes[i];

		campaign_column_add_int64(&c[0], change->id);
		campaign_column_add_text(&c[1], change->state);
		campaign_column_add_text(&c[2], change->reason);
		campaign_column_add_int32(&c[3], change->attempt);
		campaign_column_add_time(&c[4], change->not_before);
		campaign_column_add_time(&c[5], change->started_at);
		campaign_column_add_time(&c[6], change->executed_at);
		campaign_column_add_time(&c[7], change->finished_at);
		campaign_column_add_id(&c[8], change->incarnation);
		campaign_column_add_text(&c[9], change->key);
		campaign_column_add_json(&c[10], change->content);
		campaign_column_add_json(&c[11], change->outcome);
		campaign_column_add_bool(&c[12], change->maybe_sent);
	}
	values[0] = Int64GetDatum(workspace);
	for (i = 0; i < 13; i++)
		values[i + 1] = campaign_column_array(&c[i]);
	campaign_plan_run(&change_plan, values, NULL, false);
}

static void
read_open(OpenAction *action, int i)
{
	action->id = campaign_plan_int64(i, 1, 0);
	action->lane = campaign_plan_int64(i, 2, 0);
	action->campaign = campaign_plan_int64(i, 3, 0);
	action->prospect = campaign_plan_int64(i, 4, 0);
	action->enrollment = campaign_plan_int64(i, 5, 0);
	action->incarnation = campaign_plan_int64(i, 6, 0);
	action->step = campaign_plan_int32(i, 7, 0);
	action->attempt = campaign_plan_int32(i, 8, 0);
	action->kind = campaign_plan_text(i, 9);
	action->person = campaign_plan_text(i, 10);
	action->idempotent = campaign_plan_bool(i, 11, false);
	action->not_accepted_on_5xx = campaign_plan_bool(i, 12, false);
	action->started_at = campaign_plan_time(i, 13);
	action->account = campaign_plan_int64(i, 14, 0);
	action->maybe_sent = campaign_plan_bool(i, 15, false);
	action->key_ends_at = campaign_plan_time(i, 16);
	action->pending_until = campaign_plan_time(i, 17);
	action->crashes = campaign_plan_int32(i, 18, 0);
	action->expires_at = campaign_plan_time(i, 19);
	action->poll_at = campaign_plan_time(i, 20);
	action->mail = campaign_plan_bool(i, 21, false);
	action->dotted = campaign_plan_bool(i, 22, false);
	action->ladder = campaign_channel_ladder(action->mail, i, 23);
	action->adapter = campaign_plan_text(i, 26);
}

static int
read_open_actions(int found, OpenAction **actions)
{
	int i;

	*actions = palloc(Max(found, 1) * sizeof(OpenAction));
	for (i = 0; i < found; i++)
		read_open(&(*actions)[i], i);
	SPI_freetuptable(SPI_tuptable);
	return found;
}

int
campaign_actions_open(int64 workspace, const int64 *ids, int n, int64 incarnation,
					  OpenAction **actions)
{
	Datum values[3] = {Int64GetDatum(workspace), campaign_column_ids(ids, n),
					   Int64GetDatum(incarnation)};

	return read_open_actions(campaign_plan_run(&open_plan, values, NULL, false), actions);
}

int
campaign_actions_lock(int64 workspace, const int64 *ids, int n, OpenAction **actions)
{
	Datum values[2] = {Int64GetDatum(workspace), campaign_column_ids(ids, n)};

	return read_open_actions(campaign_plan_run(&lock_plan, values, NULL, false), actions);
}

void
campaign_actions_await(int64 workspace, const OpenAction *const *actions, int n)
{
	Column id;
	Column expires;
	Column poll;
	Datum values[4];
	int i;

	if (n == 0)
		return;
	campaign_column_init(&id, INT8OID);
	campaign_column_init(&expires, TIMESTAMPTZOID);
	campaign_column_init(&poll, TIMESTAMPTZOID);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_int64(&id, actions[i]->id);
		campaign_column_add_time(&expires, actions[i]->pending_until);
		campaign_column_add_time(&poll, actions[i]->poll_at);
	}
	values[0] = Int64GetDatum(workspace);
	values[1] = campaign_column_array(&id);
	values[2] = campaign_column_array(&expires);
	values[3] = campaign_column_array(&poll);
	campaign_plan_run(&await_plan, values, NULL, false);
}

int
campaign_actions_expired(int64 workspace, TimestampTz now, int limit, int64 **ids, int64 **leased,
						 int *n_leased)
{
	Datum values[3] = {Int64GetDatum(workspace), TimestampTzGetDatum(now), Int32GetDatum(limit)};
	int found = campaign_plan_run(&expired_plan, values, NULL, false);
	int n = 0;
	int i;

	*ids = palloc(Max(found, 1) * sizeof(int64));
	*leased = palloc(Max(found, 1) * sizeof(int64));
	*n_leased = 0;
	for (i = 0; i < found; i++)
	{
		if (campaign_plan_bool(i, 2, false))
			(*leased)[(*n_leased)++] = campaign_plan_int64(i, 1, 0);
		else
			(*ids)[n++] = campaign_plan_int64(i, 1, 0);
	}
	SPI_freetuptable(SPI_tuptable);
	return n;
}

void
campaign_actions_crashed(int64 workspace, const int64 *ids, int n, int64 incarnation)
{
	Datum values[3] = {Int64GetDatum(workspace), campaign_column_ids(ids, n),
					   Int64GetDatum(incarnation)};

	campaign_plan_run(&crashed_plan, values, NULL, false);
}

bool
campaign_actions_renew(int64 workspace, int64 id, TimestampTz now)
{
	Datum lap_values[2] = {Int64GetDatum(workspace), Int64GetDatum(id)};
	Datum values[4] = {Int64GetDatum(workspace), Int64GetDatum(id), (Datum) 0,
					   TimestampTzGetDatum(now)};

	if (campaign_plan_run(&next_lap_plan, lap_values, NULL, false) == 0)
		return false;
	values[2] = Int32GetDatum(campaign_plan_int32(0, 1, 1));
	SPI_freetuptable(SPI_tuptable);
	campaign_plan_run(&renew_plan, values, NULL, false);
	return true;
}

int
campaign_actions_incarnations(int64 but, int64 **incarnations)
{
	Datum values[1] = {Int64GetDatum(but)};
	int found = campaign_plan_run(&incarnations_plan, values, NULL, false);
	int i;

	*incarnations = palloc(Max(found, 1) * sizeof(int64));
	for (i = 0; i < found; i++)
		(*incarnations)[i] = campaign_plan_int64(i, 1, 0);
	SPI_freetuptable(SPI_tuptable);
	return found;
}

int
campaign_actions_left_by(const int64 *of, int n, int limit, int64 **workspaces, int64 **ids,
						 int64 **incarnations)
{
	Datum values[2] = {campaign_column_ids(of, n), Int32GetDatum(limit)};
	int found = n > 0 ? campaign_plan_run(&left_plan, values, NULL, false) : 0;
	int i;

	*workspaces = palloc(Max(found, 1) * sizeof(int64));
	*ids = palloc(Max(found, 1) * sizeof(int64));
	*incarnations = palloc(Max(found, 1) * sizeof(int64));
	for (i = 0; i < found; i++)
	{
		(*workspaces)[i] = campaign_plan_int64(i, 1, 0);
		(*ids)[i] = campaign_plan_int64(i, 2, 0);
		(*incarnations)[i] = campaign_plan_int64(i, 3, 0);
	}
	if (n > 0)
		SPI_freetuptable(SPI_tuptable);
	return found;
}
