/*
 * definition_inside.c
 *		Steps by which something is done inside the database alone.
 */
#include "engine/definition_inside.h"

#include "engine/definition_text.h"

/* Columns of a prospect stand before attributes of the same name, so writing these would show nowhere. */
static bool
is_column(const char *key)
{
	static const char *const columns[] = {
		"workspace_id",       "id",      "external_id",  "source",     "person",    "email",
		"professional_email", "phone",   "linkedin_url", "first_name", "last_name", "company",
		"job_title",          "country", "time_zone",    "attributes", "opted_in",  "removed_at",
		"person_key"};

	for (size_t i = 0; i < lengthof(columns); i++)
		if (strcmp(columns[i], key) == 0)
			return true;
	return false;
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

static void
take_attribute(DefinitionBuild *build, JsonbParseState **state, const JsonPair *pair,
			   const char *path)
{
	char *text = campaign_definition_read_text(&pair->value);

	if (text == NULL)
		campaign_definition_build_error(build, path, "wrong_type", NULL,
										"expected a text, found %s",
										campaign_definition_read_shown(&pair->value));
	else if (is_column(pair->key))
		campaign_definition_build_error(
			build, path, "bad_key", "Write attributes of other names.",
			"%s is a column of prospects, and set writes keys of their attributes",
			campaign_definition_read_quoted(pair->key));
	else
	{
		campaign_definition_text_check(build, text, path);
		push(state, WJB_KEY, pair->key);
		push(state, WJB_VALUE, text);
	}
}

void
campaign_definition_inside_set(DefinitionBuild *build, const WrittenStep *written)
{
	int index = campaign_definition_build_step(build, GRAPH_SET, written, "set");
	JsonbContainer *object = campaign_definition_read_object(&written->kind->value);
	JsonbParseState *state = NULL;
	JsonPair *pairs = NULL;
	int n = object == NULL ? 0 : campaign_definition_read_pairs(object, &pairs);

	if (n == 0)
		campaign_definition_build_error(
			build, written->kind_path, object == NULL ? "wrong_type" : "bad_value",
			"Write an object of texts, such as {\"set\": {\"tag\": \"warm\"}}.",
			"expected an object with a key, found %s",
			object == NULL ? campaign_definition_read_shown(&written->kind->value) : "none");
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	for (int i = 0; i < n; i++)
		take_attribute(build, &state, &pairs[i],
					   campaign_definition_read_key_path(written->kind_path, pairs[i].key));
	build->definition->steps[index].content =
		JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
	campaign_definition_build_loose(build, &campaign_definition_build_at(build, index)->next);
}

void
campaign_definition_inside_enroll(DefinitionBuild *build, const WrittenStep *written)
{
	int index = campaign_definition_build_step(build, GRAPH_ENROLL, written, "enroll");
	char *name = campaign_definition_read_text(&written->kind->value);
	JsonbParseState *state = NULL;

	if (name == NULL || campaign_definition_read_blank(name))
	{
		campaign_definition_build_error(
			build, written->kind_path, name == NULL ? "wrong_type" : "bad_value",
			"Write the name of a campaign.", "expected the name of a campaign, found %s",
			campaign_definition_read_shown(&written->kind->value));
		return;
	}
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	push(&state, WJB_KEY, "campaign");
	push(&state, WJB_VALUE, name);
	build->definition->steps[index].content =
		JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}
