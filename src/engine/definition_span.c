/*
 * definition_span.c
 *		Lengths of time in a definition.
 */
#include "engine/definition_span.h"

#include "engine/span.h"

char *
campaign_definition_span_take(DefinitionBuild *build, const JsonbValue *value, const char *path,
							  Instant *length)
{
	char *text = campaign_definition_read_text(value);
	const char *fault;

	*length = 0;
	if (text == NULL)
	{
		campaign_definition_build_error(build, path, "wrong_type", SPAN_HINT,
										"expected a length of time as text, found %s",
										campaign_definition_read_shown(value));
		return NULL;
	}
	fault = campaign_span_read(text, length);
	if (fault != NULL)
	{
		*length = 0;
		campaign_definition_build_error(build, path, "bad_interval", SPAN_HINT, "%s %s",
										campaign_definition_read_quoted(text), fault);
	}
	return text;
}
