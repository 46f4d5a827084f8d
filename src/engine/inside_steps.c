/*
 * inside_steps.c
 *		What the steps set and enroll do.
 */
#include "engine/inside_steps.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "engine/content.h"
#include "store/attributes.h"
#include "store/handovers.h"

typedef struct InsideStep
{
	const Run *run;
	int step;
} InsideStep;

static List *
append_step(List *list, const Run *run, int step)
{
	InsideStep *item = palloc(sizeof(InsideStep));

	item->run = run;
	item->step = step;
	return lappend(list, item);
}

void
campaign_inside_steps_set(InsideSteps *steps, const Run *run, int step)
{
	steps->sets = append_step(steps->sets, run, step);
}

void
campaign_inside_steps_enroll(InsideSteps *steps, const Run *run, int step)
{
	steps->enrolls = append_step(steps->enrolls, run, step);
}

static Jsonb *
content_of(const Run *run, int step)
{
	return run->campaign->definition->steps[step].content;
}

char *
campaign_inside_steps_keys(const Run *run, int step)
{
	JsonbIterator *iterator = JsonbIteratorInit(&content_of(run, step)->root);
	JsonbIteratorToken token;
	JsonbValue item;
	StringInfoData keys;

	initStringInfo(&keys);
	while ((token = JsonbIteratorNext(&iterator, &item, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		if (keys.len > 0)
			appendStringInfoString(&keys, ", ");
		appendBinaryStringInfo(&keys, item.val.string.val, item.val.string.len);
	}
	return keys.data;
}

static Jsonb *
joined(Jsonb *left, Jsonb *right)
{
	return DatumGetJsonbP(
		DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(left), JsonbPGetDatum(right)));
}

Jsonb *
campaign_inside_steps_render(const Run *run, int step, const AttributeSource *source)
{
	Recipient recipient = {.attributes = source->document, .payload = source->payload};
	ContentSources sources = {.campaign = run->campaign, .recipient = &recipient};
	JsonbIterator *iterator = JsonbIteratorInit(&content_of(run, step)->root);
	JsonbParseState *state = NULL;
	JsonbIteratorToken token;
	JsonbValue key;
	JsonbValue text;

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	while ((token = JsonbIteratorNext(&iterator, &text, true)) != WJB_DONE)
	{
		char *rendered;
		char *missing;

		if (token == WJB_KEY)
			key = text;
		if (token != WJB_VALUE)
			continue;
		rendered = campaign_content_text(&sources, text.val.string.val,
										 (size_t) text.val.string.len, &missing);
		if (rendered == NULL)
			continue;
		text.val.string.val = rendered;
		text.val.string.len = (int) strlen(rendered);
		pushJsonbValue(&state, WJB_KEY, &key);
		pushJsonbValue(&state, WJB_VALUE, &text);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL));
}

/* Which of the first n prospects this one is, or n. */
static int
place_of(const int64 *prospects, int n, int64 prospect)
{
	int i = 0;

	while (i < n && prospects[i] != prospect)
		i++;
	return i;
}

/* In the order in which the runs came to them, so that a later one sees what an earlier one wrote. */
static void
write_sets(const List *sets, int64 workspace)
{
	int n = list_length(sets);
	AttributeSource *sources = palloc(n * sizeof(AttributeSource));
	int64 *prospects = palloc(n * sizeof(int64));
	Jsonb **attributes = palloc0(n * sizeof(Jsonb *));
	int distinct = 0;
	int i;

	for (i = 0; i < n; i++)
	{
		const InsideStep *item = list_nth(sets, i);

		sources[i].prospect = item->run->row->prospect;
		sources[i].enrollment = item->run->row->id;
	}
	campaign_attributes_read(workspace, sources, n);
	for (i = 0; i < n; i++)
	{
		int place = place_of(prospects, distinct, sources[i].prospect);
		const InsideStep *item;
		Jsonb *made;

		if (sources[i].document == NULL)
			continue;
		if (place < distinct)
			sources[i].document = joined(sources[i].document, attributes[place]);
		item = list_nth(sets, i);
		made = campaign_inside_steps_render(item->run, item->step, &sources[i]);
		prospects[place] = sources[i].prospect;
		attributes[place] = place < distinct ? joined(attributes[place], made) : made;
		distinct = Max(distinct, place + 1);
	}
	campaign_attributes_write(workspace, prospects, attributes, distinct);
}

static char *
target_of(const InsideStep *item)
{
	JsonbValue value;

	getKeyJsonValueFromContainer(&content_of(item->run, item->step)->root, "campaign",
								 strlen("campaign"), &value);
	return pnstrdup(value.val.string.val, value.val.string.len);
}

/* Those of the list who go to this campaign; the others are returned. */
static List *
enroll_in(const char *target, List *items, const Runs *runs, EventLog *events)
{
	int64 *prospects = palloc(list_length(items) * sizeof(int64));
	const InsideStep **chosen = palloc(list_length(items) * sizeof(InsideStep *));
	const char **results = palloc(list_length(items) * sizeof(char *));
	List *others = NIL;
	ListCell *cell;
	int n = 0;
	int i;

	foreach (cell, items)
	{
		InsideStep *item = lfirst(cell);

		if (strcmp(target_of(item), target) != 0)
			others = lappend(others, item);
		else
		{
			chosen[n] = item;
			prospects[n++] = item->run->row->prospect;
		}
	}
	campaign_handovers_enroll(runs->round->workspace, target, prospects, n, results);
	for (i = 0; i < n; i++)
	{
		const Run *run = chosen[i]->run;

		campaign_events_add(events, "enrolled_elsewhere", run->row->campaign, run->row->prospect,
							run->row->id, 0, chosen[i]->step, runs->round->now, NULL,
							campaign_events_detail(
								(const char *[]){"campaign", target, "result", results[i], NULL}));
	}
	return others;
}

void
campaign_inside_steps_write(const InsideSteps *steps, const Runs *runs, EventLog *events)
{
	List *left = steps->enrolls;

	if (steps->sets != NIL)
		write_sets(steps->sets, runs->round->workspace);
	while (left != NIL)
		left = enroll_in(target_of(linitial(left)), left, runs, events);
}
