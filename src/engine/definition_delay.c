/*
 * definition_delay.c
 *		Steps that let time pass.
 */
#include "engine/definition_delay.h"

#include "engine/definition_span.h"

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

void
campaign_definition_delay(DefinitionBuild *build, const WrittenStep *written)
{
	int index = campaign_definition_build_step(build, GRAPH_DELAY, written, "delay");
	GraphStep *step = campaign_definition_build_at(build, index);
	char *text = campaign_definition_read_text(&written->kind->value);

	if (text == NULL || !take_calendar(build, text, written->kind_path, step))
		text = campaign_definition_span_take(build, &written->kind->value, written->kind_path,
											 &step->delay);
	build->definition->steps[index].delay = text;
	campaign_definition_build_loose(build, &step->next);
}
