/*
 * imap_answer.c
 *		What the lines of an IMAP server say.
 */
#include "net/imap_answer.h"

#include <string.h>
#include <strings.h>

static bool
is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

const char *
campaign_net_imap_number(const char *list, uint32_t *number)
{
	uint64_t value = 0;

	while (*list == ' ')
		list++;
	if (!is_digit(*list))
		return NULL;
	for (; is_digit(*list); list++)
	{
		value = value * 10 + (uint64_t) (*list - '0');
		if (value > UINT32_MAX)
			return NULL;
	}
	*number = (uint32_t) value;
	return list;
}

/* Behind word and a space, or behind word at the end; NULL if the text does not begin so. */
static const char *
after(const char *text, const char *word)
{
	size_t len = strlen(word);

	if (strncasecmp(text, word, len) != 0)
		return NULL;
	if (text[len] == ' ')
		return text + len + 1;
	return text[len] == '\0' ? text + len : NULL;
}

static ImapAnswer
of_code(const char *text, uint32_t *number)
{
	const char *rest;

	if ((rest = after(text, "[UIDVALIDITY")) != NULL &&
		campaign_net_imap_number(rest, number) != NULL)
		return IMAP_UIDVALIDITY;
	if ((rest = after(text, "[UIDNEXT")) != NULL && campaign_net_imap_number(rest, number) != NULL)
		return IMAP_UIDNEXT;
	return IMAP_OTHER;
}

static ImapAnswer
of_untagged(const char *text, uint32_t *number, const char **rest)
{
	const char *next;

	if ((next = after(text, "OK")) != NULL)
		return of_code(next, number);
	if (after(text, "BYE") != NULL)
		return IMAP_BYE;
	if ((*rest = after(text, "SEARCH")) != NULL)
		return IMAP_SEARCH;
	if ((next = campaign_net_imap_number(text, number)) != NULL && *next == ' ' &&
		(*rest = after(next + 1, "FETCH")) != NULL)
		return IMAP_FETCH;
	return IMAP_OTHER;
}

ImapAnswer
campaign_net_imap_answer(const char *line, const char *tag, uint32_t *number, const char **rest)
{
	const char *text = after(line, tag);

	if (line[0] == '*' && line[1] == ' ')
		return of_untagged(line + 2, number, rest);
	if (text == NULL)
		return IMAP_OTHER;
	if (after(text, "OK") != NULL)
		return IMAP_DONE;
	if (after(text, "NO") != NULL)
		return IMAP_REFUSED;
	return IMAP_BAD;
}

bool
campaign_net_imap_literal(const char *piece, size_t *n)
{
	const char *open = strrchr(piece, '{');
	const char *end;
	uint32_t number;

	if (open == NULL || !is_digit(open[1]))
		return false;
	end = campaign_net_imap_number(open + 1, &number);
	if (end == NULL || strcmp(end, "}") != 0)
		return false;
	*n = number;
	return true;
}

/* Behind the quote that ends a string which begins at text, or at the end of the piece. */
static const char *
skip_string(const char *text)
{
	for (text++; *text != '\0' && *text != '"'; text++)
		if (*text == '\\' && text[1] != '\0')
			text++;
	return *text == '"' ? text + 1 : text;
}

/* The value of a body, which begins at text; behind it. */
static const char *
read_body(const char *text, ImapItems *items)
{
	const char *end;

	if (*text == '{' || (*text == '~' && text[1] == '{'))
	{
		items->body = true;
		return text + strlen(text);
	}
	if (*text != '"')
		return text;
	end = skip_string(text);
	if (end > text + 1 && end[-1] == '"')
	{
		items->inner = text + 1;
		items->inner_len = (size_t) (end - text) - 2;
	}
	return end;
}

/* An item that begins at text, len bytes long without its value; behind both. */
static const char *
read_item(const char *text, size_t len, ImapItems *items)
{
	const char *value = text + len;
	const char *end;

	while (*value == ' ')
		value++;
	if (len == 3 && strncasecmp(text, "UID", 3) == 0 &&
		(end = campaign_net_imap_number(value, &items->uid)) != NULL)
		return end;
	if (len == 11 && strncasecmp(text, "RFC822.SIZE", 11) == 0 &&
		(end = campaign_net_imap_number(value, &items->size)) != NULL)
		return end;
	if (len >= 5 && strncasecmp(text, "BODY[", 5) == 0)
		return read_body(value, items);
	return text + len;
}

void
campaign_net_imap_items(const char *piece, ImapItems *items)
{
	items->body = false;
	items->inner = NULL;
	items->inner_len = 0;
	while (*piece != '\0')
	{
		size_t len = strcspn(piece, " ()\"");

		if (len > 0)
			piece = read_item(piece, len, items);
		else
			piece = *piece == '"' ? skip_string(piece) : piece + 1;
	}
}

bool
campaign_net_imap_quote(const char *name, char *out, size_t size)
{
	size_t n = 0;

	if (*name == '\0' || size < 4)
		return false;
	out[n++] = '"';
	for (; *name != '\0'; name++)
	{
		if ((unsigned char) *name < 0x20 || (unsigned char) *name >= 0x7f || n + 4 > size)
			return false;
		if (*name == '"' || *name == '\\')
			out[n++] = '\\';
		out[n++] = *name;
	}
	out[n++] = '"';
	out[n] = '\0';
	return true;
}
