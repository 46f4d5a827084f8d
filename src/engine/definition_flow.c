/*
 * definition_flow.c
 *		Steps that send nothing: they let time pass, ask, or leave.
 *
 * A step is made even where something in it is wrong, so that what stands inside it is looked at too.
 */
#include "engine/definition_flow.h"

#include "engine/condition.h"
#include "engine/definition_span.h"
#include "engine/definition_step.h"

#define ELSE_HINT "Write \"success\", \"failure\", \"end\", \"continue\" or an array of steps."

void
campaign_definition_flow_only_if(DefinitionBuild *build, const WrittenStep *written)
{
	int index = campaign_definition_build_step(build, GRAPH_ONLY_IF, written, "only_if");
	GraphStep *step = campaign_definition_build_at(build, index);

	step->condition = campaign_condition_compile(build, &written->kind->value, written->kind_path);
	campaign_definition_build_loose(build, &step->next);
}

/* What follows when a wait has timed out. Steps written there go on after the wait. */
static void
compile_else(DefinitionBuild *build, const JsonbValue *value, const char *path, GraphStep *step)
{
	JsonbContainer *steps = campaign_definition_read_array(value);
	char *text = campaign_definition_read_text(value);
	SharedEnd end;

	if (steps != NULL)
	{
		campaign_definition_build_loose(build, &step->otherwise);
		campaign_definition_step_array(build, steps, path);
		return;
	}
	end = text == NULL ? N_SHARED_ENDS : campaign_definition_build_end_named(text);
	if (end != N_SHARED_ENDS)
		campaign_definition_build_leave(build, &step->otherwise, end);
	else if (text != NULL && strcmp(text, "continue") == 0)
		campaign_definition_build_loose(build, &step->otherwise);
	else
		campaign_definition_build_error(build, path, text == NULL ? "wrong_type" : "bad_value",
										ELSE_HINT, "unknown way to go on %s",
										campaign_definition_read_shown(value));
}

static void
take_wait_times(DefinitionBuild *build, int index, const char *path, const JsonPair *after,
				const JsonPair *within)
{
	GraphStep *step = campaign_definition_build_at(build, index);
	const char *after_path = campaign_definition_read_key_path(path, "after");
	const char *within_path = campaign_definition_read_key_path(path, "within");

	if (after != NULL)
		campaign_definition_span_take(build, &after->value, after_path, &step->after);
	if (within == NULL)
		campaign_definition_build_missing(build, path, "within",
										  "A wait says how long it lasts, such as \"15 days\".");
	else
		build->definition->steps[index].delay =
			campaign_definition_span_take(build, &within->value, within_path, &step->within);
	if (step->after > 0 && step->within > 0 && step->after >= step->within)
		campaign_definition_build_error(
			build, after_path, "never_holds", "Make \"after\" shorter than \"within\".",
			"%s is not shorter than \"within\"", campaign_definition_read_shown(&after->value));
}

void
campaign_definition_flow_wait(DefinitionBuild *build, const WrittenStep *written)
{
	static const char *const keys[] = {"until", "after", "within", "else", NULL};
	int index = campaign_definition_build_step(build, GRAPH_WAIT, written, "wait");
	GraphStep *step = campaign_definition_build_at(build, index);
	JsonbContainer *object = campaign_definition_read_object(&written->kind->value);
	const char *path = written->kind_path;
	const JsonPair *until;
	const JsonPair *otherwise;
	JsonPair *pairs;
	int n;

	if (object == NULL)
	{
		campaign_definition_build_error(
			build, path, "wrong_type", "Write an object with keys until, within and else.",
			"expected an object, found %s", campaign_definition_read_shown(&written->kind->value));
		return;
	}
	n = campaign_definition_read_pairs(object, &pairs);
	campaign_definition_build_allow(build, pairs, n, path, keys);
	until = campaign_definition_read_find(pairs, n, "until");
	otherwise = campaign_definition_read_find(pairs, n, "else");

	if (until == NULL)
		campaign_definition_build_missing(build, path, "until", "A wait is for a condition.");
	else
		step->condition = campaign_condition_compile(
			build, &until->value, campaign_definition_read_key_path(path, "until"));
	take_wait_times(build, index, path, campaign_definition_read_find(pairs, n, "after"),
					campaign_definition_read_find(pairs, n, "within"));
	if (otherwise == NULL)
		campaign_definition_build_missing(build, path, "else", ELSE_HINT);
	else
		compile_else(build, &otherwise->value, campaign_definition_read_key_path(path, "else"),
					 step);
	campaign_definition_build_loose(build, &step->next);
}

void
campaign_definition_flow_end(DefinitionBuild *build, const WrittenStep *written)
{
	static const EndKind kinds[] = {END_SUCCESS, END_FAILURE, END_END};
	char *text = campaign_definition_read_text(&written->kind->value);
	SharedEnd end = text == NULL ? N_SHARED_ENDS : campaign_definition_build_end_named(text);
	int index;

	if (end == N_SHARED_ENDS)
	{
		campaign_definition_build_error(
			build, written->kind_path, text == NULL ? "wrong_type" : "bad_value",
			"Write \"success\", \"failure\" or \"end\".", "unknown way to end %s",
			campaign_definition_read_shown(&written->kind->value));
		return;
	}
	/* Shown by how it ends, as the ends that no step is written for are. */
	index = campaign_definition_build_step(build, GRAPH_END, written,
										   campaign_graph_end_name(kinds[end]));
	campaign_definition_build_at(build, index)->end = kinds[end];
}
