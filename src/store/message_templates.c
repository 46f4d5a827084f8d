/*
 * message_templates.c
 *		The texts that contents refer to by {"template": NAME}.
 */
#include "store/message_templates.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"

#include "store/columns.h"
#include "store/plan.h"

static StorePlan class_plan = {
	.sql = "SELECT t.channel_class FROM campaign.message_template t"
		   " WHERE t.workspace_id = COALESCE(NULLIF($1, 0), campaign.current_workspace())"
		   " AND t.name = $2",
	.n_args = 2,
	.types = {INT8OID, TEXTOID}};

static StorePlan texts_plan = {
	.sql = "SELECT v.i::int - 1, pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object("
		   "'subject', t.subject, 'body', t.body, 'html', t.html))"
		   " FROM unnest($2::text[]) WITH ORDINALITY AS v(name, i)"
		   " JOIN campaign.message_template t ON t.workspace_id = $1 AND t.name = v.name",
	.n_args = 2,
	.types = {INT8OID, TEXTARRAYOID}};

char *
campaign_message_templates_class(int64 workspace, const char *name)
{
	Datum values[2] = {Int64GetDatum(workspace), CStringGetTextDatum(name)};
	MemoryContext context = CurrentMemoryContext;
	char *class = NULL;
	int found;

	SPI_connect();
	found = campaign_plan_run(&class_plan, values, NULL, true);
	MemoryContextSwitchTo(context);
	if (found > 0)
		class = campaign_plan_text(0, 1);
	SPI_finish();
	return class;
}

void
campaign_message_templates_texts(int64 workspace, const char **names, int n, Jsonb **texts)
{
	Column column;
	Datum values[2] = {Int64GetDatum(workspace), (Datum) 0};
	int found;
	int i;

	for (i = 0; i < n; i++)
		texts[i] = NULL;
	if (n == 0)
		return;
	campaign_column_init(&column, TEXTOID);
	for (i = 0; i < n; i++)
		campaign_column_add_text(&column, names[i]);
	values[1] = campaign_column_array(&column);
	found = campaign_plan_run(&texts_plan, values, NULL, true);
	for (i = 0; i < found; i++)
	{
		bool is_null;
		Datum datum = campaign_plan_datum(i, 2, &is_null);

		texts[campaign_plan_int32(i, 1, 0)] = DatumGetJsonbPCopy(datum);
	}
	SPI_freetuptable(SPI_tuptable);
}
