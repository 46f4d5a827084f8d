/*
 * graph.c
 *		Building a graph, and looking for its faults.
 *
 * Everything here that asks where a walk can go from a step does so through link_at(); what machine.c
 * does at a step must agree with it.
 */
#include "core/graph.h"

#include <stddef.h>
#include <string.h>

#include "core/scatter.h"

/* The relation is exactly one of these at any time. */
#define RELATIONS                                                                                  \
	((uint64_t) (GRAPH_STATE_CONNECTED | GRAPH_STATE_PENDING | GRAPH_STATE_NOT_CONNECTED))

#define WORD_BITS 64
#define ROW_WORDS (GRAPH_MAX_STEPS / WORD_BITS)

/* One way on from a step. */
typedef struct Link
{
	int target;
	bool takes_time; /* no walk takes it without time passing */
	bool connects;   /* whoever takes it has asked for a connection, or has one */
	bool addresses;  /* whoever takes it has looked for an address, or has one */
} Link;

/* Which steps each step can come to. */
typedef struct Closure
{
	uint64_t row[GRAPH_MAX_STEPS][ROW_WORDS];
} Closure;

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

/* The relations that are possible where the condition was found to hold, or not to hold. */
static uint64_t
relations_where(GraphCondition condition, bool holds)
{
	if (condition.source == GRAPH_ALWAYS)
		return holds ? RELATIONS : 0;
	if (condition.source != GRAPH_BY_STATE)
		return RELATIONS;
	if (holds == condition.negated)
		return RELATIONS & ~condition.mask;
	return (condition.mask & ~RELATIONS) != 0 ? RELATIONS : condition.mask;
}

/* True if these relations say that there is a connection (or that nobody comes here at all). */
static bool
connected_only(uint64_t relations)
{
	return (relations & ~(uint64_t) GRAPH_STATE_CONNECTED) == 0;
}

/* True if there is an address where the condition was found to hold, or not to hold. */
static bool
addressed_where(GraphCondition condition, bool holds)
{
	return condition.source == GRAPH_BY_STATE && condition.mask == GRAPH_STATE_HAS_EMAIL &&
		   holds != condition.negated;
}

/* The i-th way on from a branch: its cases in order, and then its else. */
static bool
branch_link_at(const Graph *graph, const GraphStep *step, int i, Link *link)
{
	uint64_t relations = RELATIONS;
	const GraphCase *cases = &graph->cases[step->first_case];

	if (i > step->n_cases)
		return false;
	link->addresses = i < step->n_cases && addressed_where(cases[i].when, true);
	for (int before = 0; before < i; before++)
	{
		relations &= relations_where(cases[before].when, false);
		link->addresses = link->addresses || addressed_where(cases[before].when, false);
	}
	if (i < step->n_cases)
		relations &= relations_where(cases[i].when, true);

	link->target = i < step->n_cases ? cases[i].target : step->otherwise;
	link->takes_time = false;
	link->connects = connected_only(relations);
	return true;
}

/* The i-th way on from a split. */
static bool
split_link_at(const Graph *graph, const GraphStep *step, int i, Link *link)
{
	if (i >= step->n_cases)
		return false;
	link->target = graph->cases[step->first_case + i].target;
	link->takes_time = false;
	link->connects = false;
	link->addresses = false;
	return true;
}

/* True if a step that is neither branch, split nor end has a second way on. */
static bool
has_other_way(const GraphStep *step)
{
	return step->kind == GRAPH_WAIT || ((step->kind == GRAPH_ACTION || step->kind == GRAPH_DELAY) &&
										step->otherwise != GRAPH_NONE);
}

/* The i-th way on from a step; false if it has no more. */
static bool
link_at(const Graph *graph, int from, int i, Link *link)
{
	const GraphStep *step = &graph->steps[from];

	if (step->kind == GRAPH_BRANCH)
		return branch_link_at(graph, step, i, link);
	if (step->kind == GRAPH_SPLIT)
		return split_link_at(graph, step, i, link);
	if (step->kind == GRAPH_END || step->kind == GRAPH_ENROLL || i > (has_other_way(step) ? 1 : 0))
		return false;

	link->target = i == 0 ? step->next : step->otherwise;
	link->takes_time = false;
	link->connects = false;
	link->addresses = false;
	switch (step->kind)
	{
		case GRAPH_ACTION:
			link->addresses =
				i == 0 && (step->finds_email || step->requires == GRAPH_REQUIRES_EMAIL);
			link->connects =
				i == 0 && (step->creates_relation || step->requires == GRAPH_REQUIRES_CONNECTED);
			break;
		case GRAPH_DELAY:
			/* a date may have passed; business days and the next day are always still to come */
			link->takes_time = step->delay_kind == GRAPH_DELAY_LENGTH
								   ? step->delay > 0
								   : step->delay_kind != GRAPH_DELAY_DATE;
			break;
		case GRAPH_ONLY_IF:
			link->connects = connected_only(relations_where(step->condition, true));
			link->addresses = addressed_where(step->condition, true);
			break;
		case GRAPH_WAIT:
			link->takes_time = (i == 0 ? step->after : step->within) > 0;
			link->connects = connected_only(relations_where(step->condition, i == 0));
			link->addresses = addressed_where(step->condition, i == 0);
			break;
		case GRAPH_BRANCH:
		case GRAPH_SPLIT:
		case GRAPH_GOTO:
		case GRAPH_SET:
		case GRAPH_ENROLL:
		case GRAPH_END:
			break;
	}
	return true;
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
	if (condition.mask & RELATIONS)
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
	Link link;

	if (step->kind == GRAPH_END)
		return step->end != END_NONE;
	if (step->kind == GRAPH_DELAY && step->delay_kind == GRAPH_DELAY_BUSINESS_DAYS &&
		step->days <= 0)
		return false;
	if (step->delay < 0 || step->after < 0 || step->within < 0)
		return false;
	if (step->first_case < 0 || step->n_cases < 0 ||
		step->first_case + step->n_cases > graph->n_cases)
		return false;
	if (step->kind == GRAPH_SPLIT &&
		(step->n_cases == 0 ||
		 graph->cases[step->first_case + step->n_cases - 1].upto != GRAPH_WHOLE))
		return false;
	for (int i = 0; link_at(graph, index, i, &link); i++)
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
	Link link;

	if (graph->n_steps == 0)
		return false;
	graph->by_calendar = false;
	for (int s = 0; s < graph->n_steps; s++)
	{
		if (!step_complete(graph, s))
			return false;
		graph->steps[s].reads = own_reads(graph, &graph->steps[s]);
		graph->steps[s].salt = salt_of(graph->steps[s].name);
		graph->steps[s].paths = own_paths(graph, &graph->steps[s]);
		if (graph->steps[s].kind == GRAPH_DELAY && graph->steps[s].delay_kind != GRAPH_DELAY_LENGTH)
			graph->by_calendar = true;
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
			for (int i = step->kind == GRAPH_ACTION ? 1 : 0; link_at(graph, s, i, &link); i++)
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

/* Which walks are followed. */
typedef enum WalkKind
{
	WALK_ANY,
	WALK_UNCONNECTED, /* that take no link that connects */
	WALK_UNADDRESSED  /* that take none that addresses */
} WalkKind;

static bool
walk_takes(WalkKind kind, const Link *link)
{
	return !(kind == WALK_UNCONNECTED && link->connects) &&
		   !(kind == WALK_UNADDRESSED && link->addresses);
}

/* Marks every step to which such a walk comes. */
static void
mark_reached(const Graph *graph, WalkKind kind, bool *reached)
{
	int waiting[GRAPH_MAX_STEPS];
	int n_waiting = 0;
	Link link;

	memset(reached, 0, sizeof(bool) * GRAPH_MAX_STEPS);
	reached[0] = true;
	waiting[n_waiting++] = 0;
	while (n_waiting > 0)
	{
		int from = waiting[--n_waiting];

		for (int i = 0; link_at(graph, from, i, &link); i++)
		{
			if (reached[link.target] || !walk_takes(kind, &link))
				continue;
			reached[link.target] = true;
			waiting[n_waiting++] = link.target;
		}
	}
}

static bool
closure_has(const Closure *closure, int from, int to)
{
	return (closure->row[from][to / WORD_BITS] >> (to % WORD_BITS)) & 1;
}

/* Warshall's closure over the links that take no time. */
static void
close_without_time(const Graph *graph, Closure *closure)
{
	Link link;

	memset(closure, 0, sizeof(*closure));
	for (int s = 0; s < graph->n_steps; s++)
		for (int i = 0; link_at(graph, s, i, &link); i++)
			if (!link.takes_time)
				closure->row[s][link.target / WORD_BITS] |= UINT64_C(1)
															<< (link.target % WORD_BITS);

	for (int via = 0; via < graph->n_steps; via++)
		for (int from = 0; from < graph->n_steps; from++)
			if (closure_has(closure, from, via))
				for (int word = 0; word < ROW_WORDS; word++)
					closure->row[from][word] |= closure->row[via][word];
}

/* True if the step is the first of a loop on which no time need pass. */
static bool
begins_loop(const Closure *closure, int step)
{
	if (!closure_has(closure, step, step))
		return false;
	for (int before = 0; before < step; before++)
		if (closure_has(closure, step, before) && closure_has(closure, before, step))
			return false;
	return true;
}

static int
add_fault(GraphFault *faults, int max, int n, int step, GraphFaultCode code)
{
	if (n < max)
	{
		faults[n].step = step;
		faults[n].code = code;
	}
	return n + 1;
}

int
campaign_graph_check(const Graph *graph, GraphFault *faults, int max)
{
	bool reached[GRAPH_MAX_STEPS];
	bool bare[GRAPH_MAX_STEPS];
	bool unaddressed[GRAPH_MAX_STEPS];
	Closure closure;
	int n = 0;

	mark_reached(graph, WALK_ANY, reached);
	mark_reached(graph, WALK_UNCONNECTED, bare);
	mark_reached(graph, WALK_UNADDRESSED, unaddressed);
	close_without_time(graph, &closure);

	for (int s = 0; s < graph->n_steps; s++)
	{
		const GraphStep *step = &graph->steps[s];

		if (!reached[s])
		{
			if (step->path != NULL)
				n = add_fault(faults, max, n, s, GRAPH_FAULT_UNREACHABLE);
			continue;
		}
		if (begins_loop(&closure, s))
			n = add_fault(faults, max, n, s, GRAPH_FAULT_LOOP_WITHOUT_DELAY);
		if (bare[s] && step->kind == GRAPH_ACTION && step->requires == GRAPH_REQUIRES_CONNECTED)
			n = add_fault(faults, max, n, s, GRAPH_FAULT_WITHOUT_CONNECTION);
		if (unaddressed[s] && step->kind == GRAPH_ACTION &&
			step->requires == GRAPH_REQUIRES_EMAIL && step->otherwise == GRAPH_NONE)
			n = add_fault(faults, max, n, s, GRAPH_FAULT_WITHOUT_ADDRESS);
		if (step->kind == GRAPH_WAIT && step->after >= step->within)
			n = add_fault(faults, max, n, s, GRAPH_FAULT_NEVER_HOLDS);
	}
	return n;
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
