/*
 * definition_text.c
 *		Texts with variables in a definition.
 */
#include "engine/definition_text.h"

#include "mb/pg_wchar.h"

#include "core/template.h"

static const char *
describe(TemplateFaultCode code)
{
	switch (code)
	{
		case TEMPLATE_FAULT_NONE:
		case TEMPLATE_FAULT_MISSING:
			break;
		case TEMPLATE_FAULT_UNCLOSED:
			return "a variable is not closed";
		case TEMPLATE_FAULT_EMPTY_NAME:
			return "a variable has no name, or an empty part in it";
		case TEMPLATE_FAULT_BAD_NAME:
			return "a variable's name has a character that no name has";
	}
	return "a variable cannot be read";
}

/* Where the variables of a text are looked at. */
typedef struct Visit
{
	DefinitionBuild *build;
	const char *path;
} Visit;

/*
 * What can be known of a variable by its name: those of the sender and of the campaign are fixed, and
 * there are no other scopes than these. Any other name may be a column or key of somebody's data.
 */
static bool
may_have_value(const char *name)
{
	static const char *const closed[] = {"sender.name", "sender.first_name", "sender.address",
										 "campaign.name"};
	static const char *const open[] = {"prospect.", "run.", "row."};

	if (strchr(name, '.') == NULL)
		return true;
	for (size_t i = 0; i < lengthof(closed); i++)
		if (strcmp(closed[i], name) == 0)
			return true;
	for (size_t i = 0; i < lengthof(open); i++)
		if (strncmp(open[i], name, strlen(open[i])) == 0)
			return true;
	return false;
}

static void
visit_variable(void *arg, const char *name, size_t name_length, bool has_fallback)
{
	const Visit *visit = arg;
	char *known = pnstrdup(name, name_length);

	(void) has_fallback;
	if (!may_have_value(known))
		campaign_definition_build_warning(
			visit->build, visit->path, "unknown_variable",
			"With a dot there are sender.name, sender.first_name, sender.address, campaign.name, and "
			"what begins with prospect., run. or row.",
			"variable %s never has a value", campaign_definition_read_quoted(known));
}

void
campaign_definition_text_check(DefinitionBuild *build, const char *text, const char *path)
{
	Visit visit = {build, path};
	TemplateFault fault;

	if (campaign_template_visit(text, strlen(text), visit_variable, &visit, &fault))
		return;
	campaign_definition_build_error(
		build, path, "bad_template",
		"A variable is a name between double braces, such as {{first_name}} or "
		"{{company|your company}}.",
		"character %d of %s: %s", pg_mbstrlen_with_len(text, (int) fault.offset) + 1,
		campaign_definition_read_quoted(text), describe(fault.code));
}
