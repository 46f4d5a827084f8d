/*
 * notices.c
 *		Rows of campaign.notice.
 */
#include "store/notices.h"

#include "catalog/pg_type.h"

#include "store/channel_columns.h"
#include "store/columns.h"
#include "store/plan.h"

static StorePlan take_plan = {
	.sql = "UPDATE campaign.notice n SET state = 'processing', attempt = n.attempt + 1,"
		   " started_at = $2, dot_at = NULL, incarnation = $4"
		   " FROM (SELECT o.id FROM campaign.notice o WHERE o.workspace_id = $1"
		   " AND o.state = 'queued' AND o.not_before <= $2 ORDER BY o.not_before, o.id LIMIT $3"
		   " FOR UPDATE SKIP LOCKED) q WHERE n.workspace_id = $1 AND n.id = q.id RETURNING n.id",
	.n_args = 4,
	.types = {INT8OID, TIMESTAMPTZOID, INT4OID, INT8OID}};

/* Where it names {address}, the secret is one of whoever sends. */
static StorePlan open_plan = {
	.sql =
		"SELECT n.id, n.content->>'key', n.content, n.attempt, n.maybe_sent, n.dot_at IS NOT NULL,"
		" c.id, c.transport IN ('http', 'smtp') AND (c.secret IS NULL OR s.value IS NOT NULL),"
		" c.transport = 'smtp', " CHANNEL_IDEMPOTENT ", " CHANNEL_5XX_NOT_ACCEPTED
		", " CHANNEL_ALLOW_HTTP ", " CHANNEL_ALLOW_PRIVATE ", " CHANNEL_ALLOW_CLEAR
		", " CHANNEL_TIMEOUT ", " CHANNEL_DOT_TIMEOUT ", " CHANNEL_SESSION_MESSAGES
		", c.options->>'hello', c.url, s.value, " CHANNEL_LADDER
		", n.queued_at + (c.options->>'idempotency_ttl')::interval, " CHANNEL_DOUBTED
		" FROM campaign.notice n"
		" LEFT JOIN campaign.channel c ON c.workspace_id = $1 AND c.id = n.channel_id"
		" LEFT JOIN campaign.secret s ON s.workspace_id = $1 AND s.name ="
		" pg_catalog.replace(c.secret, '{address}', COALESCE(n.content #>> '{mail,from,address}', ''))"
		" WHERE n.workspace_id = $1 AND n.state = 'processing' AND n.incarnation = $2"
		" AND ($3 IS NULL OR n.id = ANY ($3)) ORDER BY n.id FOR UPDATE OF n",
	.n_args = 3,
	.types = {INT8OID, INT8OID, INT8ARRAYOID}};

static StorePlan change_plan = {
	.sql = "UPDATE campaign.notice n SET state = v.state, maybe_sent = v.maybe_sent,"
		   " not_before = COALESCE(v.not_before, n.not_before), finished_at = v.finished_at,"
		   " outcome = COALESCE(v.outcome, n.outcome), incarnation = NULL"
		   " FROM unnest($2::bigint[], $3::text[], $4::boolean[], $5::timestamptz[],"
		   " $6::timestamptz[], $7::jsonb[]) AS v(id, state, maybe_sent, not_before, finished_at,"
		   " outcome) WHERE n.workspace_id = $1 AND n.id = v.id",
	.n_args = 7,
	.types = {INT8OID, INT8ARRAYOID, TEXTARRAYOID, BOOLARRAYOID, TIMESTAMPTZARRAYOID,
			  TIMESTAMPTZARRAYOID, JSONBARRAYOID}};

static StorePlan dot_plan = {
	.sql = "UPDATE campaign.notice n SET dot_at = $4 WHERE n.workspace_id = $1 AND n.id = $3"
		   " AND n.state = 'processing' AND n.incarnation = $2 RETURNING n.id",
	.n_args = 4,
	.types = {INT8OID, INT8OID, INT8OID, TIMESTAMPTZOID}};

/* Asked when a dispatcher begins, of all workspaces. */
static StorePlan foreign_plan = {
	.sql = "SELECT DISTINCT n.workspace_id, n.incarnation FROM campaign.notice n"
		   " WHERE n.state = 'processing' AND n.incarnation <> $1",
	.n_args = 1,
	.types = {INT8OID}};

static void
read_notice(Notice *notice, int i)
{
	ReadyLane *lane = &notice->lane;
	bool is_null;

	notice->id = campaign_plan_int64(i, 1, 0);
	notice->key = campaign_plan_text(i, 2);
	notice->content = DatumGetJsonbPCopy(campaign_plan_datum(i, 3, &is_null));
	notice->attempt = campaign_plan_int32(i, 4, 0);
	notice->maybe_sent = campaign_plan_bool(i, 5, false);
	notice->dotted = campaign_plan_bool(i, 6, false);
	memset(lane, 0, sizeof(*lane));
	lane->channel = campaign_plan_int64(i, 7, 0);
	lane->usable = campaign_plan_bool(i, 8, false);
	lane->network = true;
	lane->mail = campaign_plan_bool(i, 9, false);
	lane->idempotent = campaign_plan_bool(i, 10, false);
	lane->not_accepted_on_5xx = campaign_plan_bool(i, 11, false);
	lane->allow_http = campaign_plan_bool(i, 12, false);
	lane->allow_private = campaign_plan_bool(i, 13, false);
	lane->allow_clear = campaign_plan_bool(i, 14, false);
	lane->timeout_ms = campaign_plan_int32(i, 15, 0);
	lane->dot_timeout_ms = campaign_plan_int32(i, 16, 0);
	lane->session_messages = campaign_plan_int32(i, 17, 0);
	lane->hello = campaign_plan_text(i, 18);
	lane->url = campaign_plan_text(i, 19);
	lane->secret = campaign_plan_text(i, 20);
	notice->ladder = campaign_channel_ladder(lane->mail, i, 21);
	notice->key_ends_at = campaign_plan_time(i, 24);
	lane->doubted = campaign_plan_bool(i, 25, false);
}

int
campaign_notices_open(int64 workspace, int64 incarnation, const int64 *ids, int n, Notice **notices)
{
	Datum values[3] = {Int64GetDatum(workspace), Int64GetDatum(incarnation)};
	int found;
	int i;

	if (ids != NULL)
		values[2] = campaign_column_ids(ids, n);
	found = campaign_plan_run(&open_plan, values, ids == NULL ? "  n" : NULL, false);
	*notices = palloc(Max(found, 1) * sizeof(Notice));
	for (i = 0; i < found; i++)
		read_notice(&(*notices)[i], i);
	SPI_freetuptable(SPI_tuptable);
	return found;
}

int
campaign_notices_take(int64 workspace, TimestampTz now, int limit, int64 incarnation,
					  Notice **notices)
{
	Datum values[4] = {Int64GetDatum(workspace), TimestampTzGetDatum(now), Int32GetDatum(limit),
					   Int64GetDatum(incarnation)};
	int found = campaign_plan_run(&take_plan, values, NULL, false);
	int64 *ids = palloc(Max(found, 1) * sizeof(int64));
	int i;

	for (i = 0; i < found; i++)
		ids[i] = campaign_plan_int64(i, 1, 0);
	SPI_freetuptable(SPI_tuptable);
	return found == 0 ? 0 : campaign_notices_open(workspace, incarnation, ids, found, notices);
}

void
campaign_notices_change(int64 workspace, const NoticeChange *changes, int n)
{
	static const Oid types[6] = {INT8OID,        TEXTOID,        BOOLOID,
								 TIMESTAMPTZOID, TIMESTAMPTZOID, JSONBOID};
	Column c[6];
	Datum values[7];
	int i;

	if (n == 0)
		return;
	for (i = 0; i < 6; i++)
		campaign_column_init(&c[i], types[i]);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_int64(&c[0], changes[i].id);
		campaign_column_add_text(&c[1], changes[i].state);
		campaign_column_add_bool(&c[2], changes[i].maybe_sent);
		campaign_column_add_time(&c[3], changes[i].not_before);
		campaign_column_add_time(&c[4], changes[i].finished_at);
		campaign_column_add_json(&c[5], changes[i].outcome);
	}
	values[0] = Int64GetDatum(workspace);
	for (i = 0; i < 6; i++)
		values[i + 1] = campaign_column_array(&c[i]);
	campaign_plan_run(&change_plan, values, NULL, false);
}

bool
campaign_notices_dot(int64 workspace, int64 incarnation, int64 id, TimestampTz now)
{
	Datum values[4] = {Int64GetDatum(workspace), Int64GetDatum(incarnation), Int64GetDatum(id),
					   TimestampTzGetDatum(now)};
	int found = campaign_plan_run(&dot_plan, values, NULL, false);

	SPI_freetuptable(SPI_tuptable);
	return found > 0;
}

int
campaign_notices_foreign(int64 incarnation, int64 **workspaces, int64 **incarnations)
{
	Datum values[1] = {Int64GetDatum(incarnation)};
	int found = campaign_plan_run(&foreign_plan, values, NULL, false);
	int i;

	*workspaces = palloc(Max(found, 1) * sizeof(int64));
	*incarnations = palloc(Max(found, 1) * sizeof(int64));
	for (i = 0; i < found; i++)
	{
		(*workspaces)[i] = campaign_plan_int64(i, 1, 0);
		(*incarnations)[i] = campaign_plan_int64(i, 2, 0);
	}
	SPI_freetuptable(SPI_tuptable);
	return found;
}
