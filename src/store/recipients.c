/*
 * recipients.c
 *		Whom an action is for, locked and looked at once more before it starts.
 */
#include "store/recipients.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "store/action_kinds.h"
#include "store/columns.h"
#include "store/plan.h"
#include "store/suppressions.h"

/* Prospects are looked up one by one: without statistics a join reads all of the workspace. */
static StorePlan lock_plan = {
	.sql =
		"SELECT v.i::int - 1, s.away_until FROM unnest($2::bigint[]) WITH ORDINALITY AS v(prospect_id, i)"
		" CROSS JOIN LATERAL (SELECT o.id, o.person_key FROM campaign.prospect o"
		" WHERE o.workspace_id = $1 AND o.id = v.prospect_id OFFSET 0) p"
		" JOIN campaign.person s ON s.workspace_id = $1 AND s.key = p.person_key"
		" ORDER BY s.key, p.id FOR SHARE OF s SKIP LOCKED",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

/* Enrolling makes the row; a prospect whose address has changed since is another person. */
static StorePlan make_plan = {
	.sql = "INSERT INTO campaign.person (workspace_id, key, since)"
		   " SELECT DISTINCT $1, p.person_key, pg_catalog.statement_timestamp()"
		   " FROM campaign.prospect p WHERE p.workspace_id = $1 AND p.id = ANY ($2)"
		   " AND NOT EXISTS (SELECT FROM campaign.person s WHERE s.workspace_id = $1"
		   " AND s.key = p.person_key) ORDER BY 2 ON CONFLICT (workspace_id, key) DO NOTHING",
	.n_args = 2,
	.types = {INT8OID, INT8ARRAYOID}};

/*
 * Whether something of the person waits in the inbox, whatever his prospect, and then whether it is held.
 * LIMIT makes it a lookup: the inbox is often empty when this is planned, and long a moment later.
 */
#define REPORTED                                                                                    \
	"(SELECT r.held FROM campaign.prospect o CROSS JOIN LATERAL (SELECT i.held IS NOT NULL AS held" \
	" FROM campaign.inbox i WHERE i.workspace_id = $1 AND i.prospect_id = o.id LIMIT 1) r"          \
	" WHERE o.workspace_id = $1 AND o.person_key = p.person_key LIMIT 1)"

/* Most workspaces that send much have no stop list: one look says so for all rows. */
#define ANY_SUPPRESSED                                                                             \
	"(SELECT EXISTS (SELECT FROM campaign.suppression n WHERE n.workspace_id = $1))"

/* What an action says that is none of the run's steps: looked up for those alone. */
#define BESIDE                                                                                     \
	"CASE WHEN e.action_id = v.action_id THEN NULL ELSE (SELECT pg_catalog.jsonb_build_object("    \
	"'texts', s.content, 'requires', s.requires, 'at_once', s.cause IS NOT NULL) FROM campaign.side_action s WHERE s.workspace_id = $1 AND s.id = v.action_id) END"

/* Each looked up for itself, as above. */
static StorePlan look_plan = {
	.sql =
		"SELECT v.i::int - 1,"
		" e.ended_at IS NULL AND e.held IS NULL AND e.action_id = v.action_id,"
		" " REPORTED ","
		" p.id IS NULL OR p.removed_at IS NOT NULL,"
		" " ANY_SUPPRESSED " AND " SUPPRESSED ","
		" COALESCE(p.professional_email, p.email) IS NOT NULL, r.state, e.facts, e.payload,"
		" p.columns, p.attributes, p.person_key, e.status = 'paused', r.origin IS NOT NULL,"
		" " BESIDE
		" FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[]) WITH ORDINALITY"
		" AS v(action_id, enrollment_id, prospect_id, account_id, i)"
		" LEFT JOIN LATERAL (SELECT o.ended_at, o.held, o.action_id, o.facts, o.payload, o.status"
		" FROM campaign.enrollment o WHERE o.workspace_id = $1 AND o.id = v.enrollment_id"
		" OFFSET 0) e ON true"
		" LEFT JOIN LATERAL (SELECT o AS columns, o.id, o.removed_at, o.email,"
		" o.professional_email, o.linkedin_url, o.attributes, o.person_key"
		" FROM campaign.prospect o WHERE o.workspace_id = $1 AND o.id = v.prospect_id"
		" OFFSET 0) p ON true"
		" LEFT JOIN LATERAL (SELECT o.state, o.origin FROM campaign.relation o"
		" WHERE o.workspace_id = $1 AND o.prospect_id = v.prospect_id"
		" AND o.account_id = v.account_id OFFSET 0) r ON true",
	.n_args = 5,
	.types = {INT8OID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID}};

static void
lock_persons(int64 workspace, const RecipientKey *keys, int n, Recipient *recipients)
{
	int64 *prospects = palloc(Max(n, 1) * sizeof(int64));
	Datum values[2] = {Int64GetDatum(workspace), (Datum) 0};
	int found;
	int i;

	for (i = 0; i < n; i++)
		prospects[i] = keys[i].prospect;
	values[1] = campaign_column_ids(prospects, n);
	found = campaign_plan_run(&lock_plan, values, NULL, false);
	for (i = 0; i < found; i++)
	{
		Recipient *recipient = &recipients[campaign_plan_int32(i, 1, 0)];

		recipient->locked = true;
		recipient->away_until = campaign_plan_time(i, 2);
	}
	SPI_freetuptable(SPI_tuptable);
	if (found < n)
		campaign_plan_run(&make_plan, values, NULL, false);
}

static Jsonb *
read_json(int row, int column)
{
	bool is_null;
	Datum value = campaign_plan_datum(row, column, &is_null);

	return is_null ? NULL : DatumGetJsonbPCopy(value);
}

static void
keep_columns(Recipient *recipient, Datum prospect)
{
	HeapTupleData tuple = {0};

	tuple.t_data = DatumGetHeapTupleHeaderCopy(prospect);
	tuple.t_len = HeapTupleHeaderGetDatumLength(tuple.t_data);
	if (recipient->columns == NULL)
		recipient->columns = lookup_rowtype_tupdesc_copy(HeapTupleHeaderGetTypeId(tuple.t_data),
														 HeapTupleHeaderGetTypMod(tuple.t_data));
	recipient->values = palloc(recipient->columns->natts * sizeof(Datum));
	recipient->nulls = palloc(recipient->columns->natts * sizeof(bool));
	heap_deform_tuple(&tuple, recipient->columns, recipient->values, recipient->nulls);
}

static void
read_prospect(Recipient *recipient, int row, int column)
{
	bool is_null;
	Datum prospect = campaign_plan_datum(row, column, &is_null);

	if (!is_null)
		keep_columns(recipient, prospect);
}

/* What is known of an action beside its run: "texts" (object or null), "requires" (text or null), "at_once". */
static void
read_beside(Recipient *recipient, Jsonb *beside)
{
	JsonbValue value;

	if (beside == NULL)
		return;
	recipient->beside = true;
	recipient->wanted = true;
	getKeyJsonValueFromContainer(&beside->root, "texts", strlen("texts"), &value);
	if (value.type == jbvBinary)
		recipient->texts = JsonbValueToJsonb(&value);
	getKeyJsonValueFromContainer(&beside->root, "requires", strlen("requires"), &value);
	if (value.type == jbvString)
	recipient->requires =
		campaign_action_kinds_requirement(pnstrdup(value.val.string.val, value.val.string.len));
	getKeyJsonValueFromContainer(&beside->root, "at_once", strlen("at_once"), &value);
	recipient->at_once = value.type == jbvBool && value.val.boolean;
}

static void
read_recipient(Recipient *recipient, int row)
{
	char *relation = campaign_plan_text(row, 7);

	recipient->wanted = campaign_plan_bool(row, 2, false);
	recipient->report_held = campaign_plan_bool(row, 3, false);
	recipient->reported = recipient->report_held || !campaign_plan_bool(row, 3, true);
	recipient->gone = campaign_plan_bool(row, 4, true);
	recipient->suppressed = campaign_plan_bool(row, 5, false);
	recipient->has_email = campaign_plan_bool(row, 6, false);
	recipient->relation = relation == NULL ? RELATION_NONE : campaign_relations_named(relation);
	recipient->facts = (uint64) campaign_plan_int64(row, 8, 0);
	recipient->payload = read_json(row, 9);
	read_prospect(recipient, row, 10);
	recipient->attributes = read_json(row, 11);
	recipient->person = campaign_plan_text(row, 12);
	recipient->paused = campaign_plan_bool(row, 13, false);
	recipient->invited = campaign_plan_bool(row, 14, false);
	read_beside(recipient, read_json(row, 15));
}

/* Everything that is known of them, as committed by now. */
static void
look(int64 workspace, const RecipientKey *keys, int n, Recipient *recipients)
{
	TupleDesc columns = NULL;
	Column c[4];
	Datum values[5];
	int found;
	int i;

	for (i = 0; i < 4; i++)
		campaign_column_init(&c[i], INT8OID);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_int64(&c[0], keys[i].action);
		campaign_column_add_int64(&c[1], keys[i].enrollment);
		campaign_column_add_int64(&c[2], keys[i].prospect);
		campaign_column_add_int64(&c[3], keys[i].account);
	}
	values[0] = Int64GetDatum(workspace);
	for (i = 0; i < 4; i++)
		values[i + 1] = campaign_column_array(&c[i]);
	found = campaign_plan_run(&look_plan, values, NULL, false);
	for (i = 0; i < found; i++)
	{
		Recipient *recipient = &recipients[campaign_plan_int32(i, 1, 0)];

		recipient->columns = columns;
		read_recipient(recipient, i);
		columns = recipient->columns;
	}
	SPI_freetuptable(SPI_tuptable);
}

void
campaign_recipients_lock(int64 workspace, const RecipientKey *keys, int n, Recipient *recipients)
{
	memset(recipients, 0, n * sizeof(Recipient));
	lock_persons(workspace, keys, n, recipients);
	look(workspace, keys, n, recipients);
}

void
campaign_recipients_read(int64 workspace, const RecipientKey *keys, int n, Recipient *recipients)
{
	memset(recipients, 0, n * sizeof(Recipient));
	look(workspace, keys, n, recipients);
}

void
campaign_recipients_imagine(Recipient *recipient, Datum prospect)
{
	recipient->gone = false;
	keep_columns(recipient, prospect);
	recipient->attributes = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum("{}")));
}

static char *
other_text(Oid type, Datum value)
{
	Oid output;
	bool is_varlena;

	getTypeOutputInfo(type, &output, &is_varlena);
	return OidOutputFunctionCall(output, value);
}

/* Of what a template may name, these columns are not: an attribute of that name is meant. */
static bool
is_internal(const char *column)
{
	static const char *const internal[] = {"workspace_id", "attributes", "person_key",
										   "removed_at",   "opted_in",   "merged_into"};
	size_t i;

	for (i = 0; i < lengthof(internal); i++)
		if (strcmp(column, internal[i]) == 0)
			return true;
	return false;
}

char *
campaign_recipients_column(const Recipient *recipient, const char *name, size_t length)
{
	int i;

	for (i = 0; recipient->values != NULL && i < recipient->columns->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(recipient->columns, i);
		const char *known = NameStr(column->attname);

		if (strncmp(known, name, length) != 0 || known[length] != '\0' || column->attisdropped)
			continue;
		if (recipient->nulls[i] || is_internal(known))
			return NULL;
		return column->atttypid == TEXTOID ? TextDatumGetCString(recipient->values[i])
										   : other_text(column->atttypid, recipient->values[i]);
	}
	return NULL;
}
