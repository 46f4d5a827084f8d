/*
 * documents.c
 *		Documents of prospects, and what SQL/JSON paths say of them.
 */
#include "store/documents.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "store/columns.h"
#include "store/plan.h"

/*
 * What is NULL is left out, so that exists() tells. Times are cut to seconds: datetime() of a path
 * reads no fractions.
 */
#define SENDER                                                                                     \
	"(SELECT pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('address', a.address,"     \
	" 'name', COALESCE(a.display_name, m.name),"                                                   \
	" 'first_name', pg_catalog.split_part(COALESCE(a.display_name, m.name), ' ', 1),"              \
	" 'provider', a.provider, 'can_send_note', a.can_send_note))"                                  \
	" FROM campaign.account a"                                                                     \
	" JOIN campaign.member m ON m.workspace_id = $1 AND m.id = a.member_id"                        \
	" WHERE a.workspace_id = $1 AND a.id = v.account_id)"

#define CAMPAIGN                                                                                   \
	"(SELECT pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('name', c.name,"           \
	" 'program', c.program, 'description', c.description, 'time_zone', c.time_zone))"              \
	" FROM campaign.campaign c WHERE c.workspace_id = $1 AND c.id = v.campaign_id)"

#define ENROLLMENT                                                                                 \
	"pg_catalog.jsonb_build_object('run', e.run, 'step', v.step,"                                  \
	" 'started_at', pg_catalog.date_trunc('second', e.started_at),"                                \
	" 'step_at', pg_catalog.date_trunc('second', e.step_at),"                                      \
	" 'payload', COALESCE(e.payload, '{}'))"

#define PROSPECT                                                                                   \
	"CASE WHEN p.id IS NULL THEN v.imagined ELSE"                                                  \
	" (CASE WHEN v.imagined IS NULL THEN p.attributes ELSE p.attributes || v.imagined END)"        \
	" || pg_catalog.jsonb_strip_nulls(pg_catalog.to_jsonb(p)"                                      \
	" - '{workspace_id,attributes,removed_at}'::text[]) END"

#define DOCUMENTS                                                                                  \
	"SELECT v.i, pg_catalog.jsonb_build_object('prospect', " PROSPECT                              \
	", 'relation', v.relation, 'facts', v.facts::jsonb, 'sender', " SENDER                         \
	", 'campaign', " CAMPAIGN ", 'enrollment', " ENROLLMENT ", 'run', COALESCE(e.payload, '{}'))"  \
	" || CASE WHEN v.source_row IS NULL THEN '{}'"                                                 \
	" ELSE pg_catalog.jsonb_build_object('row', v.source_row) END AS document"                     \
	" FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[],"             \
	" $7::text[], $8::text[], $12::jsonb[], $13::jsonb[]) WITH ORDINALITY"                         \
	" AS v(campaign_id, prospect_id, enrollment_id, account_id, relation, facts, step,"            \
	" source_row, imagined, i)"                                                                    \
	" LEFT JOIN LATERAL (SELECT r.* FROM campaign.prospect r"                                      \
	" WHERE r.workspace_id = $1 AND r.id = v.prospect_id OFFSET 0) p ON true"                      \
	" LEFT JOIN LATERAL (SELECT r.run, r.started_at, r.step_at, r.payload"                         \
	" FROM campaign.enrollment r"                                                                  \
	" WHERE r.workspace_id = $1 AND r.id = v.enrollment_id OFFSET 0) e ON true"                    \
	" WHERE p.id IS NOT NULL OR v.imagined IS NOT NULL"

/* Each path with the document that it is asked of, which is made once however many there are. */
#define QUESTIONS                                                                                  \
	" FROM d JOIN unnest($9::int[], $10::jsonpath[]) WITH ORDINALITY"                              \
	" AS q(document, path, i) ON q.document = d.i"

#define VARIABLES                                                                                  \
	"(SELECT pg_catalog.jsonb_build_object('now', pg_catalog.date_trunc('second', $11)))"

#define ASK_TYPES                                                                                  \
	{                                                                                              \
		INT8OID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, INT8ARRAYOID, TEXTARRAYOID,             \
			TEXTARRAYOID, TEXTARRAYOID, INT4ARRAYOID, JSONPATHARRAYOID, TIMESTAMPTZOID,            \
			JSONBARRAYOID, JSONBARRAYOID                                                           \
	}

static StorePlan ask_plan = {
	.sql = "WITH d AS MATERIALIZED (" DOCUMENTS ") SELECT q.i::int - 1" QUESTIONS
		   " WHERE pg_catalog.jsonb_path_match_tz(d.document, q.path, " VARIABLES ", true)",
	.n_args = 13,
	.types = ASK_TYPES};

static StorePlan values_plan = {
	.sql =
		"WITH d AS MATERIALIZED (" DOCUMENTS
		") SELECT q.i::int - 1, pg_catalog.jsonb_path_query_first_tz(d.document, q.path, " VARIABLES
		", true) #>> '{}'" QUESTIONS,
	.n_args = 13,
	.types = ASK_TYPES};

/* Runs a plan of ASK_TYPES; how many rows it gave. */
static int
run(StorePlan *plan, int64 workspace, TimestampTz now, const DocumentKey *keys, int n,
	const DocumentQuestion *questions, int n_questions)
{
	static const Oid types[9] = {INT8OID, INT8OID, INT8OID, INT8OID,    TEXTOID,
								 TEXTOID, TEXTOID, INT4OID, JSONPATHOID};
	Column c[9];
	Column rows;
	Column imagined;
	Datum values[13];
	int i;

	for (i = 0; i < 9; i++)
		campaign_column_init(&c[i], types[i]);
	campaign_column_init(&rows, JSONBOID);
	campaign_column_init(&imagined, JSONBOID);
	for (i = 0; i < n; i++)
	{
		campaign_column_add_int64(&c[0], keys[i].campaign);
		campaign_column_add_int64(&c[1], keys[i].prospect);
		campaign_column_add_id(&c[2], keys[i].enrollment);
		campaign_column_add_id(&c[3], keys[i].account);
		campaign_column_add_text(&c[4], campaign_relations_name(keys[i].relation));
		campaign_column_add_text(&c[5], keys[i].facts);
		campaign_column_add_text(&c[6], keys[i].step);
		campaign_column_add_json(&rows, keys[i].row);
		campaign_column_add_json(&imagined, keys[i].imagined);
	}
	for (i = 0; i < n_questions; i++)
	{
		campaign_column_add_int32(&c[7], questions[i].document + 1);
		campaign_column_add(&c[8], PointerGetDatum(questions[i].path));
	}
	values[0] = Int64GetDatum(workspace);
	for (i = 0; i < 9; i++)
		values[i + 1] = campaign_column_array(&c[i]);
	values[10] = TimestampTzGetDatum(now);
	values[11] = campaign_column_array(&rows);
	values[12] = campaign_column_array(&imagined);
	return campaign_plan_run(plan, values, NULL, false);
}

void
campaign_documents_ask(int64 workspace, TimestampTz now, const DocumentKey *keys, int n,
					   DocumentQuestion *questions, int n_questions)
{
	int found = run(&ask_plan, workspace, now, keys, n, questions, n_questions);
	int i;

	for (i = 0; i < n_questions; i++)
		questions[i].holds = false;
	for (i = 0; i < found; i++)
		questions[campaign_plan_int32(i, 1, 0)].holds = true;
	SPI_freetuptable(SPI_tuptable);
}

void
campaign_documents_values(int64 workspace, TimestampTz now, const DocumentKey *keys, int n,
						  DocumentQuestion *questions, int n_questions)
{
	int found = run(&values_plan, workspace, now, keys, n, questions, n_questions);
	int i;

	for (i = 0; i < n_questions; i++)
		questions[i].value = NULL;
	for (i = 0; i < found; i++)
		questions[campaign_plan_int32(i, 1, 0)].value = campaign_plan_text(i, 2);
	SPI_freetuptable(SPI_tuptable);
}
