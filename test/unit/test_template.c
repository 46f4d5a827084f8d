/*
 * test_template.c
 *		Texts with variables.
 */
#include "core/template.h"
#include "unit.h"

#include <stdlib.h>

/* What was appended. */
typedef struct Result
{
	char text[512];
	size_t length;
} Result;

static void
append(void *arg, const char *bytes, size_t length)
{
	Result *result = arg;

	if (result->length + length >= sizeof(result->text))
		abort();
	memcpy(result->text + result->length, bytes, length);
	result->length += length;
	result->text[result->length] = '\0';
}

/* first_name is Zoë, company is empty, evil is a template, all others have no value. */
static bool
lookup(void *arg, const char *name, size_t name_length, const char **value, size_t *value_length)
{
	static const char *known[][2] = {{"first_name", "Zoë"},
									 {"company", ""},
									 {"sender.first_name", "Ada"},
									 {"evil", "{{first_name}}"},
									 {"größe", "XL"}};

	(void) arg;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
	{
		if (strlen(known[i][0]) != name_length || memcmp(known[i][0], name, name_length) != 0)
			continue;
		*value = known[i][1];
		*value_length = strlen(known[i][1]);
		return true;
	}
	return false;
}

static const char *
render(const char *text)
{
	static Result result;
	static char fault_text[128];
	static const char *names[] = {"none", "unclosed", "empty name", "bad name", "missing"};
	size_t length = strlen(text);
	char *exact = malloc(length > 0 ? length : 1); /* so that reading past the end is noticed */
	TemplateFault fault;
	bool good;

	memset(&result, 0, sizeof(result));
	memcpy(exact, text, length);
	good = campaign_template_render(exact, length, lookup, NULL, append, &result, &fault);
	if (!good)
		snprintf(fault_text, sizeof(fault_text), "%s at %zu%s%.*s", names[fault.code], fault.offset,
				 fault.name ? " " : "", (int) fault.name_length, fault.name ? fault.name : "");
	free(exact);
	return good ? result.text : fault_text;
}

static void
append_name(void *arg, const char *name, size_t name_length, bool has_fallback)
{
	append(arg, name, name_length);
	append(arg, has_fallback ? "? " : " ", has_fallback ? 2 : 1);
}

static void
test_rendering(void)
{
	IS_TEXT(render(""), "", "an empty text stays empty");
	IS_TEXT(render("Hello"), "Hello", "a text without variables stays as it is");
	IS_TEXT(render("Hello {{first_name}}!"), "Hello Zoë!", "a value is inserted");
	IS_TEXT(render("{{first_name}}{{sender.first_name}}"), "ZoëAda", "also one next to another");
	IS_TEXT(render("{{ first_name }}"), "Zoë", "white space around a name does not count");
	IS_TEXT(render("{{größe}}"), "XL", "a name may have letters of any language");
	IS_TEXT(render("at {{company|your company}}"), "at your company",
			"the fallback stands for an empty value");
	IS_TEXT(render("at {{ employer | your company }}"), "at your company",
			"and for one that is missing");
	IS_TEXT(render("Hello {{first_name|you}}"), "Hello Zoë", "but not for one that is there");
	IS_TEXT(render("a{{company|}}b"), "ab", "a fallback may be nothing");
	IS_TEXT(render("{{company|a|b}}"), "a|b", "a fallback may have bars");
	IS_TEXT(render("{{evil}}"), "{{first_name}}", "what is inserted is not evaluated again");
	IS_TEXT(render("{ a } {b} }} }"), "{ a } {b} }} }", "single braces are text");
	IS_TEXT(render("{{first_name}}}"), "Zoë}", "the first }} closes");
	IS_TEXT(render("{"), "{", "also a brace at the end");
}

static void
test_faults(void)
{
	IS_TEXT(render("Hi {{nobody}}, {{other}}"), "missing at 3 nobody",
			"the first variable without value and fallback is named");
	IS_TEXT(render("{{company}}"), "missing at 0 company", "an empty value counts as missing");
	IS_TEXT(render("{{first_name}} {{last"), "unclosed at 15",
			"an unclosed variable has its place");
	IS_TEXT(render("{{"), "unclosed at 0", "also at the end");
	IS_TEXT(render("{{a}"), "unclosed at 0", "one brace does not close");
	IS_TEXT(render("{{a {{b}}"), "unclosed at 0", "a variable does not contain another");
	IS_TEXT(render("{{a|{{b}}}}"), "unclosed at 0", "nor does a fallback");
	IS_TEXT(render("x{{}}"), "empty name at 1", "a name is needed");
	IS_TEXT(render("{{ | b}}"), "empty name at 0", "also before a fallback");
	IS_TEXT(render("{{row.}}"), "empty name at 0", "a name does not end in a dot");
	IS_TEXT(render("{{row..x}}"), "empty name at 0", "nor has it an empty part");
	IS_TEXT(render("{{first name}}"), "bad name at 7", "a bad character has its place");
	IS_TEXT(render("{{a;b}}"), "bad name at 3", "code is no name");
	IS_TEXT(render("{{a\r\nb}}"), "bad name at 3", "nor are two lines");
}

static void
test_listing(void)
{
	const char *text = "{{first_name}} {{company|x}} {{row.amount_due}} {{first_name}}";
	Result result = {.length = 0};
	TemplateFault fault;

	OK(campaign_template_visit(text, strlen(text), append_name, &result, &fault),
	   "the variables of a text are listed without values");
	IS_TEXT(result.text, "first_name company? row.amount_due first_name ",
			"in order, with whether they have a fallback");
	OK(!campaign_template_visit("{{", 2, NULL, NULL, &fault), "a text is checked without a list");
	IS(fault.code, TEMPLATE_FAULT_UNCLOSED, "and the fault told");
}

int
main(void)
{
	test_rendering();
	test_faults();
	test_listing();
	return unit_done();
}
