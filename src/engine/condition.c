/*
 * condition.c
 *		Conditions of a definition, and of the settings of a campaign.
 */
#include "engine/condition.h"

#include "engine/path.h"

static const struct
{
	const char *name;
	uint64 mask;
} states[] = {{"connected", GRAPH_STATE_CONNECTED},
			  {"pending", GRAPH_STATE_PENDING},
			  {"not_connected", GRAPH_STATE_NOT_CONNECTED},
			  {"has_email", GRAPH_STATE_HAS_EMAIL},
			  {"suppressed", GRAPH_STATE_SUPPRESSED}};

/* The bit of the state of this name, or 0. */
static uint64
state_mask(const char *name)
{
	for (size_t i = 0; i < lengthof(states); i++)
		if (strcmp(states[i].name, name) == 0)
			return states[i].mask;
	return 0;
}

const char *
campaign_condition_state_name(int bit)
{
	for (size_t i = 0; i < lengthof(states); i++)
		if (states[i].mask == UINT64CONST(1) << bit)
			return states[i].name;
	return NULL;
}

/* True if the kind of event has a bit already. */
static bool
find_bit(const Definition *definition, const char *kind, int *bit)
{
	for (int i = 0; i < definition->n_facts; i++)
	{
		if (definition->fact_kinds[i] != NULL && strcmp(definition->fact_kinds[i], kind) == 0)
		{
			*bit = i;
			return true;
		}
	}
	return false;
}

static void
refuse_fact(DefinitionBuild *build, const char *path, const char *fact)
{
	StringInfoData known;

	initStringInfo(&known);
	for (size_t i = 0; i < lengthof(states); i++)
		appendStringInfo(&known, "%s%s", i > 0 ? ", " : "", states[i].name);
	for (int i = 0; i < build->fact_kinds->n; i++)
		if (state_mask(build->fact_kinds->names[i]) == 0)
			appendStringInfo(&known, ", %s", build->fact_kinds->names[i]);
	campaign_definition_build_error(
		build, path, "unknown_fact",
		psprintf("Write a fact, or \"not\" and a fact, or an SQL/JSON path. Facts are %s. "
				 "An INSERT into campaign.event_kind makes another kind of reported event known.",
				 known.data),
		"unknown fact %s", campaign_definition_read_quoted(fact));
}

static FactKinds *
fact_kinds(DefinitionBuild *build)
{
	if (build->fact_kinds == NULL)
		build->fact_kinds = campaign_fact_kinds_load();
	return build->fact_kinds;
}

/* Gives a kind of event the next bit. False if there is none. */
static bool
add_bit(DefinitionBuild *build, const char *path, const char *fact, int *bit)
{
	Definition *definition = build->definition;

	if (definition->n_facts == DEFINITION_MAX_FACTS)
	{
		campaign_definition_build_error(
			build, path, "too_many_facts", "Ask about fewer kinds of event.",
			"%s would be kind of event number %d, and there is room for %d",
			campaign_definition_read_quoted(fact), DEFINITION_MAX_FACTS + 1, DEFINITION_MAX_FACTS);
		return false;
	}
	*bit = definition->n_facts++;
	definition->fact_kinds[*bit] = pstrdup(fact);
	return true;
}

/* The bit of a kind of event, a new one if it is known and has none. False if refused. */
static bool
take_bit(DefinitionBuild *build, const char *path, const char *fact, int *bit)
{
	if (find_bit(build->definition, fact, bit))
		return true;
	if (campaign_fact_kinds_is_own(fact_kinds(build), fact))
	{
		campaign_definition_build_error(
			build, path, "unknown_fact",
			"Ask about what is reported, such as \"replied\" or \"not clicked\".",
			"%s is what the engine notes itself, and no condition can ask about it",
			campaign_definition_read_quoted(fact));
		return false;
	}
	if (!campaign_fact_kinds_has(fact_kinds(build), fact))
	{
		refuse_fact(build, path, fact);
		return false;
	}
	return add_bit(build, path, fact, bit);
}

/* Kinds of event that the path has as texts are those that it can find among the facts. */
static void
take_facts_of(DefinitionBuild *build, const char *path, List *texts)
{
	ListCell *cell;
	int bit;

	foreach (cell, texts)
	{
		const char *text = lfirst(cell);

		if (state_mask(text) != 0 || find_bit(build->definition, text, &bit) ||
			!campaign_fact_kinds_has(fact_kinds(build), text))
			continue;
		if (!add_bit(build, path, text, &bit))
			return;
	}
}

/* The number of the path in the definition, that of an equal one if there is one. False if refused. */
static bool
take_path(DefinitionBuild *build, const char *place, const char *text, int *number)
{
	Definition *definition = build->definition;
	ReadPath read = campaign_path_read(text);
	int i;

	if (read.path == NULL)
	{
		campaign_definition_build_error(build, place, "bad_path", read.hint,
										"path %s cannot be a condition: %s",
										campaign_definition_read_quoted(text), read.fault);
		return false;
	}
	take_facts_of(build, place, read.facts);
	definition->reads_row |= campaign_path_asks(&read, "row");
	for (i = 0; i < definition->n_paths; i++)
		if (VARSIZE(definition->paths[i]) == VARSIZE(read.path) &&
			memcmp(definition->paths[i], read.path, VARSIZE(read.path)) == 0)
			break;
	if (i == DEFINITION_MAX_PATHS)
	{
		campaign_definition_build_error(build, place, "too_many_paths", "Ask fewer paths.",
										"%s would be path number %d, and there is room for %d",
										campaign_definition_read_quoted(text), i + 1, i);
		return false;
	}
	definition->paths[i] = read.path;
	definition->n_paths = Max(definition->n_paths, i + 1);
	*number = i;
	return true;
}

GraphCondition
campaign_condition_compile(DefinitionBuild *build, const JsonbValue *value, const char *path)
{
	GraphCondition condition = {GRAPH_ALWAYS, false, 0};
	char *text = campaign_definition_read_text(value);
	const char *fact = text;
	bool negated = false;
	int bit;

	if (text == NULL)
	{
		campaign_definition_build_error(
			build, path, "wrong_type", "Write a fact, such as \"connected\" or \"not replied\".",
			"expected a condition as text, found %s", campaign_definition_read_shown(value));
		return condition;
	}
	if (strncmp(text, "not ", 4) == 0)
	{
		negated = true;
		fact = text + 4 + strspn(text + 4, " ");
	}

	condition.mask = state_mask(fact);
	if (condition.mask != 0)
		condition.source = GRAPH_BY_STATE;
	else if (campaign_path_meant(fact))
	{
		if (take_path(build, path, fact, &bit))
		{
			condition.source = GRAPH_BY_PATH;
			condition.mask = UINT64CONST(1) << (GRAPH_FIRST_PATH + bit);
		}
	}
	else if (take_bit(build, path, fact, &bit))
	{
		condition.source = GRAPH_BY_EVENT;
		condition.mask = UINT64CONST(1) << bit;
	}
	condition.negated = negated && condition.source != GRAPH_ALWAYS;
	return condition;
}

/* Any kind will do: what lets a run go on from a stage is often the user's own. */
GraphCondition
campaign_condition_event(DefinitionBuild *build, const char *kind, const char *path)
{
	GraphCondition condition = {.source = GRAPH_ALWAYS};
	int bit;
	bool found = find_bit(build->definition, kind, &bit);

	if (!found && campaign_fact_kinds_is_own(fact_kinds(build), kind))
		campaign_definition_build_error(
			build, path, "unknown_fact",
			"Name what is reported, such as \"applied\" or \"clicked\".",
			"%s is what the engine notes itself, and no stage can be left by it",
			campaign_definition_read_quoted(kind));
	else if (found || add_bit(build, path, kind, &bit))
	{
		condition.source = GRAPH_BY_EVENT;
		condition.mask = UINT64CONST(1) << bit;
	}
	return condition;
}

/* The value of a setting, or NULL where there is none. */
static const JsonPair *
setting(const JsonPair *pairs, int n, const char *key)
{
	const JsonPair *pair = campaign_definition_read_find(pairs, n, key);

	return pair == NULL || pair->value.type == jbvNull ? NULL : pair;
}

void
campaign_condition_settings(DefinitionBuild *build, Jsonb *settings)
{
	Graph *graph = &build->definition->graph;
	const struct
	{
		const char *key;
		GraphCondition *condition;
	} conditions[] = {
		{"goal", &graph->goal}, {"exit_if", &graph->exit_if}, {"hold_if", &graph->hold_if}};
	const JsonPair *pair;
	JsonPair *pairs;
	int n;

	/* in stages people write to each other, and go on */
	graph->exit_on_reply = !build->definition->has_stages;
	if (settings == NULL || !JB_ROOT_IS_OBJECT(settings))
		return;
	n = campaign_definition_read_pairs(&settings->root, &pairs);
	pair = setting(pairs, n, "exit_on_reply");
	if (pair != NULL && pair->value.type == jbvBool)
		graph->exit_on_reply = pair->value.val.boolean;
	pair = setting(pairs, n, "reply_goal");
	if (pair != NULL)
		build->definition->reply_goal = campaign_definition_read_text(&pair->value);
	for (size_t i = 0; i < lengthof(conditions); i++)
	{
		pair = setting(pairs, n, conditions[i].key);
		if (pair != NULL)
			*conditions[i].condition = campaign_condition_compile(
				build, &pair->value,
				campaign_definition_read_key_path("settings", conditions[i].key));
	}
}
