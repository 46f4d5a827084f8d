/*
 * events.c
 *		The log of what happened.
 *
 * One batch row goes with the events that a transaction writes for a workspace. Whoever reads on by
 * position thus sees a transaction's events together, after it has committed, whatever their ids.
 */
#include "store/events.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "store/ids.h"
#include "store/plan.h"

static StorePlan insert_plan = {
	.sql = "INSERT INTO campaign.event (workspace_id, id, era, batch_id, kind, campaign_id,"
		   " prospect_id, enrollment_id, action_id, step, at, actor, detail)"
		   " SELECT $1, v.id, " EVENTS_ERA ", $2, v.kind, v.campaign_id, v.prospect_id,"
		   " v.enrollment_id, v.action_id, v.step, v.at, v.actor, v.detail"
		   " FROM unnest($3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],"
		   " $8::bigint[], $9::int[], $10::timestamptz[], $11::text[], $12::jsonb[])"
		   " AS v(id, kind, campaign_id, prospect_id, enrollment_id, action_id, step, at, actor,"
		   " detail)",
	.n_args = 12,
	.types = {INT8OID, INT8OID, INT8ARRAYOID, TEXTARRAYOID, INT8ARRAYOID, INT8ARRAYOID,
			  INT8ARRAYOID, INT8ARRAYOID, INT4ARRAYOID, TIMESTAMPTZARRAYOID, TEXTARRAYOID,
			  JSONBARRAYOID}};

static StorePlan batch_plan = {
	.sql = "INSERT INTO campaign.batch (workspace_id, id, first_event, last_event, events)"
		   " VALUES ($1, $2, $3, $4, $5)",
	.n_args = 5,
	.types = {INT8OID, INT8OID, INT8OID, INT8OID, INT4OID}};

void
campaign_events_init(EventLog *log, int64 workspace, const char *actor)
{
	log->workspace = workspace;
	log->actor = actor;
	campaign_column_init(&log->kind, TEXTOID);
	campaign_column_init(&log->campaign, INT8OID);
	campaign_column_init(&log->prospect, INT8OID);
	campaign_column_init(&log->enrollment, INT8OID);
	campaign_column_init(&log->action, INT8OID);
	campaign_column_init(&log->step, INT4OID);
	campaign_column_init(&log->at, TIMESTAMPTZOID);
	campaign_column_init(&log->who, TEXTOID);
	campaign_column_init(&log->detail, JSONBOID);
}

void
campaign_events_add(EventLog *log, const char *kind, int64 campaign, int64 prospect,
					int64 enrollment, int64 action, int step, TimestampTz at, const char *actor,
					Jsonb *detail)
{
	campaign_column_add_text(&log->kind, kind);
	campaign_column_add_id(&log->campaign, campaign);
	campaign_column_add_id(&log->prospect, prospect);
	campaign_column_add_id(&log->enrollment, enrollment);
	campaign_column_add_id(&log->action, action);
	if (step < 0)
		campaign_column_add_null(&log->step);
	else
		campaign_column_add_int32(&log->step, step);
	campaign_column_add_time(&log->at, at);
	campaign_column_add_text(&log->who, actor != NULL ? actor : log->actor);
	if (detail == NULL)
		campaign_column_add_null(&log->detail);
	else
		campaign_column_add(&log->detail, JsonbPGetDatum(detail));
}

void
campaign_events_draw(EventBatch *batch, int n)
{
	Oid sequence = campaign_ids_sequence("event_id_seq");
	int64 *ids = palloc(n * sizeof(int64));
	int i;

	batch->id = campaign_ids_next(campaign_ids_sequence("batch_id_seq"));
	for (i = 0; i < n; i++)
	{
		ids[i] = campaign_ids_next(sequence);
		batch->first = i == 0 ? ids[i] : Min(batch->first, ids[i]);
		batch->last = i == 0 ? ids[i] : Max(batch->last, ids[i]);
	}
	batch->ids = campaign_column_ids(ids, n);
}

void
campaign_events_write(EventLog *log)
{
	int n = log->kind.n;
	EventBatch batch;
	Datum values[12];

	if (n == 0)
		return;
	campaign_events_draw(&batch, n);
	values[0] = Int64GetDatum(log->workspace);
	values[1] = Int64GetDatum(batch.id);
	values[2] = batch.ids;
	values[3] = campaign_column_array(&log->kind);
	values[4] = campaign_column_array(&log->campaign);
	values[5] = campaign_column_array(&log->prospect);
	values[6] = campaign_column_array(&log->enrollment);
	values[7] = campaign_column_array(&log->action);
	values[8] = campaign_column_array(&log->step);
	values[9] = campaign_column_array(&log->at);
	values[10] = campaign_column_array(&log->who);
	values[11] = campaign_column_array(&log->detail);
	campaign_plan_run(&insert_plan, values, NULL, false);

	values[2] = Int64GetDatum(batch.first);
	values[3] = Int64GetDatum(batch.last);
	values[4] = Int32GetDatum(n);
	campaign_plan_run(&batch_plan, values, NULL, false);
}

static void
push_text(JsonbParseState **state, JsonbIteratorToken token, const char *text)
{
	JsonbValue value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, text);
	value.val.string.len = strlen(text);
	pushJsonbValue(state, token, &value);
}

Jsonb *
campaign_events_detail(const char *const *pairs)
{
	JsonbParseState *state = NULL;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (; pairs[0] != NULL; pairs += 2)
	{
		if (pairs[1] == NULL)
			continue;
		push_text(&state, WJB_KEY, pairs[0]);
		push_text(&state, WJB_VALUE, pairs[1]);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}
