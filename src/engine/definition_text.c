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

void
campaign_definition_text_check(DefinitionBuild *build, const char *text, const char *path)
{
	TemplateFault fault;

	if (campaign_template_visit(text, strlen(text), NULL, NULL, &fault))
		return;
	campaign_definition_build_error(
		build, path, "bad_template",
		"A variable is a name between double braces, such as {{first_name}} or "
		"{{company|your company}}.",
		"character %d of %s: %s", pg_mbstrlen_with_len(text, (int) fault.offset) + 1,
		campaign_definition_read_quoted(text), describe(fault.code));
}
