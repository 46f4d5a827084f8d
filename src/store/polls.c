/*
 * polls.c
 *		Asking gateways what has become of what they took on.
 */
#include "store/polls.h"

#include "catalog/pg_type.h"

#include "store/plan.h"

/*
 * One whose channel has no address to ask any more is not asked again. Those that fell due at the same moment,
 * since they were taken on or asked about at once, are taken together: one question may be about all of them.
 */
static StorePlan take_plan = {
	.sql =
		"UPDATE campaign.action a SET poll_at = q.next_at FROM"
		" (SELECT o.id, c.id AS channel_id, CASE WHEN c.adapter IS NULL"
		" THEN pg_catalog.replace(c.options->>'status_url', '{key}', o.key) ELSE c.url END AS url,"
		" c.adapter, o.action_kind, o.prospect_id, t.id AS account_id, s.value AS secret,"
		" COALESCE((c.options->>'allow_http')::boolean, false) AS allow_http,"
		" COALESCE((c.options->>'allow_private')::boolean, false) AS allow_private,"
		" COALESCE((c.options->>'timeout_ms')::int, 30000) AS timeout_ms,"
		" CASE WHEN c.adapter IS NOT NULL THEN $2 + COALESCE((SELECT min(p.every)"
		" FROM campaign.adapter p WHERE p.workspace_id IN ($1, 0) AND p.name = c.adapter"
		" AND p.action_kind IN (o.action_kind, '*') AND p.role = 'poll'), '1 minute'::interval)"
		" WHEN c.options ? 'status_url' THEN"
		" $2 + COALESCE((c.options->>'poll_every')::interval, '1 minute'::interval) END AS next_at"
		" FROM campaign.action o"
		" JOIN campaign.lane l ON l.workspace_id = $1 AND l.id = o.lane_id"
		" JOIN campaign.account t ON t.workspace_id = $1 AND t.id = l.account_id"
		" JOIN campaign.channel c ON c.workspace_id = $1 AND c.id = t.channel_id"
		" LEFT JOIN campaign.secret s ON s.workspace_id = $1"
		" AND s.name = pg_catalog.replace(c.secret, '{address}', t.address)"
		" WHERE o.workspace_id = $1 AND o.state = 'processing' AND o.incarnation IS NULL"
		" AND o.poll_at <= (SELECT max(f.poll_at) FROM (SELECT e.poll_at FROM campaign.action e"
		" WHERE e.workspace_id = $1 AND e.state = 'processing' AND e.incarnation IS NULL"
		" AND e.poll_at <= $2 ORDER BY e.poll_at LIMIT $3) f)"
		" ORDER BY o.poll_at FOR UPDATE OF o SKIP LOCKED) q"
		" WHERE a.workspace_id = $1 AND a.id = q.id"
		" RETURNING a.id, q.channel_id, a.attempt, q.url, q.secret, q.allow_http, q.allow_private,"
		" q.timeout_ms, q.adapter, q.action_kind, a.key, q.prospect_id, q.account_id",
	.n_args = 3,
	.types = {INT8OID, TIMESTAMPTZOID, INT4OID}};

static StorePlan lock_plan = {
	.sql = "SELECT a.id FROM campaign.action a WHERE a.workspace_id = $1 AND a.id = $2"
		   " AND a.attempt = $3 AND a.state = 'processing' AND a.incarnation IS NULL FOR UPDATE",
	.n_args = 3,
	.types = {INT8OID, INT8OID, INT4OID}};

int
campaign_polls_take(int64 workspace, TimestampTz now, int limit, Poll **polls)
{
	Datum values[3] = {Int64GetDatum(workspace), TimestampTzGetDatum(now), Int32GetDatum(limit)};
	int found = campaign_plan_run(&take_plan, values, NULL, false);
	int n = 0;
	int i;

	*polls = palloc(Max(found, 1) * sizeof(Poll));
	for (i = 0; i < found; i++)
	{
		Poll *poll = &(*polls)[n];

		poll->action = campaign_plan_int64(i, 1, 0);
		poll->channel = campaign_plan_int64(i, 2, 0);
		poll->attempt = campaign_plan_int32(i, 3, 0);
		poll->url = campaign_plan_text(i, 4);
		poll->secret = campaign_plan_text(i, 5);
		poll->allow_http = campaign_plan_bool(i, 6, false);
		poll->allow_private = campaign_plan_bool(i, 7, false);
		poll->timeout_ms = campaign_plan_int32(i, 8, 0);
		poll->adapter = campaign_plan_text(i, 9);
		poll->kind = campaign_plan_text(i, 10);
		poll->key = campaign_plan_text(i, 11);
		poll->prospect = campaign_plan_int64(i, 12, 0);
		poll->account = campaign_plan_int64(i, 13, 0);
		poll->request = NULL;
		poll->answer_items = 0;
		if (poll->url != NULL)
			n++;
	}
	SPI_freetuptable(SPI_tuptable);
	return n;
}

bool
campaign_polls_lock(int64 workspace, int64 action, int attempt)
{
	Datum values[3] = {Int64GetDatum(workspace), Int64GetDatum(action), Int32GetDatum(attempt)};

	return campaign_plan_run(&lock_plan, values, NULL, false) > 0;
}
