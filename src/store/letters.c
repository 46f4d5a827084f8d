/*
 * letters.c
 *		What mails have beside their texts, and rows of campaign.letter.
 */
#include "store/letters.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "store/columns.h"
#include "store/plan.h"

/* What failed is no mail that the prospect could know. */
#define PREVIOUS                                                                                   \
	"(SELECT l.message_id, l.subject, pg_catalog.array_to_string(l.earlier, ' ') AS earlier"       \
	" FROM campaign.letter l"                                                                      \
	" JOIN campaign.action o ON o.workspace_id = $1 AND o.id = l.action_id"                        \
	" WHERE l.workspace_id = $1 AND l.enrollment_id = v.enrollment_id"                             \
	" AND (o.state = 'complete' OR o.executed_at IS NOT NULL)"                                     \
	" ORDER BY l.at DESC, l.action_id DESC LIMIT 1 OFFSET 0)"

static StorePlan look_plan = {
	.sql = "SELECT v.i::int - 1, a.reply_to, c.options->>'unsubscribe_url',"
		   " c.options->>'unsubscribe_mailto', c.options->>'footer', c.options->>'footer_html',"
		   " p.message_id, p.subject, p.earlier, (SELECT i.link_key FROM campaign.instance i)"
		   " FROM unnest($2::bigint[], $3::bigint[]) WITH ORDINALITY"
		   " AS v(enrollment_id, account_id, i)"
		   " JOIN campaign.account a ON a.workspace_id = $1 AND a.id = v.account_id"
		   " JOIN campaign.channel c ON c.workspace_id = $1 AND c.id = a.channel_id"
		   " LEFT JOIN LATERAL " PREVIOUS " p ON true",
	.n_args = 3,
	.types = {INT8OID, INT8ARRAYOID, INT8ARRAYOID}};

static StorePlan insert_plan = {
	.sql =
		"INSERT INTO campaign.letter (workspace_id, message_id, action_id, enrollment_id,"
		" prospect_id, account_id, address, subject, earlier, at)"
		" SELECT $1, v.message_id, v.action_id, v.enrollment_id, v.prospect_id, v.account_id,"
		" v.address, v.subject, COALESCE(pg_catalog.string_to_array(v.earlier, ' '), '{}'), $10"
		" FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],"
		" $7::text[], $8::text[], $9::text[])"
		" AS v(message_id, action_id, enrollment_id, prospect_id, account_id, address, subject,"
		" earlier) ON CONFLICT (workspace_id, message_id) DO UPDATE SET address = excluded.address,"
		" subject = excluded.subject, earlier = excluded.earlier, at = excluded.at",
	.n_args = 10,
	.types = {INT8OID, TEXTARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID,
			  TEXTARRAYOID, TEXTARRAYOID, TEXTARRAYOID, TIMESTAMPTZOID}};

static void
read_frame(LetterFrame *frame, int row)
{
	bool is_null;
	Datum key = campaign_plan_datum(row, 10, &is_null);

	frame->reply_to = campaign_plan_text(row, 2);
	frame->unsubscribe_url = campaign_plan_text(row, 3);
	frame->unsubscribe_mailto = campaign_plan_text(row, 4);
	frame->footer = campaign_plan_text(row, 5);
	frame->footer_html = campaign_plan_text(row, 6);
	frame->previous = campaign_plan_text(row, 7);
	frame->subject = campaign_plan_text(row, 8);
	frame->earlier = campaign_plan_text(row, 9);
	if (!is_null)
	{
		bytea *bytes = DatumGetByteaPCopy(key);

		frame->key = (uint8 *) VARDATA_ANY(bytes);
		frame->key_length = (int) VARSIZE_ANY_EXHDR(bytes);
	}
}

void
campaign_letters_look(int64 workspace, const LetterKey *keys, int n, LetterFrame *frames)
{
	Column enrollment;
	Column account;
	Datum values[3];
	int found;
	int i;

	memset(frames, 0, n * sizeof(LetterFrame));
	campaign_column_init(&enrollment, INT8OID);
	campaign_column_init(&account, INT8OID);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_int64(&enrollment, keys[i].enrollment);
		campaign_column_add_int64(&account, keys[i].account);
	}
	values[0] = Int64GetDatum(workspace);
	values[1] = campaign_column_array(&enrollment);
	values[2] = campaign_column_array(&account);
	found = campaign_plan_run(&look_plan, values, NULL, false);
	for (i = 0; i < found; i++)
		read_frame(&frames[campaign_plan_int32(i, 1, 0)], i);
	SPI_freetuptable(SPI_tuptable);
}

void
campaign_letters_add(int64 workspace, const Letter *letters, int n, TimestampTz now)
{
	static const Oid types[8] = {TEXTOID, INT8OID, INT8OID, INT8OID,
								 INT8OID, TEXTOID, TEXTOID, TEXTOID};
	Column c[8];
	Datum values[10];
	int i;

	if (n == 0)
		return;
	for (i = 0; i < 8; i++)
		campaign_column_init(&c[i], types[i]);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_text(&c[0], letters[i].message_id);
		campaign_column_add_int64(&c[1], letters[i].action);
		campaign_column_add_int64(&c[2], letters[i].enrollment);
		campaign_column_add_int64(&c[3], letters[i].prospect);
		campaign_column_add_int64(&c[4], letters[i].account);
		campaign_column_add_text(&c[5], letters[i].address);
		campaign_column_add_text(&c[6], letters[i].subject);
		campaign_column_add_text(&c[7], letters[i].earlier);
	}
	values[0] = Int64GetDatum(workspace);
	for (i = 0; i < 8; i++)
		values[i + 1] = campaign_column_array(&c[i]);
	values[9] = TimestampTzGetDatum(now);
	campaign_plan_run(&insert_plan, values, NULL, false);
}
