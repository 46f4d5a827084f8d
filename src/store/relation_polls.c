/*
 * relation_polls.c
 *		Rows of campaign.relation_poll.
 */
#include "store/relation_polls.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "store/columns.h"
#include "store/plan.h"

/* Nobody waits for a last answer of a service that has given none for so long. */
#define GRACE "'1 hour'::interval"
/* Where there was no answer. */
#define AGAIN "'5 minutes'::interval"

static StorePlan want_plan = {
	.sql = "INSERT INTO campaign.relation_poll (workspace_id, account_id, next_at)"
		   " SELECT $1, v.account_id, $3 + min(d.every)"
		   " FROM (SELECT DISTINCT u.id AS account_id FROM unnest($2::bigint[]) AS u(id)) v"
		   " JOIN campaign.account a ON a.workspace_id = $1 AND a.id = v.account_id"
		   " JOIN campaign.channel c ON c.workspace_id = $1 AND c.id = a.channel_id"
		   " JOIN campaign.adapter d ON d.workspace_id IN ($1, 0) AND d.name = c.adapter"
		   " AND d.role = 'relations' GROUP BY v.account_id ORDER BY v.account_id"
		   " ON CONFLICT (workspace_id, account_id) DO NOTHING",
	.n_args = 3,
	.types = {INT8OID, INT8ARRAYOID, TIMESTAMPTZOID}};

#define PENDING                                                                                    \
	"EXISTS (SELECT FROM campaign.contact_value k JOIN campaign.relation r"                        \
	" ON r.workspace_id = $1 AND r.prospect_id = k.prospect_id AND r.account_id = k.account_id"    \
	" AND r.state = 'pending' WHERE k.workspace_id = $1 AND k.account_id = p.account_id)"

static StorePlan forget_plan = {
	.sql = "DELETE FROM campaign.relation_poll p WHERE p.workspace_id = $1 AND p.account_id IN"
		   " (SELECT o.account_id FROM campaign.relation_poll o WHERE o.workspace_id = $1"
		   " AND o.next_at <= $2 ORDER BY o.account_id FOR UPDATE SKIP LOCKED) AND NOT " PENDING,
	.n_args = 2,
	.types = {INT8OID, TIMESTAMPTZOID}};

static StorePlan take_plan = {
	.sql =
		"UPDATE campaign.relation_poll p SET next_at = $2 + " AGAIN ", asked_at = $2,"
		" unanswered_since = COALESCE(p.unanswered_since, $2) FROM"
		" (SELECT o.account_id, c.id AS channel_id, a.address, c.adapter, c.url, s.value AS secret,"
		" COALESCE((c.options->>'allow_http')::boolean, false) AS allow_http,"
		" COALESCE((c.options->>'allow_private')::boolean, false) AS allow_private,"
		" COALESCE((c.options->>'timeout_ms')::int, 30000) AS timeout_ms,"
		" a.session_state = 'connected' AS usable FROM campaign.relation_poll o"
		" JOIN campaign.account a ON a.workspace_id = $1 AND a.id = o.account_id"
		" JOIN campaign.channel c ON c.workspace_id = $1 AND c.id = a.channel_id"
		" LEFT JOIN campaign.secret s ON s.workspace_id = $1"
		" AND s.name = pg_catalog.replace(c.secret, '{address}', a.address)"
		" WHERE o.workspace_id = $1 AND o.next_at <= $2 ORDER BY o.next_at LIMIT $3"
		" FOR UPDATE OF o SKIP LOCKED) q"
		" WHERE p.workspace_id = $1 AND p.account_id = q.account_id"
		" RETURNING q.account_id, q.channel_id, q.address, q.adapter, q.url, q.secret,"
		" q.allow_http, q.allow_private, q.timeout_ms, q.usable",
	.n_args = 3,
	.types = {INT8OID, TIMESTAMPTZOID, INT4OID}};

static StorePlan done_plan = {
	.sql = "UPDATE campaign.relation_poll p SET polled_at = p.asked_at, unanswered_since = NULL,"
		   " next_at = $3 + $4 * '1 microsecond'::interval"
		   " WHERE p.workspace_id = $1 AND p.account_id = $2",
	.n_args = 4,
	.types = {INT8OID, INT8OID, TIMESTAMPTZOID, INT8OID}};

static StorePlan report_plan = {
	.sql = "INSERT INTO campaign.inbox (workspace_id, kind, person, prospect_id, account_id,"
		   " occurred_at, detail)"
		   " SELECT $1, 'connected', o.person_key, r.prospect_id, $2,"
		   " GREATEST(r.since, p.polled_at), '{\"found\": \"in the list of relations\"}'"
		   " FROM unnest($4::text[]) AS v(value)"
		   " JOIN campaign.contact_value k ON k.workspace_id = $1 AND k.account_id = $2"
		   " AND k.name = $3 AND k.value = pg_catalog.to_jsonb(v.value)"
		   " JOIN campaign.relation r ON r.workspace_id = $1 AND r.prospect_id = k.prospect_id"
		   " AND r.account_id = $2 AND r.state = 'pending'"
		   " JOIN campaign.prospect o ON o.workspace_id = $1 AND o.id = r.prospect_id"
		   " LEFT JOIN campaign.relation_poll p ON p.workspace_id = $1 AND p.account_id = $2",
	.n_args = 4,
	.types = {INT8OID, INT8OID, TEXTOID, TEXTARRAYOID}};

/* One that is just being asked about is passed over: it has been asked, and answers soon. */
static StorePlan ask_before_plan = {
	.sql = "WITH late AS (SELECT v.i, v.account_id FROM unnest($3::bigint[], $4::timestamptz[])"
		   " WITH ORDINALITY AS v(account_id, deadline, i) JOIN campaign.relation_poll p"
		   " ON p.workspace_id = $1 AND p.account_id = v.account_id"
		   " AND (p.polled_at IS NULL OR p.polled_at < v.deadline)"
		   " WHERE p.unanswered_since IS NULL OR p.unanswered_since > $2 - " GRACE "),"
		   " hastened AS (UPDATE campaign.relation_poll p SET next_at = $2 FROM"
		   " (SELECT o.account_id FROM campaign.relation_poll o WHERE o.workspace_id = $1"
		   " AND o.account_id IN (SELECT l.account_id FROM late l) AND o.next_at > $2"
		   " AND (o.asked_at IS NULL OR o.asked_at < $2 - '1 minute'::interval"
		   " OR o.asked_at = o.polled_at)"
		   " ORDER BY o.account_id FOR NO KEY UPDATE SKIP LOCKED) h"
		   " WHERE p.workspace_id = $1 AND p.account_id = h.account_id)"
		   " SELECT l.i::int - 1 FROM late l",
	.n_args = 4,
	.types = {INT8OID, TIMESTAMPTZOID, INT8ARRAYOID, TIMESTAMPTZARRAYOID}};

void
campaign_relation_polls_want(int64 workspace, const int64 *accounts, int n, TimestampTz now)
{
	Datum values[3] = {Int64GetDatum(workspace), campaign_column_ids(accounts, n),
					   TimestampTzGetDatum(now)};

	if (n > 0)
		campaign_plan_run(&want_plan, values, NULL, false);
}

int
campaign_relation_polls_take(int64 workspace, TimestampTz now, int limit, RelationPoll **polls)
{
	Datum values[3] = {Int64GetDatum(workspace), TimestampTzGetDatum(now), Int32GetDatum(limit)};
	int found;
	int n = 0;
	int i;

	campaign_plan_run(&forget_plan, values, NULL, false);
	found = campaign_plan_run(&take_plan, values, NULL, false);
	*polls = palloc(Max(found, 1) * sizeof(RelationPoll));
	for (i = 0; i < found; i++)
	{
		RelationPoll *poll = &(*polls)[n];

		poll->account = campaign_plan_int64(i, 1, 0);
		poll->channel = campaign_plan_int64(i, 2, 0);
		poll->address = campaign_plan_text(i, 3);
		poll->adapter = campaign_plan_text(i, 4);
		poll->url = campaign_plan_text(i, 5);
		poll->secret = campaign_plan_text(i, 6);
		poll->allow_http = campaign_plan_bool(i, 7, false);
		poll->allow_private = campaign_plan_bool(i, 8, false);
		poll->timeout_ms = campaign_plan_int32(i, 9, 0);
		if (campaign_plan_bool(i, 10, false) && poll->adapter != NULL)
			n++;
	}
	SPI_freetuptable(SPI_tuptable);
	return n;
}

void
campaign_relation_polls_done(int64 workspace, int64 account, TimestampTz now, int64 every)
{
	Datum values[4] = {Int64GetDatum(workspace), Int64GetDatum(account), TimestampTzGetDatum(now),
					   Int64GetDatum(every)};

	campaign_plan_run(&done_plan, values, NULL, false);
}

int
campaign_relation_polls_report(int64 workspace, int64 account, const char *name,
							   const char *const *texts, int n)
{
	Datum values[4] = {Int64GetDatum(workspace), Int64GetDatum(account), CStringGetTextDatum(name)};
	Column value;
	int i;

	campaign_column_init(&value, TEXTOID);
	for (i = 0; i < n; i++)
		campaign_column_add_text(&value, texts[i]);
	values[3] = campaign_column_array(&value);
	return n == 0 ? 0 : campaign_plan_run(&report_plan, values, NULL, false);
}

void
campaign_relation_polls_ask_before(int64 workspace, TimestampTz now, const int64 *accounts,
								   const TimestampTz *deadlines, int n, bool *to_ask)
{
	Datum values[4] = {Int64GetDatum(workspace), TimestampTzGetDatum(now),
					   campaign_column_ids(accounts, n), campaign_column_times(deadlines, n)};
	int found = campaign_plan_run(&ask_before_plan, values, NULL, false);
	int i;

	memset(to_ask, 0, n * sizeof(bool));
	for (i = 0; i < found; i++)
		to_ask[campaign_plan_int32(i, 1, 0)] = true;
	SPI_freetuptable(SPI_tuptable);
}
