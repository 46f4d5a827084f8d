/*
 * fuzz_template.c
 *		Any bytes as a template: what a second reader, written after the rules in template.h and by nothing of
 *		template.c, makes of it is what it is rendered to; values are inserted as they are.
 */
#include "fuzz.h"

#include "core/template.h"

#define VALUE "{{evil|x}}"

typedef struct Text
{
	char *bytes;
	size_t len;
} Text;

static void
append(void *arg, const char *bytes, size_t length)
{
	Text *text = arg;

	hold(length > 0);
	text->bytes = realloc(text->bytes, text->len + length);
	memcpy(text->bytes + text->len, bytes, length);
	text->len += length;
}

/* Names that begin with a have no value, with b an empty one; all others that of above. */
static bool
lookup(void *arg, const char *name, size_t name_length, const char **value, size_t *value_length)
{
	(void) arg;
	hold(name_length > 0);
	*value = VALUE;
	*value_length = name[0] == 'b' ? 0 : strlen(VALUE);
	return name[0] != 'a';
}

static bool
is_blank(unsigned char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
strip(const char **text, size_t *len)
{
	for (; *len > 0 && is_blank((unsigned char) **text); (*text)++)
		(*len)--;
	while (*len > 0 && is_blank((unsigned char) (*text)[*len - 1]))
		(*len)--;
}

static bool
is_name(const char *name, size_t len)
{
	if (len == 0 || name[0] == '.' || name[len - 1] == '.')
		return false;
	for (size_t i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) name[i];
		bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';

		if (c == '.' ? name[i + 1] == '.'
					 : !(letter || (c >= '0' && c <= '9') || c == '_' || c == '-' || c >= 0x80))
			return false;
	}
	return true;
}

/* One variable, without its braces; false if it is none, or has no value. */
static bool
expect_variable(Text *out, const char *inside, size_t len)
{
	const char *fallback = memchr(inside, '|', len);
	size_t name_len = fallback == NULL ? len : (size_t) (fallback - inside);
	size_t fallback_len = fallback == NULL ? 0 : len - name_len - 1;
	const char *value;
	size_t value_len;

	strip(&inside, &name_len);
	if (!is_name(inside, name_len))
		return false;
	if (lookup(NULL, inside, name_len, &value, &value_len) && value_len > 0)
	{
		append(out, value, value_len);
		return true;
	}
	if (fallback == NULL)
		return false;
	fallback++;
	strip(&fallback, &fallback_len);
	if (fallback_len > 0)
		append(out, fallback, fallback_len);
	return true;
}

static bool
expect(Text *out, const char *text, size_t len)
{
	for (;;)
	{
		const char *open = memmem(text, len, "{{", 2);
		const char *close;
		const char *other;

		if (open == NULL)
		{
			if (len > 0)
				append(out, text, len);
			return true;
		}
		if (open > text)
			append(out, text, (size_t) (open - text));
		len -= (size_t) (open + 2 - text);
		text = open + 2;
		close = memmem(text, len, "}}", 2);
		other = memmem(text, len, "{{", 2);
		if (close == NULL || (other != NULL && other < close) ||
			!expect_variable(out, text, (size_t) (close - text)))
			return false;
		len -= (size_t) (close + 2 - text);
		text = close + 2;
	}
}

static void
check_fault(const TemplateFault *fault, const char *text, size_t len)
{
	hold(fault->code != TEMPLATE_FAULT_NONE && fault->offset < len);
	hold((fault->name != NULL) == (fault->code == TEMPLATE_FAULT_MISSING));
	if (fault->name != NULL)
		hold(fault->name_length > 0 && fault->name > text + fault->offset &&
			 fault->name + fault->name_length < text + len);
}

int
LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
	/* of its own memory: what is read behind its end is found */
	char *text = malloc(len);
	Text got = {NULL, 0};
	Text wanted = {NULL, 0};
	TemplateFault fault;
	bool rendered;

	memcpy(text, bytes, len);
	rendered = campaign_template_render(text, len, lookup, NULL, append, &got, &fault);
	hold(rendered == expect(&wanted, text, len));
	if (rendered)
	{
		hold(got.len == wanted.len &&
			 (got.len == 0 || memcmp(got.bytes, wanted.bytes, got.len) == 0));
		hold(campaign_template_visit(text, len, NULL, NULL, &fault));
	}
	else
	{
		TemplateFaultCode code = fault.code;

		check_fault(&fault, text, len);
		/* what has no value is no fault of its text; what comes behind it may have one */
		if (!campaign_template_visit(text, len, NULL, NULL, &fault))
			check_fault(&fault, text, len);
		else
			hold(code == TEMPLATE_FAULT_MISSING);
	}
	free(got.bytes);
	free(wanted.bytes);
	free(text);
	return 0;
}
