/*
 * template.h
 *		Texts with variables: {{first_name}}, {{company|your company}}, {{sender.first_name}}.
 *
 * A variable is a name between double braces, with an optional fallback after a bar. A name is parts
 * of letters, digits, underscores, hyphens and non-ASCII characters, separated by single dots. White
 * space around name and fallback does not count. A single brace is text; so is }} outside a variable.
 *
 * What is inserted is never looked at again, so a value cannot bring a variable of its own. Escaping
 * for HTML, headers or addresses is the caller's, in lookup.
 */
#ifndef CAMPAIGN_TEMPLATE_H
#define CAMPAIGN_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

typedef enum TemplateFaultCode
{
	TEMPLATE_FAULT_NONE,
	TEMPLATE_FAULT_UNCLOSED,   /* no }} follows, or another {{ comes first */
	TEMPLATE_FAULT_EMPTY_NAME, /* nothing before the bar or the end, or an empty part */
	TEMPLATE_FAULT_BAD_NAME,   /* a character that no name has; offset is where it stands */
	TEMPLATE_FAULT_MISSING     /* rendering: no value and no fallback */
} TemplateFaultCode;

typedef struct TemplateFault
{
	TemplateFaultCode code;
	size_t offset;    /* in bytes: the {{ of the variable, or the bad character */
	const char *name; /* missing: the name, in the template's own bytes; else NULL */
	size_t name_length;
} TemplateFault;

/* Gives the value of a name, or returns false if there is none. An empty value counts as none. */
typedef bool (*TemplateLookup)(void *arg, const char *name, size_t name_length, const char **value,
							   size_t *value_length);

/* Takes the next bytes of the result. */
typedef void (*TemplateAppend)(void *arg, const char *bytes, size_t length);

/* Takes the next variable, in the order of the text; repeated names come repeatedly. */
typedef void (*TemplateVisit)(void *arg, const char *name, size_t name_length, bool has_fallback);

/*
 * Renders the text. False at the first fault, with fault filled in; what was appended until then is to
 * be thrown away.
 */
extern bool campaign_template_render(const char *text, size_t length, TemplateLookup lookup,
									 void *lookup_arg, TemplateAppend append, void *append_arg,
									 TemplateFault *fault);

/* Lists the variables. False at the first fault of syntax; visit may be NULL to look for that only. */
extern bool campaign_template_visit(const char *text, size_t length, TemplateVisit visit, void *arg,
									TemplateFault *fault);

#endif
