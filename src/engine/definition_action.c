/*
 * definition_action.c
 *		Steps by which something leaves: their kind, and the texts that they have.
 *
 * A step's content is one object of texts. In the short form those that the kind declares stand under
 * the kind's own key, where any other key is refused; "payload" holds whatever else a gateway wants,
 * and in the form {"action": KIND} all of them.
 */
#include "engine/definition_action.h"

#include "engine/condition.h"
#include "engine/definition_message.h"
#include "engine/definition_options.h"
#include "engine/definition_text.h"
#include "engine/span.h"

/* What the texts of one step are gathered in. */
typedef struct Gathering
{
	DefinitionBuild *build;
	const ActionKind *kind;
	JsonbParseState *state; /* the object that is being made */
	bool *present;          /* by content of the kind: there, and not empty */
	Instant within;         /* of the content of that name, if it is a length; 0 = none */
	char *channel;          /* the content of that name, if it is a name */
} Gathering;

static void
push_text(Gathering *gathering, const JsonPair *pair)
{
	JsonbValue key;
	JsonbValue text = pair->value;

	key.type = jbvString;
	key.val.string.val = pair->key;
	key.val.string.len = (int) strlen(pair->key);
	pushJsonbValue(&gathering->state, WJB_KEY, &key);
	pushJsonbValue(&gathering->state, WJB_VALUE, &text);
}

/* Looks at a text by what the kind uses it for; declared is NULL for one that it does not know. */
static void
gather_text(Gathering *gathering, const ActionContent *declared, const JsonPair *pair,
			const char *path)
{
	DefinitionBuild *build = gathering->build;
	char *text = campaign_definition_read_text(&pair->value);
	const char *fault;
	Instant length;

	if (declared != NULL && (text == NULL || !campaign_definition_read_blank(text)))
		gathering->present[declared - gathering->kind->contents] = true;
	if (text == NULL)
	{
		campaign_definition_build_error(build, path, "wrong_type", NULL,
										"expected a text, found %s",
										campaign_definition_read_shown(&pair->value));
		return;
	}
	push_text(gathering, pair);
	if (declared != NULL && declared->use == ACTION_CONTENT_INTERVAL)
	{
		fault = campaign_span_read(text, &length);
		if (fault != NULL)
			campaign_definition_build_error(build, path, "bad_interval", SPAN_HINT, "%s %s",
											campaign_definition_read_quoted(text), fault);
		else if (strcmp(pair->key, "within") == 0)
			gathering->within = length;
	}
	else if (declared != NULL && declared->use == ACTION_CONTENT_NAME)
	{
		if (campaign_definition_read_blank(text))
			campaign_definition_build_error(
				build, path, "bad_value", "Write the name, or leave the key out.",
				"expected a name, found %s", campaign_definition_read_quoted(text));
		else if (strcmp(pair->key, "channel") == 0)
			gathering->channel = text;
	}
	else
		campaign_definition_text_check(build, text, path);
}

/* The texts under the kind's own key. */
static void
gather_declared(Gathering *gathering, const JsonPair *pairs, int n, const char *path)
{
	const ActionKind *kind = gathering->kind;
	const char **allowed = palloc(sizeof(char *) * (kind->n_contents + 2));
	bool templated = campaign_definition_read_find(pairs, n, "template") != NULL;
	int n_allowed = 0;

	for (int i = 0; i < kind->n_contents; i++)
		allowed[n_allowed++] = kind->contents[i].name;
	if (kind->n_contents > 0)
		allowed[n_allowed++] = "template";
	allowed[n_allowed] = NULL;
	/* all that it needs may be there */
	for (int i = 0; i < kind->n_contents && templated; i++)
		gathering->present[i] = true;
	campaign_definition_build_allow(gathering->build, pairs, n, path, allowed);

	for (int i = 0; i < n; i++)
	{
		const ActionContent *declared = campaign_action_kinds_content(kind, pairs[i].key);

		if (declared != NULL)
			gather_text(gathering, declared, &pairs[i],
						campaign_definition_read_key_path(path, pairs[i].key));
		else if (strcmp(pairs[i].key, "template") == 0 && kind->n_contents > 0)
			push_text(gathering, &pairs[i]);
	}
}

/* The texts of "payload"; those under the kind's own key stand in beside. */
static void
gather_payload(Gathering *gathering, const WrittenStep *written, const JsonPair *beside,
			   int n_beside)
{
	DefinitionBuild *build = gathering->build;
	const char *path = campaign_definition_read_key_path(written->path, "payload");
	JsonbContainer *object = campaign_definition_read_object(&written->payload->value);
	JsonPair *pairs;
	int n;

	if (object == NULL)
	{
		campaign_definition_build_error(build, path, "wrong_type", "Write an object of texts.",
										"expected an object, found %s",
										campaign_definition_read_shown(&written->payload->value));
		return;
	}
	n = campaign_definition_read_pairs(object, &pairs);
	for (int i = 0; i < n; i++)
	{
		const char *key_path = campaign_definition_read_key_path(path, pairs[i].key);

		if (campaign_definition_read_find(beside, n_beside, pairs[i].key) != NULL)
			campaign_definition_build_error(
				build, key_path, "duplicate_key", "Say it in one place.", "%s stands in %s too",
				campaign_definition_read_quoted(pairs[i].key), written->kind_path);
		else
			gather_text(gathering, campaign_action_kinds_content(gathering->kind, pairs[i].key),
						&pairs[i], key_path);
	}
}

/* Whether a step before this one is of the same kind. */
static bool
follows(const Gathering *gathering, int index)
{
	const Definition *definition = gathering->build->definition;

	for (int i = 0; i < index; i++)
		if (definition->steps[i].kind == gathering->kind)
			return true;
	return false;
}

static bool
is_required(const Gathering *gathering, ActionContentUse use, int index)
{
	return use == ACTION_CONTENT_REQUIRED ||
		   (use == ACTION_CONTENT_FIRST && !follows(gathering, index));
}

/* S2.47: a step without content is marked. True if anything is missing. */
static bool
warn_missing(Gathering *gathering, int index, const char *path)
{
	const ActionKind *kind = gathering->kind;
	bool missing = false;

	for (int i = 0; i < kind->n_contents; i++)
	{
		if (gathering->present[i] || !is_required(gathering, kind->contents[i].use, index))
			continue;
		missing = true;
		campaign_definition_build_warning(
			gathering->build, campaign_definition_read_key_path(path, kind->contents[i].name),
			"missing_content", "Write it before the launch.", "a step of kind %s needs \"%s\"",
			kind->name, kind->contents[i].name);
	}
	return missing;
}

/* declared is the object under the kind's own key, NULL in the form {"action": KIND}. */
static void
compile_action(DefinitionBuild *build, const WrittenStep *written, const ActionKind *kind,
			   JsonbContainer *declared)
{
	int index = campaign_definition_build_step(build, GRAPH_ACTION, written, kind->name);
	GraphStep *step = campaign_definition_build_at(build, index);
	StepContent *content = &build->definition->steps[index];
	Gathering gathering = {.build = build, .kind = kind};
	JsonPair *pairs = NULL;
	int n = 0;

	gathering.present = palloc0(sizeof(bool) * Max(kind->n_contents, 1));
	pushJsonbValue(&gathering.state, WJB_BEGIN_OBJECT, NULL);
	if (declared != NULL)
	{
		n = campaign_definition_read_pairs(declared, &pairs);
		gather_declared(&gathering, pairs, n, written->kind_path);
		if (kind->n_contents > 0)
			content->template =
				campaign_definition_message_template(build, pairs, n, written->kind_path);
	}
	if (written->payload != NULL)
		gather_payload(&gathering, written, pairs, n);
	content->kind = kind;
	content->within = gathering.within;
	content->channel = gathering.channel;
	content->content = JsonbValueToJsonb(pushJsonbValue(&gathering.state, WJB_END_OBJECT, NULL));
	content->missing_content = warn_missing(
		&gathering, index,
		declared != NULL ? written->kind_path
						 : campaign_definition_read_key_path(written->path, "payload"));

	step->requires = kind->requires;
	step->creates_relation = kind->creates_relation;
	step->finds_email = strcmp(kind->name, "find_email") == 0;
	campaign_definition_options_take(build, written, index);
	if (written->condition != NULL)
		step->condition =
			campaign_condition_compile(build, &written->condition->value,
									   campaign_definition_read_key_path(written->path, "if"));
	campaign_definition_build_loose(build, &step->next);
}

void
campaign_definition_action_short(DefinitionBuild *build, const WrittenStep *written)
{
	const ActionKind *kind = campaign_action_kinds_find(build->kinds, written->kind->key);
	JsonbContainer *declared = campaign_definition_read_object(&written->kind->value);

	if (declared == NULL)
		campaign_definition_build_error(
			build, written->kind_path, "wrong_type",
			psprintf("Write an object, such as {\"%s\": {}}.", kind->name),
			"expected an object, found %s", campaign_definition_read_shown(&written->kind->value));
	else
		compile_action(build, written, kind, declared);
}

void
campaign_definition_action_named(DefinitionBuild *build, const WrittenStep *written)
{
	char *name = campaign_definition_read_text(&written->kind->value);
	const ActionKind *kind;
	StringInfoData known;

	if (name == NULL)
	{
		campaign_definition_build_error(
			build, written->kind_path, "wrong_type", "Write the name of a kind of action.",
			"expected a text, found %s", campaign_definition_read_shown(&written->kind->value));
		return;
	}
	kind = campaign_action_kinds_find(build->kinds, name);
	if (kind != NULL)
	{
		compile_action(build, written, kind, NULL);
		return;
	}
	initStringInfo(&known);
	for (int i = 0; i < build->kinds->n; i++)
		appendStringInfo(&known, "%s%s", i > 0 ? ", " : "", build->kinds->items[i].name);
	campaign_definition_build_error(
		build, written->kind_path, "unknown_kind",
		psprintf("Kinds of action are %s. An INSERT into campaign.action_kind makes another.",
				 known.data),
		"unknown kind of action %s", campaign_definition_read_quoted(name));
}
