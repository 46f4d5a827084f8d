/*
 * condition.c
 *		Conditions of a definition: a named fact, or "not" and a named fact.
 */
#include "engine/condition.h"

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
		psprintf("Write a fact, or \"not\" and a fact. Facts are %s. "
				 "An INSERT into campaign.event_kind makes another kind of reported event known.",
				 known.data),
		"unknown fact %s", campaign_definition_read_quoted(fact));
}

/* The bit of a kind of event, a new one if it is known and has none. False if refused. */
static bool
take_bit(DefinitionBuild *build, const char *path, const char *fact, int *bit)
{
	Definition *definition = build->definition;

	if (find_bit(definition, fact, bit))
		return true;
	if (build->fact_kinds == NULL)
		build->fact_kinds = campaign_fact_kinds_load();
	if (campaign_fact_kinds_is_own(build->fact_kinds, fact))
	{
		campaign_definition_build_error(
			build, path, "unknown_fact",
			"Ask about what is reported, such as \"replied\" or \"not clicked\".",
			"%s is what the engine notes itself, and no condition can ask about it",
			campaign_definition_read_quoted(fact));
		return false;
	}
	if (!campaign_fact_kinds_has(build->fact_kinds, fact))
	{
		refuse_fact(build, path, fact);
		return false;
	}
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
	else if (take_bit(build, path, fact, &bit))
	{
		condition.source = GRAPH_BY_EVENT;
		condition.mask = UINT64CONST(1) << bit;
	}
	condition.negated = negated && condition.source != GRAPH_ALWAYS;
	return condition;
}
