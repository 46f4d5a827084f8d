/*
 * definition.c
 *		From a sequence as written to the graph that the machine walks.
 */
#include "engine/definition.h"

#include "core/graph_check.h"
#include "engine/condition.h"
#include "engine/definition_build.h"
#include "engine/definition_step.h"

#define DEFINITION_MAX_BYTES 4000000

/* Takes the definition apart, if it is an array of anything. */
static void
compile_root(DefinitionBuild *build, Jsonb *json)
{
	JsonbValue root;

	if (json == NULL)
	{
		campaign_definition_build_error(build, "$", "wrong_type", "Write an array of steps.",
										"expected an array of steps, found nothing");
		return;
	}
	if (JB_ROOT_IS_SCALAR(json))
		JsonbExtractScalar(&json->root, &root);
	else
	{
		root.type = jbvBinary;
		root.val.binary.data = &json->root;
		root.val.binary.len = VARSIZE(json) - VARHDRSZ;
	}

	if (campaign_definition_read_array(&root) == NULL)
		campaign_definition_build_error(build, "$", "wrong_type", "Write an array of steps.",
										"expected an array of steps, found %s",
										campaign_definition_read_shown(&root));
	else if (JB_ROOT_COUNT(json) == 0)
		campaign_definition_build_error(build, "$", "empty_sequence",
										"Write at least one step, such as {\"visit\": {}}.",
										"a sequence has at least one step");
	else
		campaign_definition_step_array(build, &json->root, "$");
}

static void
note_graph_fault(DefinitionBuild *build, const GraphFault *fault)
{
	const GraphStep *step = campaign_definition_build_at(build, fault->step);
	const char *path = step->path == NULL ? "$" : step->path;
	const char *name = campaign_definition_read_quoted(step->name);

	switch (fault->code)
	{
		case GRAPH_FAULT_UNREACHABLE:
			campaign_definition_build_error(build, path, "unreachable",
											"Remove the step, or what ends every way to it.",
											"no way leads to step %s", name);
			break;
		case GRAPH_FAULT_LOOP_WITHOUT_DELAY:
			campaign_definition_build_error(build, path, "loop_without_delay",
											"Put a delay into the loop.",
											"a way leads from step %s back to it at once", name);
			break;
		case GRAPH_FAULT_WITHOUT_CONNECTION:
			campaign_definition_build_warning(
				build, path, "without_connection",
				"Begin with {\"only_if\": \"connected\"}, or invite first and wait.",
				"step %s needs a connection, and a way leads there that asks for none", name);
			break;
		case GRAPH_FAULT_WITHOUT_ADDRESS:
			campaign_definition_build_warning(
				build, path, "no_address_source",
				"Find the address first, ask for it ({\"only_if\": \"has_email\"}), or say what "
				"follows without one (\"on_precondition\").",
				"step %s needs an email address, and a way leads there that neither finds one nor "
				"asks for it",
				name);
			break;
		case GRAPH_FAULT_NEVER_HOLDS:
			campaign_definition_build_error(
				build, path, "never_holds", "Make \"after\" shorter than \"within\".",
				"\"after\" of step %s is not shorter than \"within\"", name);
			break;
	}
}

/* What can only be seen of the whole. */
static void
check_graph(DefinitionBuild *build)
{
	Graph *graph = &build->definition->graph;
	int max = 5 * graph->n_steps; /* each step has each fault at most once */
	GraphFault *faults = palloc(sizeof(GraphFault) * max);
	int n;

	if (!campaign_graph_seal(graph))
		elog(ERROR, "a definition without faults did not make a graph");
	n = campaign_graph_check(graph, faults, max);
	for (int i = 0; i < Min(n, max); i++)
		note_graph_fault(build, &faults[i]);
	pfree(faults);
}

/* What is stored with each version and read in each process that runs it. */
static void
check_size(Jsonb *json)
{
	if (json == NULL || VARSIZE(json) <= DEFINITION_MAX_BYTES)
		return;
	ereport(ERROR, errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			errmsg("sequence definition is larger than 4,000,000 bytes"),
			errdetail("It has %d.", (int) VARSIZE(json)),
			errhint("Shorten its texts, or keep them as templates."));
}

Definition *
campaign_definition_compile(Jsonb *json, const ActionKinds *kinds, char **known_facts,
							int n_known_facts, Jsonb *settings, int64 workspace)
{
	Definition *definition = palloc0(sizeof(Definition));
	DefinitionBuild build;

	check_size(json);
	campaign_definition_build_init(&build, definition, kinds);
	build.workspace = workspace;
	definition->n_facts = Min(n_known_facts, DEFINITION_MAX_FACTS);
	for (int i = 0; i < definition->n_facts; i++)
		definition->fact_kinds[i] = known_facts[i] == NULL ? NULL : pstrdup(known_facts[i]);

	compile_root(&build, json);
	campaign_condition_settings(&build, settings);
	campaign_definition_build_finish(&build);
	if (definition->n_errors == 0)
		check_graph(&build);
	return definition;
}

void
campaign_definition_require(const Definition *definition)
{
	ListCell *cell;

	foreach (cell, definition->faults)
	{
		const DefinitionFault *fault = lfirst(cell);

		if (strcmp(fault->severity, "error") == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 fault->path[0] == '$' ? errmsg("sequence definition is not valid")
										   : errmsg("settings of the campaign are not valid"),
					 errdetail("%s: %s.", fault->path, fault->detail),
					 fault->hint == NULL ? 0 : errhint("%s", fault->hint)));
	}
}

const char *
campaign_definition_kind_name(GraphStepKind kind)
{
	switch (kind)
	{
		case GRAPH_ACTION:
			return "action";
		case GRAPH_DELAY:
			return "delay";
		case GRAPH_ONLY_IF:
			return "only_if";
		case GRAPH_WAIT:
			return "wait";
		case GRAPH_BRANCH:
			return "branch";
		case GRAPH_SPLIT:
			return "split";
		case GRAPH_GOTO:
			return "goto";
		case GRAPH_SET:
			return "set";
		case GRAPH_ENROLL:
			return "enroll";
		case GRAPH_STAGE:
			return "stage";
		case GRAPH_END:
			return "end";
	}
	return NULL;
}
