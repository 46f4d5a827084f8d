/*
 * definition_options.c
 *		What an action step says beside its texts.
 */
#include "engine/definition_options.h"

#include "utils/builtins.h"
#include "utils/numeric.h"

#include "engine/definition_span.h"
#include "engine/definition_step.h"

#define PRECONDITION_HINT "Write \"error\", \"skip\" or an array of steps."

/* As many attempts as a channel may ask for. */
#define MOST_ATTEMPTS 100

static void
take_lateness(DefinitionBuild *build, const WrittenStep *written, StepContent *content)
{
	const char *path = campaign_definition_read_key_path(written->path, "max_lateness");

	if (written->max_lateness != NULL)
		campaign_definition_span_take(build, &written->max_lateness->value, path,
									  &content->max_lateness);
}

static void
take_retries(DefinitionBuild *build, const WrittenStep *written, StepContent *content)
{
	const JsonPair *pair = written->retries;
	bool failed = false;
	int32 number = 0;

	if (pair == NULL)
		return;
	if (pair->value.type == jbvNumeric)
		number = numeric_int4_opt_error(pair->value.val.numeric, &failed);
	if (pair->value.type != jbvNumeric || failed || number < 1 || number > MOST_ATTEMPTS ||
		!DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(pair->value.val.numeric),
										  NumericGetDatum(int64_to_numeric(number)))))
		campaign_definition_build_error(
			build, campaign_definition_read_key_path(written->path, "retries"),
			pair->value.type == jbvNumeric ? "bad_value" : "wrong_type",
			"Write how often it is tried in all, from 1 to 100.",
			"expected a whole number from 1 to %d, found %s", MOST_ATTEMPTS,
			campaign_definition_read_shown(&pair->value));
	else
		content->retries = number;
}

static void
take_precondition(DefinitionBuild *build, const WrittenStep *written, GraphStep *step)
{
	const JsonPair *pair = written->on_precondition;
	const char *path;
	JsonbContainer *steps;
	char *text;

	if (pair == NULL)
		return;
	path = campaign_definition_read_key_path(written->path, "on_precondition");
	if (step->requires == GRAPH_REQUIRES_NOTHING)
		campaign_definition_build_warning(
			build, path, "no_precondition", "Leave it out, or write an \"if\".",
			"nothing is required of the prospect for this action, so this never comes to pass");
	steps = campaign_definition_read_array(&pair->value);
	text = campaign_definition_read_text(&pair->value);
	if (steps != NULL)
	{
		campaign_definition_build_loose(build, &step->otherwise);
		campaign_definition_step_array(build, steps, path);
	}
	else if (text != NULL && strcmp(text, "skip") == 0)
		campaign_definition_build_loose(build, &step->otherwise);
	else if (text == NULL || strcmp(text, "error") != 0)
		campaign_definition_build_error(build, path, text == NULL ? "wrong_type" : "bad_value",
										PRECONDITION_HINT, "unknown way to go on %s",
										campaign_definition_read_shown(&pair->value));
}

void
campaign_definition_options_take(DefinitionBuild *build, const WrittenStep *written, int index)
{
	StepContent *content = &build->definition->steps[index];

	take_lateness(build, written, content);
	take_retries(build, written, content);
	take_precondition(build, written, campaign_definition_build_at(build, index));
}
