/*
 * mime_check.c
 *		Whether the bytes of a mail are what was meant, whatever made them.
 */
#include "net/mime_check.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

typedef struct Check
{
	const char *const *names;
	int n_names;
	uint32_t seen; /* a bit for each name */
	bool in_body;
	bool eight_bit;
	bool utf8;
} Check;

static bool
has_high_byte(const char *line, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if ((unsigned char) line[i] >= 0x80)
			return true;
	return false;
}

/* A line that begins a header: one that is expected, for the first time. */
static const char *
check_name(Check *check, const char *line, size_t length)
{
	const char *colon = memchr(line, ':', length);
	int i;

	if (colon == NULL)
		return "a header has no name";
	for (i = 0; i < check->n_names; i++)
	{
		if (strlen(check->names[i]) != (size_t) (colon - line) ||
			strncasecmp(check->names[i], line, (size_t) (colon - line)) != 0)
			continue;
		if ((check->seen & (UINT32_C(1) << i)) != 0)
			return "a header comes twice";
		check->seen |= UINT32_C(1) << i;
		return NULL;
	}
	return "there is a header that nobody asked for";
}

static const char *
check_header(Check *check, const char *line, size_t length)
{
	size_t i;

	if (length == 0)
	{
		check->in_body = true;
		return check->seen == (uint32_t) ((UINT64_C(1) << check->n_names) - 1)
				   ? NULL
				   : "a header is missing";
	}
	for (i = 0; i < length; i++)
		if (((unsigned char) line[i] < 0x20 && line[i] != '\t') || line[i] == 0x7f)
			return "a header has a control character";
	if (!check->utf8 && has_high_byte(line, length))
		return "a header is not ASCII";
	if (line[0] != ' ' && line[0] != '\t')
		return check_name(check, line, length);
	if (check->seen == 0)
		return "the first header has no name";
	/* a reader may take a line of blanks for the end of the headers */
	if (strspn(line, " \t") >= length)
		return "a header has an empty line";
	return NULL;
}

const char *
campaign_mime_check(const char *data, size_t length, const char *const *names, int n_names,
					bool eight_bit, bool utf8)
{
	Check check = {.names = names, .n_names = n_names, .eight_bit = eight_bit, .utf8 = utf8};
	const char *fault = NULL;
	size_t begin = 0;

	if (n_names > MIME_HEADERS_MAX)
		return "too many headers are asked for";
	if (memchr(data, '\0', length) != NULL)
		return "there is a NUL";
	while (begin < length && fault == NULL)
	{
		const char *line = data + begin;
		const char *end = memchr(line, '\r', length - begin);
		size_t size = end == NULL ? length - begin : (size_t) (end - line);

		if (end == NULL || begin + size + 1 >= length || end[1] != '\n' ||
			memchr(line, '\n', size) != NULL)
			return "a line does not end in CR and LF";
		if (size > MIME_LINE_MAX)
			return "a line is too long";
		if (!check.in_body)
			fault = check_header(&check, line, size);
		else if (!check.eight_bit && has_high_byte(line, size))
			fault = "the body is not ASCII";
		begin += size + 2;
	}
	return fault != NULL || check.in_body ? fault : "the headers do not end";
}
