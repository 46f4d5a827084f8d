/*
 * definition_ways.c
 *		Steps from which several ways lead on, or one that is not the next: branch, split, goto.
 *
 * A step is made even where something in it is wrong, so that what stands inside it is looked at too.
 */
#include "engine/definition_ways.h"

#include "utils/builtins.h"
#include "utils/numeric.h"

#include "engine/condition.h"
#include "engine/definition_step.h"

#define LAST_ELSE_HINT "The last element is {\"else\": [steps]}, which may be empty."
#define SPLIT_HINT                                                                                 \
	"Write two or more of {\"percent\": 50, \"then\": [steps]}, whose percentages add up to 100."

/* One way of a branch or of a split. */
typedef struct Arm
{
	JsonbContainer *steps; /* NULL if there are none to be read */
	const char *path;
	int number; /* which case of the graph; -1 = else, or not one that was taken */
} Arm;

/* The steps under a key of an element. */
static void
take_arm_steps(DefinitionBuild *build, Arm *arm, const JsonPair *pair, const char *path)
{
	arm->path = campaign_definition_read_key_path(path, pair->key);
	arm->steps = campaign_definition_read_array(&pair->value);
	if (arm->steps == NULL)
		campaign_definition_build_error(build, arm->path, "wrong_type", "Write an array of steps.",
										"expected an array, found %s",
										campaign_definition_read_shown(&pair->value));
}

/* The case that was just added to the graph is this one, unless there was no room. */
static void
number_case(DefinitionBuild *build, Arm *arm, bool added, const char *path)
{
	if (added)
	{
		arm->number = build->definition->graph.n_cases - 1;
		return;
	}
	campaign_definition_build_error(build, path, "too_many_cases", "Divide the sequence.",
									"the branches of a sequence have at most %d cases",
									DEFINITION_MAX_CASES);
	build->stopped = true;
}

/* {"when": CONDITION, "then": [steps]} */
static void
take_case(DefinitionBuild *build, int branch, Arm *arm, const JsonPair *pairs, int n,
		  const char *path)
{
	static const char *const keys[] = {"when", "then", NULL};
	const JsonPair *when = campaign_definition_read_find(pairs, n, "when");
	const JsonPair *then = campaign_definition_read_find(pairs, n, "then");
	GraphCondition condition = {GRAPH_ALWAYS, false, 0};
	Graph *graph = &build->definition->graph;

	campaign_definition_build_allow(build, pairs, n, path, keys);
	if (when == NULL)
		campaign_definition_build_missing(build, path, "when", "A case has a condition.");
	else
		condition = campaign_condition_compile(build, &when->value,
											   campaign_definition_read_key_path(path, "when"));
	if (then == NULL)
		campaign_definition_build_missing(build, path, "then",
										  "A case has an array of steps, which may be empty.");
	else
		take_arm_steps(build, arm, then, path);

	number_case(build, arm, campaign_graph_add_case(graph, branch, condition, GRAPH_NONE), path);
}

/* Reads one element of a branch. */
static void
take_arm(DefinitionBuild *build, int branch, Arm *arm, const JsonbValue *value, bool last,
		 const char *path)
{
	static const char *const keys[] = {"else", NULL};
	JsonbContainer *object = campaign_definition_read_object(value);
	const JsonPair *otherwise;
	JsonPair *pairs;
	int n;

	arm->steps = NULL;
	arm->number = -1;
	if (object == NULL)
	{
		campaign_definition_build_error(
			build, path, "wrong_type", "Write {\"when\": CONDITION, \"then\": [steps]}.",
			"expected an object, found %s", campaign_definition_read_shown(value));
		return;
	}
	n = campaign_definition_read_pairs(object, &pairs);
	otherwise = campaign_definition_read_find(pairs, n, "else");
	if (otherwise == NULL)
	{
		take_case(build, branch, arm, pairs, n, path);
		if (last)
			campaign_definition_build_error(build, path, "missing_else", LAST_ELSE_HINT,
											"the last element of a branch is its \"else\"");
		return;
	}
	campaign_definition_build_allow(build, pairs, n, path, keys);
	if (last)
		take_arm_steps(build, arm, otherwise, path);
	else
		campaign_definition_build_error(build, campaign_definition_read_key_path(path, "else"),
										"misplaced_else", LAST_ELSE_HINT,
										"\"else\" is the last element of a branch");
}

/* Compiles the steps of each arm; what is loose at the end of any of them goes on after the step. */
static void
compile_arms(DefinitionBuild *build, int step, const Arm *arms, int n)
{
	Graph *graph = &build->definition->graph;
	List *loose = NIL;

	for (int i = 0; i < n; i++)
	{
		int *link = arms[i].number < 0 ? &graph->steps[step].otherwise
									   : &graph->cases[arms[i].number].target;

		build->loose = NIL;
		campaign_definition_build_loose(build, link);
		if (arms[i].steps != NULL)
			campaign_definition_step_array(build, arms[i].steps, arms[i].path);
		loose = list_concat(loose, build->loose);
	}
	build->loose = loose;
}

void
campaign_definition_ways_branch(DefinitionBuild *build, const WrittenStep *written)
{
	int branch = campaign_definition_build_step(build, GRAPH_BRANCH, written, "branch");
	JsonbContainer *array = campaign_definition_read_array(&written->kind->value);
	int n_arms = array == NULL ? 0 : (int) JsonContainerSize(array);
	Arm *arms;
	int n = 0;

	if (array == NULL)
		campaign_definition_build_error(
			build, written->kind_path, "wrong_type",
			"Write an array of {\"when\": CONDITION, \"then\": [steps]}. " LAST_ELSE_HINT,
			"expected an array, found %s", campaign_definition_read_shown(&written->kind->value));
	else if (n_arms < 2)
		campaign_definition_build_error(
			build, written->kind_path, "too_few_cases",
			"Write {\"when\": CONDITION, \"then\": [steps]} at least once. " LAST_ELSE_HINT,
			"a branch has two elements or more, found %d", n_arms);

	arms = palloc(sizeof(Arm) * Max(n_arms, 1));
	while (n < n_arms && !build->stopped)
	{
		take_arm(build, branch, &arms[n], getIthJsonbValueFromContainer(array, n), n == n_arms - 1,
				 campaign_definition_read_item_path(written->kind_path, n));
		n++;
	}
	compile_arms(build, branch, arms, n);
}

/* A percentage of at most four decimals as a share of GRAPH_WHOLE; what is none is a fault, and 0. */
static int
take_percent(DefinitionBuild *build, const JsonPair *pair, const char *path)
{
	Numeric percent;
	Datum scaled;
	Datum whole;

	if (pair->value.type != jbvNumeric)
	{
		campaign_definition_build_error(build, path, "wrong_type", SPLIT_HINT,
										"expected a number, found %s",
										campaign_definition_read_shown(&pair->value));
		return 0;
	}
	percent = pair->value.val.numeric;
	scaled = DirectFunctionCall2(numeric_mul, NumericGetDatum(percent),
								 NumericGetDatum(int64_to_numeric(GRAPH_WHOLE / 100)));
	whole = DirectFunctionCall2(numeric_trunc, scaled, Int32GetDatum(0));
	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, scaled, whole)) ||
		!DatumGetBool(
			DirectFunctionCall2(numeric_gt, scaled, NumericGetDatum(int64_to_numeric(0)))) ||
		!DatumGetBool(DirectFunctionCall2(numeric_le, scaled,
										  NumericGetDatum(int64_to_numeric(GRAPH_WHOLE)))))
	{
		campaign_definition_build_error(
			build, path, "bad_percent",
			"Write a number above 0 and up to 100, with at most four decimals.",
			"%s is not a percentage", campaign_definition_read_shown(&pair->value));
		return 0;
	}
	return (int) DatumGetInt64(DirectFunctionCall1(numeric_int8, whole));
}

/* Reads one element of a split; its share, 0 if it has none that could be read. */
static int
take_share(DefinitionBuild *build, int split, Arm *arm, const JsonbValue *value, const char *path)
{
	static const char *const keys[] = {"percent", "then", NULL};
	JsonbContainer *object = campaign_definition_read_object(value);
	const JsonPair *percent;
	const JsonPair *then;
	JsonPair *pairs;
	int share = 0;
	int n;

	arm->steps = NULL;
	arm->number = -1;
	if (object == NULL)
	{
		campaign_definition_build_error(build, path, "wrong_type", SPLIT_HINT,
										"expected an object, found %s",
										campaign_definition_read_shown(value));
		return 0;
	}
	n = campaign_definition_read_pairs(object, &pairs);
	campaign_definition_build_allow(build, pairs, n, path, keys);
	percent = campaign_definition_read_find(pairs, n, "percent");
	then = campaign_definition_read_find(pairs, n, "then");
	if (percent == NULL)
		campaign_definition_build_missing(build, path, "percent", SPLIT_HINT);
	else
		share = take_percent(build, percent, campaign_definition_read_key_path(path, "percent"));
	if (then == NULL)
		campaign_definition_build_missing(build, path, "then",
										  "A way has an array of steps, which may be empty.");
	else
		take_arm_steps(build, arm, then, path);
	number_case(build, arm,
				campaign_graph_add_share(&build->definition->graph, split, share, GRAPH_NONE),
				path);
	return share;
}

/* Says so if the shares, all of which could be read, do not add up. */
static void
check_shares(DefinitionBuild *build, const char *path, int64 sum)
{
	Datum percent;

	if (sum == GRAPH_WHOLE)
		return;
	percent = DirectFunctionCall2(numeric_div, NumericGetDatum(int64_to_numeric(sum)),
								  NumericGetDatum(int64_to_numeric(GRAPH_WHOLE / 100)));
	campaign_definition_build_error(build, path, "bad_percent", SPLIT_HINT,
									"the percentages add up to %s and not to 100",
									numeric_normalize(DatumGetNumeric(percent)));
}

void
campaign_definition_ways_split(DefinitionBuild *build, const WrittenStep *written)
{
	int split = campaign_definition_build_step(build, GRAPH_SPLIT, written, "split");
	JsonbContainer *array = campaign_definition_read_array(&written->kind->value);
	int n_arms = array == NULL ? 0 : (int) JsonContainerSize(array);
	bool all_read = n_arms >= 2;
	int64 sum = 0;
	Arm *arms;
	int n = 0;

	if (array == NULL)
		campaign_definition_build_error(build, written->kind_path, "wrong_type", SPLIT_HINT,
										"expected an array, found %s",
										campaign_definition_read_shown(&written->kind->value));
	else if (n_arms < 2)
		campaign_definition_build_error(build, written->kind_path, "too_few_cases", SPLIT_HINT,
										"a split has two elements or more, found %d", n_arms);

	arms = palloc(sizeof(Arm) * Max(n_arms, 1));
	while (n < n_arms && !build->stopped)
	{
		int share = take_share(build, split, &arms[n], getIthJsonbValueFromContainer(array, n),
							   campaign_definition_read_item_path(written->kind_path, n));

		all_read = all_read && share > 0;
		sum += share;
		n++;
	}
	if (all_read)
		check_shares(build, written->kind_path, sum);
	compile_arms(build, split, arms, n);
}

void
campaign_definition_ways_goto(DefinitionBuild *build, const WrittenStep *written)
{
	char *name = campaign_definition_read_text(&written->kind->value);
	int index = campaign_definition_build_step(build, GRAPH_GOTO, written, "goto");

	if (name == NULL)
		campaign_definition_build_error(build, written->kind_path, "wrong_type",
										"Write the name of a step.", "expected a text, found %s",
										campaign_definition_read_shown(&written->kind->value));
	else
		campaign_definition_build_goto(build, index, name);
}
