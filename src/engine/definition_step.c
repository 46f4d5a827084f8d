/*
 * definition_step.c
 *		Arrays of steps, and what all kinds of step have in common.
 */
#include "engine/definition_step.h"

#include "miscadmin.h"

#include "engine/definition_action.h"
#include "engine/definition_delay.h"
#include "engine/definition_flow.h"
#include "engine/definition_inside.h"
#include "engine/definition_stage.h"
#include "engine/definition_ways.h"

/* The kinds of step that are not rows of action_kind. */
static const struct
{
	const char *name;
	void (*compile)(DefinitionBuild *build, const WrittenStep *written);
	bool is_action;
} kinds[] = {{"only_if", campaign_definition_flow_only_if, false},
			 {"delay", campaign_definition_delay, false},
			 {"wait", campaign_definition_flow_wait, false},
			 {"branch", campaign_definition_ways_branch, false},
			 {"split", campaign_definition_ways_split, false},
			 {"goto", campaign_definition_ways_goto, false},
			 {"set", campaign_definition_inside_set, false},
			 {"enroll", campaign_definition_inside_enroll, false},
			 {"stage", campaign_definition_stage, false},
			 {"end", campaign_definition_flow_end, false},
			 {"action", campaign_definition_action_named, true}};

/* What may stand beside a kind of step. */
static const char *const beside_action[] = {
	"name", "if", "payload", "max_lateness", "retries", "on_precondition", NULL};
static const char *const beside_other[] = {"name", NULL};

/* What a key of a step is. */
typedef enum KeyRole
{
	KEY_IS_KIND,
	KEY_IS_COMMON, /* may stand beside a kind */
	KEY_IS_UNKNOWN
} KeyRole;

static int
find_kind(const char *key)
{
	for (int i = 0; i < (int) lengthof(kinds); i++)
		if (strcmp(kinds[i].name, key) == 0)
			return i;
	return -1;
}

static KeyRole
role_of(const DefinitionBuild *build, const char *key)
{
	for (size_t i = 0; i < lengthof(beside_action) - 1; i++)
		if (strcmp(key, beside_action[i]) == 0)
			return KEY_IS_COMMON;
	if (find_kind(key) >= 0 || campaign_action_kinds_find(build->kinds, key) != NULL)
		return KEY_IS_KIND;
	return KEY_IS_UNKNOWN;
}

static char *
kinds_hint(const DefinitionBuild *build)
{
	StringInfoData hint;

	initStringInfo(&hint);
	appendStringInfoString(&hint, "Kinds of step are ");
	for (size_t i = 0; i < lengthof(kinds); i++)
		appendStringInfo(&hint, "%s%s", i > 0 ? ", " : "", kinds[i].name);
	for (int i = 0; i < build->kinds->n; i++)
		appendStringInfo(&hint, ", %s", build->kinds->items[i].name);
	appendStringInfoChar(&hint, '.');
	return hint.data;
}

/* The one pair whose key is a kind; NULL, and a fault, if there is none or another. */
static const JsonPair *
choose_kind(DefinitionBuild *build, const JsonPair *pairs, int n, const char *path)
{
	const JsonPair *kind = NULL;
	const JsonPair *unknown = NULL;

	for (int i = 0; i < n; i++)
	{
		KeyRole role = role_of(build, pairs[i].key);

		if (role == KEY_IS_UNKNOWN)
			unknown = unknown == NULL ? &pairs[i] : unknown;
		if (role != KEY_IS_KIND)
			continue;
		if (kind != NULL)
		{
			campaign_definition_build_error(build, path, "two_kinds", "Make them two steps.",
											"a step has one kind, and this one is %s and %s",
											kind->key, pairs[i].key);
			return NULL;
		}
		kind = &pairs[i];
	}
	if (kind != NULL)
		return kind;
	if (unknown != NULL)
		campaign_definition_build_error(
			build, campaign_definition_read_key_path(path, unknown->key), "unknown_kind",
			kinds_hint(build), "unknown kind of step %s",
			campaign_definition_read_quoted(unknown->key));
	else
		campaign_definition_build_error(build, path, "missing_kind", kinds_hint(build),
										"a step has a key that says its kind");
	return NULL;
}

/* The name that a step gives itself, or NULL. */
static char *
take_name(DefinitionBuild *build, const JsonPair *pair, const char *path)
{
	const Graph *graph = &build->definition->graph;
	char *name_path;
	char *name;

	if (pair == NULL)
		return NULL;
	name_path = campaign_definition_read_key_path(path, "name");
	name = campaign_definition_read_text(&pair->value);
	if (name == NULL || campaign_definition_read_blank(name))
	{
		campaign_definition_build_error(build, name_path, name == NULL ? "wrong_type" : "bad_value",
										NULL, "expected a text that is not empty, found %s",
										campaign_definition_read_shown(&pair->value));
		return NULL;
	}
	for (int i = 0; i < graph->n_steps; i++)
	{
		if (graph->steps[i].name == NULL || strcmp(graph->steps[i].name, name) != 0)
			continue;
		campaign_definition_build_error(
			build, name_path, "duplicate_name", "Give each step a name of its own, or none.",
			"the step at %s bears the name %s too", graph->steps[i].path,
			campaign_definition_read_quoted(name));
		return NULL;
	}
	return name;
}

static void
compile_object(DefinitionBuild *build, JsonbContainer *object, const char *path)
{
	WrittenStep written = {.path = path};
	JsonPair *pairs;
	const char *allowed[lengthof(beside_action) + 1];
	int n = campaign_definition_read_pairs(object, &pairs);
	const char *const *beside;
	int kind;
	int k = 0;

	written.kind = choose_kind(build, pairs, n, path);
	if (written.kind == NULL)
		return;
	kind = find_kind(written.kind->key);
	beside = kind < 0 || kinds[kind].is_action ? beside_action : beside_other;

	allowed[k++] = written.kind->key;
	for (; *beside != NULL; beside++)
		allowed[k++] = *beside;
	allowed[k] = NULL;
	campaign_definition_build_allow(build, pairs, n, path, allowed);

	written.kind_path = campaign_definition_read_key_path(path, written.kind->key);
	written.name = take_name(build, campaign_definition_read_find(pairs, n, "name"), path);
	written.condition = campaign_definition_read_find(pairs, n, "if");
	written.payload = campaign_definition_read_find(pairs, n, "payload");
	written.max_lateness = campaign_definition_read_find(pairs, n, "max_lateness");
	written.retries = campaign_definition_read_find(pairs, n, "retries");
	written.on_precondition = campaign_definition_read_find(pairs, n, "on_precondition");
	if (kind < 0)
		campaign_definition_action_short(build, &written);
	else
		kinds[kind].compile(build, &written);
}

static void
compile_step(DefinitionBuild *build, const JsonbValue *value, const char *path)
{
	JsonbContainer *object = campaign_definition_read_object(value);

	if (++build->n_written > DEFINITION_MAX_STEPS)
	{
		campaign_definition_build_error(build, path, "too_many_steps",
										"Divide the sequence, or leave steps out.",
										"a sequence has at most %d steps", DEFINITION_MAX_STEPS);
		build->stopped = true;
	}
	else if (object == NULL)
		campaign_definition_build_error(
			build, path, "wrong_type",
			"Write a step: an object with one key that is a kind of step.",
			"expected an object, found %s", campaign_definition_read_shown(value));
	else
		compile_object(build, object, path);
}

void
campaign_definition_step_array(DefinitionBuild *build, JsonbContainer *array, const char *path)
{
	JsonbIterator *iterator = JsonbIteratorInit(array);
	JsonbIteratorToken token;
	JsonbValue value;
	int index = 0;

	check_stack_depth();
	while (!build->stopped && (token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		int *skip = build->skip;

		if (token != WJB_ELEM)
			continue;
		build->skip = NULL;
		compile_step(build, &value, campaign_definition_read_item_path(path, index++));
		if (skip != NULL)
			campaign_definition_build_loose(build, skip);
	}
	/* nothing follows here: past it is what comes next anyway */
	if (build->skip != NULL)
		campaign_definition_build_loose(build, build->skip);
	build->skip = NULL;
}
