/*
 * graph_links.c
 *		The ways on from a step, with what is known of whoever takes them.
 *
 * What machine.c does at a step must agree with it. Which way a run takes is decided there alone.
 */
#include "core/graph_links.h"

/* The relations that are possible where the condition was found to hold, or not to hold. */
static uint64_t
relations_where(GraphCondition condition, bool holds)
{
	if (condition.source == GRAPH_ALWAYS)
		return holds ? GRAPH_RELATIONS : 0;
	if (condition.source != GRAPH_BY_STATE)
		return GRAPH_RELATIONS;
	if (holds == condition.negated)
		return GRAPH_RELATIONS & ~condition.mask;
	return (condition.mask & ~GRAPH_RELATIONS) != 0 ? GRAPH_RELATIONS : condition.mask;
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
branch_link_at(const Graph *graph, const GraphStep *step, int i, GraphLink *link)
{
	uint64_t relations = GRAPH_RELATIONS;
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
split_link_at(const Graph *graph, const GraphStep *step, int i, GraphLink *link)
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

bool
campaign_graph_link_at(const Graph *graph, int from, int i, GraphLink *link)
{
	const GraphStep *step = &graph->steps[from];

	if (step->aside || (step->kind == GRAPH_STAGE && step->end != END_NONE))
		return false;
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
		case GRAPH_STAGE:
			/* an event that has come already lets it go on at once */
			link->takes_time = !step->disabled && step->condition.source == GRAPH_ALWAYS;
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
