/*
 * fuzz_mime.c
 *		Any bytes as what a library made of a mail: what the check of our own lets pass has the named headers
 *		once each and no other, whole lines, and nothing that the server cannot take.
 *
 * The first byte: bit 1 allows eight bits, bit 2 UTF-8 in headers, bit 4 ends each line with CR LF.
 */
#include "fuzz.h"

#include <stdio.h>
#include <strings.h>

#include "net/mime_check.h"

static const char *const names[] = {"From", "To", "Subject"};

#define NAMES 3

/* One line of the head: a header of ours, or what goes on with the one before. */
static void
check_header(const char *line, size_t len, int *seen, bool first)
{
	if (line[0] == ' ' || line[0] == '\t')
	{
		hold(!first);
		return;
	}
	for (int i = 0; i < NAMES; i++)
		if (len > strlen(names[i]) && strncasecmp(line, names[i], strlen(names[i])) == 0 &&
			line[strlen(names[i])] == ':')
		{
			hold(seen[i]++ == 0);
			return;
		}
	hold(false);
}

static void
check_passed(const char *bytes, size_t len, bool eight_bit, bool utf8)
{
	int seen[NAMES] = {0};
	bool head = true;
	size_t at = 0;

	while (at < len)
	{
		const char *feed = memchr(bytes + at, '\n', len - at);
		size_t line_len;

		hold(feed != NULL && feed > bytes + at && feed[-1] == '\r');
		line_len = (size_t) (feed - 1 - (bytes + at));
		hold(line_len <= MIME_LINE_MAX && memchr(bytes + at, '\r', line_len) == NULL &&
			 memchr(bytes + at, '\0', line_len) == NULL);
		for (size_t i = 0; i < line_len; i++)
			hold((bytes[at + i] & 0x80) == 0 || (head ? utf8 : eight_bit));
		if (head && line_len == 0)
			head = false;
		else if (head)
			check_header(bytes + at, line_len, seen, at == 0);
		at += line_len + 2;
	}
	hold(!head);
	for (int i = 0; i < NAMES; i++)
		hold(seen[i] == 1);
}

int
LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
	int how = len > 0 ? bytes[0] : 0;
	char *text = malloc(2 * len);
	char *copy;
	size_t n = 0;

	for (size_t i = 1; i < len; i++)
	{
		if (bytes[i] == '\n' && (how & 4))
			text[n++] = '\r';
		text[n++] = (char) bytes[i];
	}
	/* no byte behind the last */
	copy = malloc(n);
	memcpy(copy, text, n);
	if (campaign_mime_check(copy, n, names, NAMES, how & 1, how & 2) == NULL)
		check_passed(copy, n, how & 1, how & 2);
	free(copy);
	free(text);
	return 0;
}
