/*
 * graph.c
 *		Building a graph, what its conditions say, and what sealing derives from it.
 *
 * Where a walk can go from a step is in graph_links.c, what is wrong with a graph in graph_check.c.
 */
#include "core/graph.h"

#include <stddef.h>
#include <string.h>

#include "core/graph_links.h"
#include "core/scatter.h"

void
campaign_graph_init(Graph *graph, GraphStep *steps, int max_steps, GraphCase *cases, int max_cases)
{
	memset(graph, 0, sizeof(*graph));
	graph->steps = steps;
	graph->max_steps = max_steps < GRAPH_MAX_STEPS ? max_steps : GRAPH_MAX_STEPS;
	graph->cases = cases;
	graph->max_cases = max_cases;
}

int
campaign_graph_add_step(Graph *graph, GraphStepKind kind, const char *name, const char *path)
{
	GraphStep *step;

	if (graph->n_steps >= graph->max_steps)
		return GRAPH_NONE;

	step = &graph->steps[graph->n_steps];
	memset(step, 0, sizeof(*step));
	step->kind = kind;
	step->name = name;
	step->path = path;
	step->next = GRAPH_NONE;
	step->otherwise = GRAPH_NONE;
	return graph->n_steps++;
}

bool
campaign_graph_add_case(Graph *graph, int branch, GraphCondition when, int target)
{
	GraphStep *step = &graph->steps[branch];

	if (graph->n_cases >= graph->max_cases)
		return false;
	if (step->n_cases == 0)
		step->first_case = graph->n_cases;
	else if (step->first_case + step->n_cases != graph->n_cases)
		return false;

	graph->cases[graph->n_cases].when = when;
	graph->cases[graph->n_cases].upto = 0;
	graph->cases[graph->n_cases].target = target;
	graph->n_cases++;
	step->n_cases++;
	return true;
}

bool
campaign_graph_add_share(Graph *graph, int split, int share, int target)
{
	const GraphStep *step = &graph->steps[split];
	GraphCondition always = {.source = GRAPH_ALWAYS};
	int before = step->n_cases == 0 ? 0 : graph->cases[graph->n_cases - 1].upto;

	if (!campaign_graph_add_case(graph, split, always, target))
		return false;
	graph->cases[graph->n_cases - 1].upto = before + share;
	return true;
}

bool
campaign_graph_holds(GraphCondition condition, uint64_t states, uint64_t events)
{
	uint64_t facts = condition.source == GRAPH_BY_EVENT ? events : states;

	if (condition.source == GRAPH_ALWAYS)
		return true;
	return ((facts & condition.mask) != 0) != condition.negated;
}

/* Relations are reported whoever changes them; addresses, the stop list and documents are not. */
bool
campaign_graph_unreported(GraphCondition condition)
{
	if (condition.source == GRAPH_BY_STATE)
		return (condition.mask & (GRAPH_STATE_HAS_EMAIL | GRAPH_STATE_SUPPRESSED)) != 0;
	return condition.source == GRAPH_BY_PATH;
}

/* What a condition has to know. */
static unsigned
reads_of(GraphCondition condition)
{
	unsigned reads = 0;

	/* the document tells of all states */
	if (condition.source == GRAPH_BY_PATH)
		return GRAPH_READS_PATHS | GRAPH_READS_RELATION | GRAPH_READS_EMAIL;
	if (condition.source != GRAPH_BY_STATE)
		return 0;
	if (condition.mask & GRAPH_RELATIONS)
		reads |= GRAPH_READS_RELATION;
	if (condition.mask & GRAPH_STATE_HAS_EMAIL)
		reads |= GRAPH_READS_EMAIL;
	return reads;
}

/* What entering this step alone has to know. The "if" of an action is read when it is sent. */
static unsigned
own_reads(const Graph *graph, const GraphStep *step)
{
	unsigned reads = 0;

	switch (step->kind)
	{
		case GRAPH_ACTION:
			reads = GRAPH_READS_ACCOUNT;
			if (step->requires == GRAPH_REQUIRES_EMAIL)
				reads |= GRAPH_READS_EMAIL;
			else if (step->requires != GRAPH_REQUIRES_NOTHING)
				reads |= GRAPH_READS_RELATION;
			break;
		case GRAPH_ONLY_IF:
		case GRAPH_WAIT:
			reads = reads_of(step->condition);
			break;
		case GRAPH_BRANCH:
			for (int i = 0; i < step->n_cases; i++)
				reads |= reads_of(graph->cases[step->first_case + i].when);
			break;
		case GRAPH_DELAY:
			if (step->delay_kind == GRAPH_DELAY_BUSINESS_DAYS)
				reads = GRAPH_READS_HOLIDAYS;
			else if (step->delay_kind == GRAPH_DELAY_DATE)
				reads = GRAPH_READS_DATES;
			break;
		case GRAPH_STAGE:
			reads = step->gated ? GRAPH_READS_OPT_IN : 0;
			break;
		case GRAPH_SPLIT:
		case GRAPH_GOTO:
		case GRAPH_SET:
		case GRAPH_ENROLL:
		case GRAPH_END:
			break;
	}
	return reads;
}

static uint64_t
path_of(GraphCondition condition)
{
	return condition.source == GRAPH_BY_PATH ? condition.mask : 0;
}

/* The paths that entering this step alone asks. */
static uint64_t
own_paths(const Graph *graph, const GraphStep *step)
{
	uint64_t paths = 0;

	if (step->kind == GRAPH_ONLY_IF || step->kind == GRAPH_WAIT)
		return path_of(step->condition);
	for (int i = 0; step->kind == GRAPH_BRANCH && i < step->n_cases; i++)
		paths |= path_of(graph->cases[step->first_case + i].when);
	return paths;
}

uint64_t
campaign_graph_paths_sending(const Graph *graph, int step)
{
	return graph->paths | path_of(graph->hold_if) | path_of(graph->steps[step].condition);
}

bool
campaign_graph_asks_path(const Graph *graph, int step)
{
	const GraphStep *one = &graph->steps[step];

	return own_paths(graph, one) != 0 ||
		   (one->kind == GRAPH_DELAY && one->delay_kind == GRAPH_DELAY_DATE);
}

/* True if every link of the step points at a step and its numbers make sense. */
static bool
step_complete(const Graph *graph, int index)
{
	const GraphStep *step = &graph->steps[index];
	GraphLink link;

	if (step->kind == GRAPH_END)
		return step->end != END_NONE;
	if (step->kind == GRAPH_DELAY && step->delay_kind == GRAPH_DELAY_BUSINESS_DAYS &&
		step->days <= 0)
		return false;
	/* nothing follows a stage that ends the run, so nothing may let it go on */
	if (step->kind == GRAPH_STAGE && step->end != END_NONE &&
		(step->disabled || step->condition.source != GRAPH_ALWAYS))
		return false;
	if (step->delay < 0 || step->after < 0 || step->within < 0)
		return false;
	if (step->n_messages < 0 || index + step->n_messages >= graph->n_steps)
		return false;
	if (step->first_case < 0 || step->n_cases < 0 ||
		step->first_case + step->n_cases > graph->n_cases)
		return false;
	if (step->kind == GRAPH_SPLIT &&
		(step->n_cases == 0 ||
		 graph->cases[step->first_case + step->n_cases - 1].upto != GRAPH_WHOLE))
		return false;
	for (int i = 0; campaign_graph_link_at(graph, index, i, &link); i++)
		if (link.target < 0 || link.target >= graph->n_steps)
			return false;
	return true;
}

/* A number of a name. */
static uint64_t
salt_of(const char *name)
{
	uint64_t salt = 0;

	for (; name != NULL && *name != '\0'; name++)
		salt = campaign_scatter(salt ^ (unsigned char) *name);
	return salt;
}

bool
campaign_graph_seal(Graph *graph)
{
	bool changed = true;
	GraphLink link;

	if (graph->n_steps == 0)
		return false;
	graph->by_calendar = false;
	graph->has_stages = false;
	graph->dropped = GRAPH_NONE;
	for (int s = 0; s < graph->n_steps; s++)
	{
		if (!step_complete(graph, s))
			return false;
		graph->steps[s].reads = own_reads(graph, &graph->steps[s]);
		graph->steps[s].salt = salt_of(graph->steps[s].name);
		graph->steps[s].paths = own_paths(graph, &graph->steps[s]);
		if (graph->steps[s].kind == GRAPH_DELAY && graph->steps[s].delay_kind != GRAPH_DELAY_LENGTH)
			graph->by_calendar = true;
		if (graph->steps[s].kind != GRAPH_STAGE)
			continue;
		graph->has_stages = true;
		if (graph->steps[s].aside)
			graph->dropped = s;
	}
	graph->reads = reads_of(graph->goal) | reads_of(graph->exit_if);
	graph->paths = path_of(graph->goal) | path_of(graph->exit_if);

	/* Backwards, since most links point forward: without loops two turns are enough. */
	while (changed)
	{
		changed = false;
		for (int s = graph->n_steps - 1; s >= 0; s--)
		{
			GraphStep *step = &graph->steps[s];
			unsigned reads = step->reads;
			uint64_t paths = step->paths;

			/* a walk does not go on from an action, unless it cannot even begin */
			for (int i = step->kind == GRAPH_ACTION ? 1 : 0;
				 campaign_graph_link_at(graph, s, i, &link); i++)
			{
				reads |= graph->steps[link.target].reads;
				paths |= graph->steps[link.target].paths;
			}
			changed = changed || reads != step->reads || paths != step->paths;
			step->reads = reads;
			step->paths = paths;
		}
	}
	return true;
}

const char *
campaign_graph_end_name(EndKind end)
{
	switch (end)
	{
		case END_NONE:
			break;
		case END_SUCCESS:
			return "success";
		case END_FAILURE:
			return "failure";
		case END_END:
			return "end";
		case END_ERROR:
			return "error";
		case END_REMOVED:
			return "removed";
		case END_ARCHIVED:
			return "archived";
	}
	return NULL;
}
