/*
 * definition_build.c
 *		What is carried along while a definition is compiled, and how steps are strung together.
 */
#include "engine/definition_build.h"

/* More errors than this help nobody, and a definition is anybody's input. */
#define MAX_ERRORS 200

/* So many names of steps are listed in a hint. */
#define SHOWN_NAMES 20

/* A link to a step by its name. */
typedef struct Goto
{
	int from;
	const char *name;
} Goto;

static const struct
{
	const char *name; /* in definitions, and of the step */
	EndKind kind;
	const char *code; /* that of runs which leave by it */
} shared_ends[N_SHARED_ENDS] = {
	{"success", END_SUCCESS, NULL}, {"failure", END_FAILURE, "timed_out"}, {"end", END_END, NULL}};

void
campaign_definition_build_init(DefinitionBuild *build, Definition *definition,
							   const ActionKinds *kinds)
{
	int max_steps = DEFINITION_MAX_STEPS + N_SHARED_ENDS;

	StaticAssertStmt(DEFINITION_MAX_STEPS + N_SHARED_ENDS <= GRAPH_MAX_STEPS,
					 "a graph has room for every definition that is accepted");
	memset(build, 0, sizeof(*build));
	build->definition = definition;
	build->kinds = kinds;
	campaign_graph_init(&definition->graph, palloc(sizeof(GraphStep) * max_steps), max_steps,
						palloc(sizeof(GraphCase) * DEFINITION_MAX_CASES), DEFINITION_MAX_CASES);
	definition->steps = palloc0(sizeof(StepContent) * max_steps);
}

static void
lead_to(List *links, int step)
{
	ListCell *cell;

	foreach (cell, links)
		*(int *) lfirst(cell) = step;
}

int
campaign_definition_build_step(DefinitionBuild *build, GraphStepKind kind,
							   const WrittenStep *written, const char *default_name)
{
	int step =
		campaign_graph_add_step(&build->definition->graph, kind, written->name, written->kind_path);

	if (step == GRAPH_NONE)
		elog(ERROR, "more steps than a graph has room for");
	build->default_names[step] = default_name;
	lead_to(build->loose, step);
	build->loose = NIL;
	return step;
}

int
campaign_definition_build_aside(DefinitionBuild *build, GraphStepKind kind,
								const WrittenStep *written, const char *default_name)
{
	List *loose = build->loose;
	int step;

	build->loose = NIL;
	step = campaign_definition_build_step(build, kind, written, default_name);
	build->definition->graph.steps[step].aside = true;
	build->loose = loose;
	return step;
}

GraphStep *
campaign_definition_build_at(DefinitionBuild *build, int step)
{
	return &build->definition->graph.steps[step];
}

void
campaign_definition_build_loose(DefinitionBuild *build, int *link)
{
	build->loose = lappend(build->loose, link);
}

void
campaign_definition_build_leave(DefinitionBuild *build, int *link, SharedEnd end)
{
	build->ends[end] = lappend(build->ends[end], link);
}

void
campaign_definition_build_goto(DefinitionBuild *build, int step, const char *name)
{
	Goto *link = palloc(sizeof(Goto));

	link->from = step;
	link->name = name;
	build->gotos = lappend(build->gotos, link);
}

SharedEnd
campaign_definition_build_end_named(const char *name)
{
	int end = 0;

	while (end < N_SHARED_ENDS && strcmp(shared_ends[end].name, name) != 0)
		end++;
	return (SharedEnd) end;
}

static void
make_shared_end(DefinitionBuild *build, SharedEnd end)
{
	WrittenStep written = {0};
	GraphStep *made;
	int step;

	if (build->ends[end] == NIL)
		return;
	step = campaign_definition_build_step(build, GRAPH_END, &written, shared_ends[end].name);
	made = campaign_definition_build_at(build, step);
	made->end = shared_ends[end].kind;
	made->code = shared_ends[end].code;
	lead_to(build->ends[end], step);
}

static bool
name_taken(const Graph *graph, const char *name)
{
	for (int i = 0; i < graph->n_steps; i++)
		if (graph->steps[i].name != NULL && strcmp(graph->steps[i].name, name) == 0)
			return true;
	return false;
}

/*
 * Gives a name to each step that has none: message, message_2, ... passing over names that the
 * definition gives.
 */
static void
name_steps(DefinitionBuild *build)
{
	Graph *graph = &build->definition->graph;
	bool nameless[GRAPH_MAX_STEPS];

	for (int i = 0; i < graph->n_steps; i++)
		nameless[i] = graph->steps[i].name == NULL;
	for (int i = 0; i < graph->n_steps; i++)
	{
		const char *base = build->default_names[i];
		const char *name = base;
		int number = 1;

		if (!nameless[i])
			continue;
		for (int before = 0; before < i; before++)
			if (nameless[before] && strcmp(build->default_names[before], base) == 0)
				number++;
		if (number > 1)
			name = psprintf("%s_%d", base, number);
		while (name_taken(graph, name))
			name = psprintf("%s_%d", base, ++number);
		graph->steps[i].name = name;
	}
}

/* The names of steps that can be gone to, for people. */
static char *
names_hint(const Graph *graph)
{
	StringInfoData hint;
	int n = 0;

	initStringInfo(&hint);
	for (int i = 0; i < graph->n_steps; i++)
	{
		if (graph->steps[i].path == NULL)
			continue;
		if (++n > SHOWN_NAMES)
		{
			appendStringInfoString(&hint, ", ...");
			break;
		}
		appendStringInfo(&hint, "%s%s",
						 n > 1 ? ", " : "Write the name of a step: ", graph->steps[i].name);
	}
	appendStringInfoChar(&hint, '.');
	return hint.data;
}

/* Ends that no step is written for bear names too, and are not gone to: there is {"end": ...}. */
static void
find_gotos(DefinitionBuild *build)
{
	Graph *graph = &build->definition->graph;
	ListCell *cell;

	foreach (cell, build->gotos)
	{
		const Goto *link = lfirst(cell);
		GraphStep *from = &graph->steps[link->from];
		int to = 0;

		while (to < graph->n_steps &&
			   (graph->steps[to].path == NULL || strcmp(graph->steps[to].name, link->name) != 0))
			to++;
		if (to < graph->n_steps)
			from->next = to;
		else
			campaign_definition_build_error(build, from->path, "unknown_step", names_hint(graph),
											"there is no step %s",
											campaign_definition_read_quoted(link->name));
	}
}

void
campaign_definition_build_finish(DefinitionBuild *build)
{
	Definition *definition = build->definition;
	Graph *graph = &definition->graph;

	build->ends[SHARED_SUCCESS] = list_concat(build->ends[SHARED_SUCCESS], build->loose);
	build->loose = NIL;
	for (int end = 0; end < N_SHARED_ENDS; end++)
		make_shared_end(build, (SharedEnd) end);
	name_steps(build);
	find_gotos(build);

	/* No link is written after this, so the arrays may move. */
	graph->max_steps = graph->n_steps;
	graph->max_cases = graph->n_cases;
	graph->steps = repalloc(graph->steps, sizeof(GraphStep) * Max(graph->n_steps, 1));
	graph->cases = repalloc(graph->cases, sizeof(GraphCase) * Max(graph->n_cases, 1));
	definition->steps = repalloc(definition->steps, sizeof(StepContent) * Max(graph->n_steps, 1));
}

static char *format_detail(const char *format, va_list args) pg_attribute_printf(1, 0);

static char *
format_detail(const char *format, va_list args)
{
	StringInfoData detail;
	int needed;
	va_list again;

	initStringInfo(&detail);
	for (;;)
	{
		va_copy(again, args);
		needed = appendStringInfoVA(&detail, format, again);
		va_end(again);
		if (needed == 0)
			return detail.data;
		enlargeStringInfo(&detail, needed);
	}
}

static void
add_fault(DefinitionBuild *build, const char *path, const char *severity, const char *code,
		  const char *hint, char *detail)
{
	DefinitionFault *fault = palloc(sizeof(DefinitionFault));

	fault->path = pstrdup(path);
	fault->severity = severity;
	fault->code = code;
	fault->detail = detail;
	fault->hint = hint == NULL ? NULL : pstrdup(hint);
	build->definition->faults = lappend(build->definition->faults, fault);
}

void
campaign_definition_build_error(DefinitionBuild *build, const char *path, const char *code,
								const char *hint, const char *detail, ...)
{
	va_list args;

	if (build->definition->n_errors >= MAX_ERRORS)
		return;
	va_start(args, detail);
	add_fault(build, path, "error", code, hint, format_detail(detail, args));
	va_end(args);
	build->definition->n_errors++;
}

void
campaign_definition_build_warning(DefinitionBuild *build, const char *path, const char *code,
								  const char *hint, const char *detail, ...)
{
	va_list args;

	va_start(args, detail);
	add_fault(build, path, "warning", code, hint, format_detail(detail, args));
	va_end(args);
}

void
campaign_definition_build_allow(DefinitionBuild *build, const JsonPair *pairs, int n,
								const char *path, const char *const *allowed)
{
	StringInfoData known;

	initStringInfo(&known);
	for (int k = 0; allowed[k] != NULL; k++)
		appendStringInfo(&known, "%s%s", k > 0 ? ", " : "", allowed[k]);
	for (int i = 0; i < n; i++)
	{
		int k = 0;

		while (allowed[k] != NULL && strcmp(allowed[k], pairs[i].key) != 0)
			k++;
		if (allowed[k] == NULL)
			campaign_definition_build_error(
				build, campaign_definition_read_key_path(path, pairs[i].key), "unknown_key",
				known.len > 0 ? psprintf("Keys here are %s.", known.data)
							  : "There are no keys here.",
				"unknown key %s", campaign_definition_read_quoted(pairs[i].key));
	}
}

void
campaign_definition_build_missing(DefinitionBuild *build, const char *path, const char *key,
								  const char *hint)
{
	campaign_definition_build_error(build, campaign_definition_read_key_path(path, key),
									"missing_key", hint, "\"%s\" is required", key);
}
