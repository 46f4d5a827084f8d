/*
 * definition_delay.c
 *		Steps that let time pass.
 *
 * A delay whose date has passed, and that says skip, leads past the step that follows it. That step is
 * not made yet when the delay is, so the link is handed on to whoever compiles the array.
 */
#include "engine/definition_delay.h"

#include "engine/definition_span.h"
#include "engine/path.h"
#include "engine/span.h"

/* About four years of them. */
#define MOST_BUSINESS_DAYS 1000

/* The number of "5 business days", 0 if it is none of the kind. */
static int
business_days(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	const char *unit = text + digits;

	unit += strspn(unit, " ");
	if (digits == 0 || digits > 6 ||
		(strcmp(unit, "business day") != 0 && strcmp(unit, "business days") != 0))
		return 0;
	return atoi(text);
}

/* True if the text is a delay by the calendar, as which it is then taken. */
static bool
take_calendar(DefinitionBuild *build, const char *text, const char *path, GraphStep *step)
{
	int days = business_days(text);

	if (strcmp(text, "next day") == 0)
	{
		step->delay_kind = GRAPH_DELAY_NEXT_DAY;
		return true;
	}
	if (days == 0)
		return false;
	if (days > MOST_BUSINESS_DAYS)
		campaign_definition_build_error(build, path, "bad_interval", "Write up to 1000 of them.",
										"%s is more than %d business days",
										campaign_definition_read_quoted(text), MOST_BUSINESS_DAYS);
	step->delay_kind = GRAPH_DELAY_BUSINESS_DAYS;
	step->days = Min(days, MOST_BUSINESS_DAYS);
	return true;
}

/* "3 days", "-3 days 2 hours": whole days are those of the calendar. */
static void
take_plus(DefinitionBuild *build, const JsonPair *pair, const char *path, DefinitionDate *date)
{
	char *text = campaign_definition_read_text(&pair->value);
	bool negative = text != NULL && text[0] == '-';
	const char *fault;
	Instant length;

	if (text == NULL)
	{
		campaign_definition_build_error(build, path, "wrong_type", SPAN_HINT,
										"expected a length of time as text, found %s",
										campaign_definition_read_shown(&pair->value));
		return;
	}
	fault = campaign_span_read(negative ? text + 1 : text, &length);
	if (fault != NULL)
	{
		campaign_definition_build_error(build, path, "bad_interval", SPAN_HINT, "%s %s",
										campaign_definition_read_quoted(text), fault);
		return;
	}
	date->days = (int) (length / INSTANT_DAY) * (negative ? -1 : 1);
	date->time = length % INSTANT_DAY * (negative ? -1 : 1);
}

/* "09:00" */
static void
take_at(DefinitionBuild *build, const JsonPair *pair, const char *path, DefinitionDate *date)
{
	char *text = campaign_definition_read_text(&pair->value);
	int hour;
	int minute;
	int length = 0;

	if (text == NULL || strlen(text) != 5 || strspn(text, "0123456789:") != 5 ||
		sscanf(text, "%2d:%2d%n", &hour, &minute, &length) != 2 || length != 5 || hour > 23 ||
		minute > 59)
	{
		campaign_definition_build_error(build, path, text == NULL ? "wrong_type" : "bad_value",
										"Write a time of day, such as \"09:00\".",
										"expected a time of day, found %s",
										campaign_definition_read_shown(&pair->value));
		return;
	}
	date->at = hour * INSTANT_HOUR + minute * INSTANT_MINUTE;
}

static void
take_until(DefinitionBuild *build, const JsonPair *pair, const char *path, DefinitionDate *date)
{
	char *text = campaign_definition_read_text(&pair->value);
	ReadPath read;

	if (text == NULL)
	{
		campaign_definition_build_error(
			build, path, "wrong_type", "Write a path, such as $.prospect.due_date.",
			"expected a path as text, found %s", campaign_definition_read_shown(&pair->value));
		return;
	}
	read = campaign_path_read_value(text);
	date->path = read.path;
	build->definition->reads_row |= campaign_path_asks(&read, "row");
	if (read.path == NULL)
		campaign_definition_build_error(build, path, "bad_path", read.hint,
										"path %s cannot be a date: %s",
										campaign_definition_read_quoted(text), read.fault);
}

/* True if the delay says that what follows is left out where its date has passed. */
static bool
take_past(DefinitionBuild *build, const JsonPair *pair, const char *path)
{
	char *text = pair == NULL ? NULL : campaign_definition_read_text(&pair->value);

	if (pair == NULL || (text != NULL && strcmp(text, "now") == 0))
		return false;
	if (text != NULL && strcmp(text, "skip") == 0)
		return true;
	campaign_definition_build_error(build, path, text == NULL ? "wrong_type" : "bad_value",
									"Write \"now\" or \"skip\".", "unknown way to go on %s",
									campaign_definition_read_shown(&pair->value));
	return false;
}

/* {"until": PATH, "plus": LENGTH, "at": TIME, "past": "skip"} */
static void
take_date(DefinitionBuild *build, JsonbContainer *object, const char *path, GraphStep *step)
{
	static const char *const keys[] = {"until", "plus", "at", "past", NULL};
	Definition *definition = build->definition;
	DefinitionDate *date;
	const JsonPair *pair;
	JsonPair *pairs;
	int n = campaign_definition_read_pairs(object, &pairs);

	campaign_definition_build_allow(build, pairs, n, path, keys);
	if (definition->n_dates == DEFINITION_MAX_DATES)
	{
		campaign_definition_build_error(build, path, "too_many_dates", "Divide the sequence.",
										"a sequence has at most %d delays to a date",
										DEFINITION_MAX_DATES);
		return;
	}
	step->delay_kind = GRAPH_DELAY_DATE;
	step->date = definition->n_dates++;
	date = &definition->dates[step->date];
	date->at = INSTANT_NEVER;
	pair = campaign_definition_read_find(pairs, n, "until");
	if (pair == NULL)
		campaign_definition_build_missing(build, path, "until",
										  "A path to a date, such as $.prospect.due_date.");
	else
		take_until(build, pair, campaign_definition_read_key_path(path, "until"), date);
	pair = campaign_definition_read_find(pairs, n, "plus");
	if (pair != NULL)
		take_plus(build, pair, campaign_definition_read_key_path(path, "plus"), date);
	pair = campaign_definition_read_find(pairs, n, "at");
	if (pair != NULL)
		take_at(build, pair, campaign_definition_read_key_path(path, "at"), date);
	if (take_past(build, campaign_definition_read_find(pairs, n, "past"),
				  campaign_definition_read_key_path(path, "past")))
		build->skip = &step->otherwise;
}

void
campaign_definition_delay(DefinitionBuild *build, const WrittenStep *written)
{
	int index = campaign_definition_build_step(build, GRAPH_DELAY, written, "delay");
	GraphStep *step = campaign_definition_build_at(build, index);
	JsonbContainer *object = campaign_definition_read_object(&written->kind->value);
	char *text = campaign_definition_read_text(&written->kind->value);

	if (object != NULL)
	{
		take_date(build, object, written->kind_path, step);
		text = campaign_definition_read_json(&written->kind->value);
	}
	else if (text == NULL || !take_calendar(build, text, written->kind_path, step))
		text = campaign_definition_span_take(build, &written->kind->value, written->kind_path,
											 &step->delay);
	build->definition->steps[index].delay = text;
	campaign_definition_build_loose(build, &step->next);
}
