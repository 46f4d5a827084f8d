/*
 * definition_message.c
 *		The messages of a stage.
 */
#include "engine/definition_message.h"

#include "engine/condition.h"
#include "engine/span.h"
#include "store/message_templates.h"

#define DELIVERY_HINT                                                                              \
	"Write \"manual\", \"on_entry\", \"on_needs_revision\", or {\"due\": \"-2 days\"}: so long "   \
	"before or after the day on which something is due."

char *
campaign_definition_message_template(DefinitionBuild *build, const JsonPair *pairs, int n,
									 const char *path)
{
	const JsonPair *pair = campaign_definition_read_find(pairs, n, "template");
	char *name;

	if (pair == NULL)
		return NULL;
	name = campaign_definition_read_text(&pair->value);
	if (name != NULL && !campaign_definition_read_blank(name))
		return name;
	campaign_definition_build_error(
		build, campaign_definition_read_key_path(path, "template"),
		name == NULL ? "wrong_type" : "bad_value", "Write the name of a row of message_template.",
		"expected the name of a template, found %s", campaign_definition_read_shown(&pair->value));
	return NULL;
}

/* {"due": "-2 days"}, "1 day", ...: only whether it can be read; SQL reckons the day. */
static void
check_due(DefinitionBuild *build, const JsonbValue *value, const char *path)
{
	static const char *const keys[] = {"due", NULL};
	JsonPair *pairs;
	int n = campaign_definition_read_pairs(campaign_definition_read_object(value), &pairs);
	const JsonPair *due = campaign_definition_read_find(pairs, n, "due");
	char *text;
	Instant length;
	const char *fault;

	campaign_definition_build_allow(build, pairs, n, path, keys);
	if (due == NULL)
	{
		campaign_definition_build_missing(build, path, "due", DELIVERY_HINT);
		return;
	}
	text = campaign_definition_read_text(&due->value);
	if (text != NULL && strcmp(text, "0 days") == 0)
		return;
	fault = text == NULL ? "is no length of time"
						 : campaign_span_read(text[0] == '-' ? text + 1 : text, &length);
	if (fault != NULL)
		campaign_definition_build_error(build, campaign_definition_read_key_path(path, "due"),
										"bad_interval", DELIVERY_HINT, "%s %s",
										campaign_definition_read_shown(&due->value), fault);
}

static MessageDelivery
take_delivery(DefinitionBuild *build, const JsonPair *pair, const char *path)
{
	char *text;

	if (pair == NULL)
		return DELIVERY_MANUAL;
	if (campaign_definition_read_object(&pair->value) != NULL)
	{
		check_due(build, &pair->value, path);
		return DELIVERY_DUE;
	}
	text = campaign_definition_read_text(&pair->value);
	if (text != NULL && strcmp(text, "manual") == 0)
		return DELIVERY_MANUAL;
	if (text != NULL && strcmp(text, "on_entry") == 0)
		return DELIVERY_ON_ENTRY;
	if (text != NULL && strcmp(text, "on_needs_revision") == 0)
		return DELIVERY_ON_NEEDS_REVISION;
	campaign_definition_build_error(build, path, text == NULL ? "wrong_type" : "bad_value",
									DELIVERY_HINT, "unknown delivery %s",
									campaign_definition_read_shown(&pair->value));
	return DELIVERY_MANUAL;
}

static void
push(JsonbParseState **state, JsonbIteratorToken token, const char *text)
{
	JsonbValue value;

	value.type = jbvString;
	value.val.string.val = unconstify(char *, text);
	value.val.string.len = (int) strlen(text);
	pushJsonbValue(state, token, &value);
}

/* What SQL knows of the message: its template, when it is sent, and beside which stages. */
static Jsonb *
content_of(const JsonPair *pairs, int n)
{
	static const char *const kept[] = {"template", "delivery", "if_stage", "unless_stage"};
	JsonbParseState *state = NULL;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (size_t i = 0; i < lengthof(kept); i++)
	{
		const JsonPair *pair = campaign_definition_read_find(pairs, n, kept[i]);

		if (pair != NULL)
		{
			JsonbValue value = pair->value;

			push(&state, WJB_KEY, kept[i]);
			pushJsonbValue(&state, WJB_VALUE, &value);
		}
		else if (strcmp(kept[i], "delivery") == 0)
		{
			push(&state, WJB_KEY, kept[i]);
			push(&state, WJB_VALUE, "manual");
		}
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

/* "if_stage" and "unless_stage" name a stage, which may not be made yet. */
static void
check_names(DefinitionBuild *build, const JsonPair *pairs, int n, const char *path)
{
	static const char *const names[] = {"if_stage", "unless_stage"};

	for (size_t i = 0; i < lengthof(names); i++)
	{
		const JsonPair *pair = campaign_definition_read_find(pairs, n, names[i]);

		if (pair != NULL && campaign_definition_read_text(&pair->value) == NULL)
			campaign_definition_build_error(
				build, campaign_definition_read_key_path(path, names[i]), "wrong_type",
				"Write the name of a stage: the message is for where that is on, or off.",
				"expected a text, found %s", campaign_definition_read_shown(&pair->value));
	}
}

/* The kind of action by which a template leaves: that of its channel class; email where nobody knows it. */
static const ActionKind *
kind_of(DefinitionBuild *build, const char *template)
{
	char *class = campaign_message_templates_class(build->workspace, template);
	const ActionKind *kind = NULL;

	if (class != NULL && strcmp(class, "linkedin") == 0)
		kind = campaign_action_kinds_find(build->kinds, "message");
	else if (class != NULL)
		kind = campaign_action_kinds_find(build->kinds, class);
	for (int i = 0; kind == NULL && class != NULL && i < build->kinds->n; i++)
		if (strcmp(build->kinds->items[i].channel_class, class) == 0 &&
			campaign_action_kinds_content(&build->kinds->items[i], "body") != NULL)
			kind = &build->kinds->items[i];
	return kind != NULL ? kind : campaign_action_kinds_find(build->kinds, "email");
}

static void
take_message(DefinitionBuild *build, int stage, const char *stage_name, const JsonbValue *value,
			 const char *path)
{
	static const char *const keys[] = {"template", "delivery",     "if",
									   "if_stage", "unless_stage", NULL};
	JsonbContainer *object = campaign_definition_read_object(value);
	WrittenStep written = {.path = path, .kind_path = path};
	const JsonPair *condition;
	const JsonPair *delivery;
	StepContent *content;
	GraphStep *step;
	JsonPair *pairs;
	char *template;
	int index;
	int n;

	if (object == NULL)
	{
		campaign_definition_build_error(
			build, path, "wrong_type", "Write {\"template\": NAME, \"delivery\": \"on_entry\"}.",
			"expected an object, found %s", campaign_definition_read_shown(value));
		return;
	}
	n = campaign_definition_read_pairs(object, &pairs);
	campaign_definition_build_allow(build, pairs, n, path, keys);
	template = campaign_definition_message_template(build, pairs, n, path);
	if (template == NULL)
	{
		if (campaign_definition_read_find(pairs, n, "template") == NULL)
			campaign_definition_build_missing(build, path, "template",
											  "Write the name of a row of message_template.");
		return;
	}
	if (++build->n_written > DEFINITION_MAX_STEPS)
	{
		build->stopped = true;
		return;
	}
	index = campaign_definition_build_aside(
		build, GRAPH_ACTION, &written,
		psprintf("%s_message", stage_name != NULL ? stage_name : "stage"));
	step = campaign_definition_build_at(build, index);
	content = &build->definition->steps[index];
	delivery = campaign_definition_read_find(pairs, n, "delivery");
	condition = campaign_definition_read_find(pairs, n, "if");
	content->kind = kind_of(build, template);
	content->template = template;
	content->delivery =
		take_delivery(build, delivery, campaign_definition_read_key_path(path, "delivery"));
	content->content = content_of(pairs, n);
	check_names(build, pairs, n, path);
	step->requires = content->kind->requires;
	if (condition != NULL)
		step->condition = campaign_condition_compile(build, &condition->value,
													 campaign_definition_read_key_path(path, "if"));
	campaign_definition_build_at(build, stage)->n_messages++;
}

void
campaign_definition_messages(DefinitionBuild *build, int stage, const char *stage_name,
							 const JsonPair *pair, const char *path)
{
	JsonbContainer *array;
	int n;

	if (pair == NULL)
		return;
	array = campaign_definition_read_array(&pair->value);
	if (array == NULL)
	{
		campaign_definition_build_error(build, path, "wrong_type", "Write an array of messages.",
										"expected an array, found %s",
										campaign_definition_read_shown(&pair->value));
		return;
	}
	n = (int) JsonContainerSize(array);
	for (int i = 0; i < n && !build->stopped; i++)
		take_message(build, stage, stage_name, getIthJsonbValueFromContainer(array, i),
					 campaign_definition_read_item_path(path, i));
}
