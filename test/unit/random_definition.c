/*
 * random_definition.c
 *		Random sequences as users write them, and the graph that they are compiled to.
 *
 * Steps are strung together as the compiler does it: links to whatever comes next are kept as loose
 * ends, which the next step takes up, and what is loose at the end leads to success.
 */
#include "random_definition.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/graph_check.h"

#define MAX_DEPTH 3
#define MAX_LOOSE RANDOM_MAX_STEPS

const char *const random_definition_events[DEFINITION_EVENTS] = {"clicked", "opened", "replied"};

typedef struct Links
{
	int *items[MAX_LOOSE];
	int n;
} Links;

typedef struct Writing
{
	RandomDefinition *made;
	Random *random;
	int length; /* of the text */
	Links loose;
	Links success;
	Links failure;
	Links end;
	bool full;
} Writing;

static void
put(Writing *writing, const char *format, ...)
{
	char *at = writing->made->json + writing->length;
	int room = DEFINITION_BYTES - writing->length;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(at, (size_t) room, format, args);
	va_end(args);
	if (n >= room)
		writing->full = true;
	else
		writing->length += n;
}

static void
add_link(Writing *writing, Links *links, int *link)
{
	if (links->n < MAX_LOOSE)
		links->items[links->n++] = link;
	else
		writing->full = true;
}

static void
lead_to(Links *links, int step)
{
	for (int i = 0; i < links->n; i++)
		*links->items[i] = step;
	links->n = 0;
}

/* A step to which all loose ends lead; NULL when there is no room. */
static GraphStep *
make_step(Writing *writing, GraphStepKind kind)
{
	RandomDefinition *made = writing->made;
	int index = campaign_graph_add_step(&made->graph, kind, NULL, "$");

	if (index == GRAPH_NONE)
	{
		writing->full = true;
		return NULL;
	}
	snprintf(made->names[index], sizeof(made->names[index]), "s%d", index);
	made->steps[index].name = made->names[index];
	lead_to(&writing->loose, index);
	return &made->steps[index];
}

static GraphCondition
put_condition(Writing *writing, bool waits)
{
	static const struct
	{
		const char *name;
		uint64_t mask;
	} states[] = {{"connected", GRAPH_STATE_CONNECTED},
				  {"pending", GRAPH_STATE_PENDING},
				  {"not_connected", GRAPH_STATE_NOT_CONNECTED},
				  {"has_email", GRAPH_STATE_HAS_EMAIL}};
	GraphCondition condition = {.negated = random_chance(writing->random, 30)};
	const char *name;
	int which;

	if (random_chance(writing->random, 50))
	{
		which = random_below(writing->random, DEFINITION_EVENTS);
		name = random_definition_events[which];
		condition.source = GRAPH_BY_EVENT;
		condition.mask = UINT64_C(1) << which;
	}
	else
	{
		/* an address is not reported, so a wait for one is looked at all the time */
		which = random_below(writing->random, waits ? 3 : 4);
		name = states[which].name;
		condition.source = GRAPH_BY_STATE;
		condition.mask = states[which].mask;
	}
	put(writing, "\"%s%s\"", condition.negated ? "not " : "", name);
	return condition;
}

static void put_steps(Writing *writing, int depth);

/* One of the two, or steps in brackets. */
static void
put_way_out(Writing *writing, int *link, int depth)
{
	int dice = random_below(writing->random, 100);

	if (dice < 20)
	{
		put(writing, "\"failure\"");
		add_link(writing, &writing->failure, link);
	}
	else if (dice < 30)
	{
		put(writing, "\"end\"");
		add_link(writing, &writing->end, link);
	}
	else if (dice < 40)
	{
		put(writing, "\"success\"");
		add_link(writing, &writing->success, link);
	}
	else if (dice < 60)
	{
		put(writing, "\"continue\"");
		add_link(writing, &writing->loose, link);
	}
	else
	{
		add_link(writing, &writing->loose, link);
		put_steps(writing, depth + 1);
	}
}

static void
put_precondition(Writing *writing, GraphStep *step, int depth)
{
	int dice = random_below(writing->random, 100);

	if (dice < 30)
		return;
	put(writing, ", \"on_precondition\": ");
	if (dice < 40)
	{
		put(writing, "\"error\"");
		return;
	}
	add_link(writing, &writing->loose, &step->otherwise);
	if (dice < 65)
		put(writing, "\"skip\"");
	else
		put_steps(writing, depth + 1);
}

static void
put_action(Writing *writing, int depth)
{
	static const struct
	{
		const char *json;
		GraphRequirement requires;
		bool creates_relation;
	} kinds[] = {
		{"\"visit\": {}", GRAPH_REQUIRES_NOTHING, false},
		{"\"follow\": {}", GRAPH_REQUIRES_NOTHING, false},
		{"\"invite\": {}", GRAPH_REQUIRES_NOT_CONNECTED, true},
		{"\"message\": {\"body\": \"Hi\"}", GRAPH_REQUIRES_CONNECTED, false},
		{"\"email\": {\"subject\": \"Hi\", \"body\": \"Hi\"}", GRAPH_REQUIRES_EMAIL, false}};
	int kind = random_below(writing->random, 5);
	GraphStep *step = make_step(writing, GRAPH_ACTION);

	if (step == NULL)
		return;
	step->requires = kinds[kind].requires;
	step->creates_relation = kinds[kind].creates_relation;
	put(writing, "{%s, \"name\": \"%s\"", kinds[kind].json, step->name);
	if (step->requires != GRAPH_REQUIRES_NOTHING && depth < MAX_DEPTH)
		put_precondition(writing, step, depth);
	put(writing, "}");
	add_link(writing, &writing->loose, &step->next);
}

static void
put_delay(Writing *writing)
{
	int dice = random_below(writing->random, 100);
	GraphStep *step = make_step(writing, GRAPH_DELAY);

	if (step == NULL)
		return;
	if (dice < 15)
	{
		step->delay_kind = GRAPH_DELAY_NEXT_DAY;
		put(writing, "{\"delay\": \"next day\"");
	}
	else if (dice < 35)
	{
		step->delay_kind = GRAPH_DELAY_BUSINESS_DAYS;
		step->days = 1 + random_below(writing->random, 5);
		put(writing, "{\"delay\": \"%d business days\"", step->days);
	}
	else
	{
		step->delay = (1 + random_below(writing->random, 96)) * INSTANT_HOUR;
		put(writing, "{\"delay\": \"%d hours\"", (int) (step->delay / INSTANT_HOUR));
	}
	put(writing, ", \"name\": \"%s\"}", step->name);
	add_link(writing, &writing->loose, &step->next);
}

static void
put_wait(Writing *writing, int depth)
{
	GraphStep *step = make_step(writing, GRAPH_WAIT);
	int after = random_chance(writing->random, 40) ? 1 + random_below(writing->random, 48) : 0;
	int within = after + 1 + random_below(writing->random, 240);

	if (step == NULL)
		return;
	put(writing, "{\"name\": \"%s\", \"wait\": {\"until\": ", step->name);
	step->condition = put_condition(writing, true);
	step->after = after * INSTANT_HOUR;
	step->within = within * INSTANT_HOUR;
	if (after > 0)
		put(writing, ", \"after\": \"%d hours\"", after);
	put(writing, ", \"within\": \"%d hours\", \"else\": ", within);
	put_way_out(writing, &step->otherwise, depth);
	put(writing, "}}");
	add_link(writing, &writing->loose, &step->next);
}

/* The steps of one way; what is loose at its end is kept aside in joined. */
static void
put_arm(Writing *writing, int *link, Links *joined, int depth)
{
	writing->loose.n = 0;
	add_link(writing, &writing->loose, link);
	put_steps(writing, depth + 1);
	for (int i = 0; i < writing->loose.n; i++)
		add_link(writing, joined, writing->loose.items[i]);
}

static void
put_branch(Writing *writing, int depth)
{
	GraphStep *step = make_step(writing, GRAPH_BRANCH);
	Graph *graph = &writing->made->graph;
	int n = 1 + random_below(writing->random, 3);
	int first = graph->n_cases;
	Links joined = {.n = 0};
	char conditions[3][40];

	if (step == NULL)
		return;
	for (int i = 0; i < n; i++)
	{
		/* the text of a condition is made with it, and moved to where it belongs */
		int at = writing->length;
		GraphCondition when = put_condition(writing, false);

		snprintf(conditions[i], sizeof(conditions[i]), "%s", writing->made->json + at);
		writing->length = at;
		if (!campaign_graph_add_case(graph, (int) (step - graph->steps), when, GRAPH_NONE))
		{
			writing->full = true;
			return;
		}
	}
	put(writing, "{\"name\": \"%s\", \"branch\": [", step->name);
	for (int i = 0; i < n; i++)
	{
		put(writing, "{\"when\": %s, \"then\": ", conditions[i]);
		put_arm(writing, &graph->cases[first + i].target, &joined, depth);
		put(writing, "}, ");
	}
	put(writing, "{\"else\": ");
	put_arm(writing, &step->otherwise, &joined, depth);
	put(writing, "}]}");
	writing->loose = joined;
}

static void
put_split(Writing *writing, int depth)
{
	GraphStep *step = make_step(writing, GRAPH_SPLIT);
	Graph *graph = &writing->made->graph;
	int first = graph->n_cases;
	int percent = 1 + random_below(writing->random, 99);
	int index;
	Links joined = {.n = 0};

	if (step == NULL)
		return;
	index = (int) (step - graph->steps);
	if (!campaign_graph_add_share(graph, index, percent * (GRAPH_WHOLE / 100), GRAPH_NONE) ||
		!campaign_graph_add_share(graph, index, (100 - percent) * (GRAPH_WHOLE / 100), GRAPH_NONE))
	{
		writing->full = true;
		return;
	}
	put(writing, "{\"name\": \"%s\", \"split\": [{\"percent\": %d, \"then\": ", step->name,
		percent);
	put_arm(writing, &graph->cases[first].target, &joined, depth);
	put(writing, "}, {\"percent\": %d, \"then\": ", 100 - percent);
	put_arm(writing, &graph->cases[first + 1].target, &joined, depth);
	put(writing, "}]}");
	writing->loose = joined;
}

static void
put_only_if(Writing *writing)
{
	GraphStep *step = make_step(writing, GRAPH_ONLY_IF);

	if (step == NULL)
		return;
	put(writing, "{\"name\": \"%s\", \"only_if\": ", step->name);
	step->condition = put_condition(writing, false);
	put(writing, "}");
	add_link(writing, &writing->loose, &step->next);
}

static void
put_set(Writing *writing)
{
	GraphStep *step = make_step(writing, GRAPH_SET);

	if (step == NULL)
		return;
	put(writing, "{\"name\": \"%s\", \"set\": {\"tag\": \"%s\"}}", step->name, step->name);
	add_link(writing, &writing->loose, &step->next);
}

/* Back to any step that there is; nothing goes on from here. */
static void
put_goto(Writing *writing)
{
	GraphStep *step = make_step(writing, GRAPH_GOTO);

	if (step == NULL)
		return;
	step->next = random_below(writing->random, writing->made->graph.n_steps - 1);
	put(writing, "{\"name\": \"%s\", \"goto\": \"%s\"}", step->name,
		writing->made->names[step->next]);
}

static void
put_end(Writing *writing)
{
	static const EndKind ends[] = {END_SUCCESS, END_FAILURE, END_END};
	GraphStep *step = make_step(writing, GRAPH_END);

	if (step == NULL)
		return;
	step->end = ends[random_below(writing->random, 3)];
	put(writing, "{\"name\": \"%s\", \"end\": \"%s\"}", step->name,
		campaign_graph_end_name(step->end));
}

/* True if steps can follow. */
static bool
put_step(Writing *writing, int depth)
{
	int dice = random_below(writing->random, 100);

	if (depth >= MAX_DEPTH && dice >= 70 && dice < 90)
		dice = 0;
	if (dice < 35)
		put_action(writing, depth);
	else if (dice < 55)
		put_delay(writing);
	else if (dice < 70)
		put_wait(writing, depth < MAX_DEPTH ? depth : MAX_DEPTH);
	else if (dice < 80)
		put_branch(writing, depth);
	else if (dice < 90)
		put_split(writing, depth);
	else if (dice < 92)
		put_only_if(writing);
	else if (dice < 94)
		put_set(writing);
	else if (dice < 97 && writing->made->graph.n_steps > 0)
	{
		put_goto(writing);
		return false;
	}
	else
	{
		put_end(writing);
		return false;
	}
	return true;
}

static void
put_steps(Writing *writing, int depth)
{
	int n = depth == 0 ? 2 + random_below(writing->random, 6)
					   : random_below(writing->random, depth > MAX_DEPTH ? 1 : 4);
	bool more = true;

	put(writing, "[");
	for (int i = 0; i < n && more && !writing->full; i++)
	{
		if (i > 0)
			put(writing, ", ");
		more = put_step(writing, depth);
	}
	put(writing, "]");
}

/* An end that no step is written for. */
static void
make_shared_end(Writing *writing, Links *links, EndKind end, const char *name, const char *code)
{
	GraphStep *step;

	if (links->n == 0)
		return;
	step = make_step(writing, GRAPH_END);
	if (step == NULL)
		return;
	step->path = NULL;
	step->name = name;
	step->end = end;
	step->code = code;
	lead_to(links, (int) (step - writing->made->graph.steps));
}

static bool
make_once(RandomDefinition *made, Random *random, bool exit_on_reply)
{
	Writing writing = {.made = made, .random = random};
	GraphFault faults[RANDOM_MAX_STEPS];
	int n;

	campaign_graph_init(&made->graph, made->steps, RANDOM_MAX_STEPS, made->cases, RANDOM_MAX_STEPS);
	made->graph.exit_on_reply = exit_on_reply;
	put_steps(&writing, 0);
	for (int i = 0; i < writing.loose.n; i++)
		add_link(&writing, &writing.success, writing.loose.items[i]);
	writing.loose.n = 0;
	make_shared_end(&writing, &writing.success, END_SUCCESS, "success", NULL);
	make_shared_end(&writing, &writing.failure, END_FAILURE, "failure", "timed_out");
	make_shared_end(&writing, &writing.end, END_END, "end", NULL);
	if (writing.full || !campaign_graph_seal(&made->graph))
		return false;
	n = campaign_graph_check(&made->graph, faults, RANDOM_MAX_STEPS);
	for (int i = 0; i < n; i++)
		if (faults[i].code != GRAPH_FAULT_WITHOUT_CONNECTION)
			return false;
	return true;
}

void
random_definition_make(RandomDefinition *made, Random *random, bool exit_on_reply)
{
	while (!make_once(made, random, exit_on_reply))
		;
}
