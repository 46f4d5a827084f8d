/*
 * action_kinds.c
 *		The kinds of action that a step can name, as table action_kind has them.
 */
#include "store/action_kinds.h"

#include "store/plan.h"
#include "utils/jsonb.h"

/* In the order of bytes, so that lists shown to people do not depend on the database's collation. */
static StorePlan load_kinds = {
	.sql = "SELECT DISTINCT ON (k.name COLLATE pg_catalog.\"C\")"
		   "  k.name, k.channel_class, k.requires, k.options OPERATOR(pg_catalog.->>) 'relation',"
		   "  k.options OPERATOR(pg_catalog.->) 'contents',"
		   "  k.options OPERATOR(pg_catalog.->) 'reaches' OPERATOR(pg_catalog.=) 'true'"
		   " FROM campaign.action_kind k"
		   " ORDER BY k.name COLLATE pg_catalog.\"C\", k.built_in"};

GraphRequirement
campaign_action_kinds_requirement(const char *text)
{
	if (text == NULL)
		return GRAPH_REQUIRES_NOTHING;
	if (strcmp(text, "connected") == 0)
		return GRAPH_REQUIRES_CONNECTED;
	if (strcmp(text, "not_connected") == 0)
		return GRAPH_REQUIRES_NOT_CONNECTED;
	return GRAPH_REQUIRES_EMAIL;
}

/* What says nothing that is known makes the content an optional text, the least that it can be. */
static ActionContentUse
read_use(const JsonbValue *value)
{
	static const struct
	{
		const char *name;
		ActionContentUse use;
	} uses[] = {{"required", ACTION_CONTENT_REQUIRED},
				{"first", ACTION_CONTENT_FIRST},
				{"name", ACTION_CONTENT_NAME},
				{"interval", ACTION_CONTENT_INTERVAL}};

	if (value->type == jbvString)
		for (size_t i = 0; i < lengthof(uses); i++)
			if (value->val.string.len == (int) strlen(uses[i].name) &&
				memcmp(value->val.string.val, uses[i].name, value->val.string.len) == 0)
				return uses[i].use;
	return ACTION_CONTENT_OPTIONAL;
}

/* Reads options "contents"; anything but an object means that the kind has none. */
static void
read_contents(ActionKind *kind, Jsonb *contents)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue value;

	if (contents == NULL || !JB_ROOT_IS_OBJECT(contents) || JB_ROOT_COUNT(contents) == 0)
		return;

	kind->contents = palloc(sizeof(ActionContent) * JB_ROOT_COUNT(contents));
	iterator = JsonbIteratorInit(&contents->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			kind->contents[kind->n_contents].name =
				pnstrdup(value.val.string.val, value.val.string.len);
		else if (token == WJB_VALUE)
			kind->contents[kind->n_contents++].use = read_use(&value);
	}
}

static void
read_kind(ActionKind *kind, uint64 row)
{
	Datum contents;
	bool is_null;

	kind->name = campaign_plan_text(row, 1);
	kind->channel_class = campaign_plan_text(row, 2);
	kind->requires = campaign_action_kinds_requirement(campaign_plan_text(row, 3));
	kind->relation_after = campaign_plan_text(row, 4);
	kind->creates_relation =
		kind->relation_after != NULL && strcmp(kind->relation_after, "pending") == 0;
	kind->reaches = campaign_plan_bool(row, 6, false);
	contents = campaign_plan_datum(row, 5, &is_null);
	read_contents(kind, is_null ? NULL : DatumGetJsonbP(contents));
}

ActionKinds *
campaign_action_kinds_load(void)
{
	MemoryContext context = CurrentMemoryContext;
	ActionKinds *kinds = palloc0(sizeof(ActionKinds));
	uint64 rows;

	SPI_connect();
	rows = campaign_plan_run(&load_kinds, NULL, NULL, true);
	MemoryContextSwitchTo(context);

	kinds->items = palloc0(sizeof(ActionKind) * Max(rows, 1));
	for (uint64 row = 0; row < rows; row++)
		read_kind(&kinds->items[kinds->n++], row);
	SPI_finish();
	return kinds;
}

const ActionKind *
campaign_action_kinds_find(const ActionKinds *kinds, const char *name)
{
	for (int i = 0; i < kinds->n; i++)
		if (strcmp(kinds->items[i].name, name) == 0)
			return &kinds->items[i];
	return NULL;
}

const ActionContent *
campaign_action_kinds_content(const ActionKind *kind, const char *name)
{
	for (int i = 0; i < kind->n_contents; i++)
		if (strcmp(kind->contents[i].name, name) == 0)
			return &kind->contents[i];
	return NULL;
}
