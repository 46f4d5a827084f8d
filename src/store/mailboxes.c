/*
 * mailboxes.c
 *		Rows of campaign.mailbox, and how far each mailbox has been read.
 */
#include "store/mailboxes.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "store/columns.h"
#include "store/plan.h"

/* So long the Message-IDs of what was applied are surely known: a day less than keys of events are kept. */
#define KNOWN_DAYS "29"

static StorePlan due_plan = {
	.sql = "SELECT m.workspace_id, m.id, m.xmin::text, m.url, m.login, c.value, m.folder,"
		   " pg_catalog.to_char(m.read_since, 'DD-Mon-YYYY'),"
		   " pg_catalog.to_char(GREATEST(m.read_since,"
		   " ($1 AT TIME ZONE 'UTC')::date - " KNOWN_DAYS "), 'DD-Mon-YYYY'),"
		   " COALESCE(m.options->>'login' = 'token', false),"
		   " COALESCE(m.options->>'after_read' = 'seen', false),"
		   " COALESCE((m.options->>'keep_text')::boolean, false),"
		   " COALESCE((m.options->>'allow_clear')::boolean, false),"
		   " COALESCE((m.options->>'allow_private')::boolean, false),"
		   " (extract(epoch FROM m.poll_every) * 1000)::bigint,"
		   " COALESCE(s.uid_validity, 0), COALESCE(s.last_uid, 0), COALESCE(s.marked_uid, 0),"
		   " COALESCE(s.failures, 0),"
		   " CASE WHEN m.options->>'after_read' = 'move' THEN m.options->>'move_to' END,"
		   " pg_catalog.array_to_string(s.moving[1:$4], ','),"
		   " LEAST(pg_catalog.cardinality(s.moving), $4)"
		   " FROM campaign.mailbox m"
		   " LEFT JOIN campaign.mailbox_state s ON s.workspace_id = m.workspace_id"
		   " AND s.mailbox_id = m.id"
		   " LEFT JOIN campaign.secret c ON c.workspace_id = m.workspace_id AND c.name = m.secret"
		   " WHERE m.is_active AND COALESCE(s.next_at, '-infinity') <= $1 AND m.id <> ALL ($2)"
		   " ORDER BY s.next_at NULLS FIRST LIMIT $3",
	.n_args = 4,
	.types = {TIMESTAMPTZOID, INT8ARRAYOID, INT4OID, INT4OID}};

static StorePlan next_plan = {
	.sql = "SELECT min(COALESCE(s.next_at, '-infinity')) FROM campaign.mailbox m"
		   " LEFT JOIN campaign.mailbox_state s ON s.workspace_id = m.workspace_id"
		   " AND s.mailbox_id = m.id WHERE m.is_active AND m.id <> ALL ($1)",
	.n_args = 1,
	.types = {INT8ARRAYOID}};

static StorePlan make_plan = {
	.sql = "INSERT INTO campaign.mailbox_state (workspace_id, mailbox_id, next_at)"
		   " SELECT m.workspace_id, m.id, pg_catalog.clock_timestamp() FROM campaign.mailbox m"
		   " WHERE m.workspace_id = $1 AND m.id = $2 ON CONFLICT DO NOTHING",
	.n_args = 2,
	.types = {INT8OID, INT8OID}};

static StorePlan lock_plan = {
	.sql = "SELECT FROM campaign.mailbox m JOIN campaign.mailbox_state s"
		   " ON s.workspace_id = $1 AND s.mailbox_id = m.id"
		   " WHERE m.workspace_id = $1 AND m.id = $2 AND m.xmin::text = $3"
		   " AND s.uid_validity = $4 AND s.last_uid = $5 FOR NO KEY UPDATE OF s",
	.n_args = 5,
	.types = {INT8OID, INT8OID, TEXTOID, INT8OID, INT8OID}};

/* So many wait to be moved; while moving fails, those that come later stay where they are. */
#define MOVING_MAX "1000"

/* Under another UIDVALIDITY nothing is marked yet: what is read from here on is. Nor is any UID to be moved. */
static StorePlan advance_plan = {
	.sql = "UPDATE campaign.mailbox_state s SET received = s.received + 1,"
		   " matched = s.matched + $5, last_uid = $4, marked_uid = CASE WHEN s.uid_validity = $3"
		   " THEN s.marked_uid ELSE $4 - 1 END, uid_validity = $3,"
		   " moving = CASE WHEN s.uid_validity = $3 THEN s.moving ELSE '{}' END ||"
		   " CASE WHEN $6 AND pg_catalog.cardinality(s.moving) < " MOVING_MAX
		   " THEN ARRAY[$4] ELSE '{}' END"
		   " WHERE s.workspace_id = $1 AND s.mailbox_id = $2",
	.n_args = 6,
	.types = {INT8OID, INT8OID, INT8OID, INT8OID, INT4OID, BOOLOID}};

static StorePlan read_plan = {
	.sql = "UPDATE campaign.mailbox_state s SET last_uid = $4, marked_uid = CASE WHEN"
		   " s.uid_validity = $3 THEN GREATEST(s.marked_uid, $5) ELSE $4 END,"
		   " moving = CASE WHEN s.uid_validity = $3 THEN s.moving[$8 + 1:] ELSE '{}' END,"
		   " uid_validity = $3, read_at = $6, next_at = $7, failures = 0,"
		   " failed_since = CASE WHEN $9 IS NOT NULL THEN COALESCE(s.failed_since, $6) END,"
		   " code = CASE WHEN $9 IS NOT NULL THEN 'mailbox_not_moved' END, detail = $9"
		   " WHERE s.workspace_id = $1 AND s.mailbox_id = $2",
	.n_args = 9,
	.types = {INT8OID, INT8OID, INT8OID, INT8OID, INT8OID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT4OID,
			  TEXTOID}};

static StorePlan failed_plan = {
	.sql = "UPDATE campaign.mailbox_state s SET failures = s.failures + 1, next_at = $6,"
		   " failed_since = COALESCE(s.failed_since, $5), code = $3, detail = $4"
		   " WHERE s.workspace_id = $1 AND s.mailbox_id = $2",
	.n_args = 6,
	.types = {INT8OID, INT8OID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID}};

static void
read_mailbox(Mailbox *mailbox, int row)
{
	mailbox->workspace = campaign_plan_int64(row, 1, 0);
	mailbox->id = campaign_plan_int64(row, 2, 0);
	mailbox->version = campaign_plan_text(row, 3);
	mailbox->url = campaign_plan_text(row, 4);
	mailbox->login = campaign_plan_text(row, 5);
	mailbox->secret = campaign_plan_text(row, 6);
	mailbox->folder = campaign_plan_text(row, 7);
	mailbox->since = campaign_plan_text(row, 8);
	mailbox->since_anew = campaign_plan_text(row, 9);
	mailbox->is_token = campaign_plan_bool(row, 10, false);
	mailbox->marks_seen = campaign_plan_bool(row, 11, false);
	mailbox->keeps_text = campaign_plan_bool(row, 12, false);
	mailbox->allow_clear = campaign_plan_bool(row, 13, false);
	mailbox->allow_private = campaign_plan_bool(row, 14, false);
	mailbox->poll_ms = campaign_plan_int64(row, 15, 0);
	mailbox->uid_validity = (uint32) campaign_plan_int64(row, 16, 0);
	mailbox->last_uid = (uint32) campaign_plan_int64(row, 17, 0);
	mailbox->marked_uid = (uint32) campaign_plan_int64(row, 18, 0);
	mailbox->failures = campaign_plan_int32(row, 19, 0);
	mailbox->move_to = campaign_plan_text(row, 20);
	mailbox->moves = campaign_plan_text(row, 21);
	mailbox->n_moves = campaign_plan_int32(row, 22, 0);
}

int
campaign_mailboxes_due(TimestampTz now, const int64 *busy, int n_busy, int max, Mailbox **mailboxes)
{
	Datum values[4] = {TimestampTzGetDatum(now), campaign_column_ids(busy, n_busy),
					   Int32GetDatum(max), Int32GetDatum(MAILBOX_MOVES_MAX)};
	int n = campaign_plan_run(&due_plan, values, NULL, false);
	int i;

	*mailboxes = palloc(Max(n, 1) * sizeof(Mailbox));
	for (i = 0; i < n; i++)
		read_mailbox(&(*mailboxes)[i], i);
	SPI_freetuptable(SPI_tuptable);
	return n;
}

TimestampTz
campaign_mailboxes_next(const int64 *busy, int n_busy)
{
	Datum values[1] = {campaign_column_ids(busy, n_busy)};

	campaign_plan_run(&next_plan, values, NULL, false);
	return campaign_plan_time(0, 1);
}

bool
campaign_mailboxes_lock(const Mailbox *mailbox)
{
	Datum values[5] = {Int64GetDatum(mailbox->workspace), Int64GetDatum(mailbox->id),
					   CStringGetTextDatum(mailbox->version), Int64GetDatum(mailbox->uid_validity),
					   Int64GetDatum(mailbox->last_uid)};

	campaign_plan_run(&make_plan, values, NULL, false);
	return campaign_plan_run(&lock_plan, values, NULL, false) > 0;
}

void
campaign_mailboxes_advance(const Mailbox *mailbox, uint32 uid_validity, uint32 uid, bool matched)
{
	Datum values[6] = {
		Int64GetDatum(mailbox->workspace), Int64GetDatum(mailbox->id),
		Int64GetDatum(uid_validity),       Int64GetDatum(uid),
		Int32GetDatum(matched ? 1 : 0),    BoolGetDatum(matched && mailbox->move_to != NULL)};

	campaign_plan_run(&advance_plan, values, NULL, false);
}

void
campaign_mailboxes_read(const Mailbox *mailbox, const MailboxReading *reading, TimestampTz now,
						TimestampTz next)
{
	char nulls[10] = "         ";
	Datum values[9] = {Int64GetDatum(mailbox->workspace),
					   Int64GetDatum(mailbox->id),
					   Int64GetDatum(reading->uid_validity),
					   Int64GetDatum(reading->upto),
					   Int64GetDatum(reading->marked),
					   TimestampTzGetDatum(now),
					   TimestampTzGetDatum(next),
					   Int32GetDatum(reading->n_moved),
					   (Datum) 0};

	if (reading->not_moved == NULL)
		nulls[8] = 'n';
	else
		values[8] = CStringGetTextDatum(reading->not_moved);
	campaign_plan_run(&read_plan, values, nulls, false);
}

void
campaign_mailboxes_failed(const Mailbox *mailbox, const char *code, const char *detail,
						  TimestampTz now, TimestampTz next)
{
	Datum values[6] = {Int64GetDatum(mailbox->workspace), Int64GetDatum(mailbox->id),
					   CStringGetTextDatum(code),         CStringGetTextDatum(detail),
					   TimestampTzGetDatum(now),          TimestampTzGetDatum(next)};

	campaign_plan_run(&failed_plan, values, NULL, false);
}
