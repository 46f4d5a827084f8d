/*
 * words.c
 *		Texts of people in headers: encoded words (RFC 2047), quoting and folding.
 */
#include "net/words.h"

#include <stdbool.h>
#include <string.h>

#define LINE_BYTES 76

/* Bytes of text in one encoded word, which with its frame has at most 75: in base64, and with =XX. */
#define BASE64_BYTES 42
#define QUOTED_BYTES 18

static bool
is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char) *text >= 0x80)
			return false;
	return true;
}

static bool
is_boundary(const char *text, size_t at)
{
	return ((unsigned char) text[at] & 0xc0) != 0x80;
}

/*
 * How much of a text goes into a word of base64: to its end, or as many whole characters as need no
 * padding, after which some readers stop; 0 if there are none such.
 */
static size_t
base64_length(const char *text, size_t limit)
{
	size_t length = strlen(text);

	if (length <= limit)
		return length;
	for (length = limit - limit % 3; length > 0 && !is_boundary(text, length); length -= 3)
		;
	return length;
}

static void
add_base64(GString *out, const char *text, size_t length)
{
	char *base64 = g_base64_encode((const guchar *) text, length);

	g_string_append_printf(out, "=?utf-8?B?%s?=", base64);
	g_free(base64);
}

/* As much of the text as fits into a word that shows ASCII as it is; how much that was. */
static size_t
add_quoted(GString *out, const char *text)
{
	size_t length = strlen(text);
	size_t i;

	for (length = length < QUOTED_BYTES ? length : QUOTED_BYTES; !is_boundary(text, length);
		 length--)
		;
	g_string_append(out, "=?utf-8?Q?");
	for (i = 0; i < length; i++)
		if (g_ascii_isalnum(text[i]))
			g_string_append_c(out, text[i]);
		else
			g_string_append_printf(out, "=%02X", (unsigned char) text[i]);
	g_string_append(out, "?=");
	return length;
}

/* All of it as encoded words, one in a line: blanks between two of them are not shown. */
static void
add_encoded(GString *out, const char *text, size_t used)
{
	size_t limit = used > LINE_BYTES - 75 + 6 ? BASE64_BYTES / 2 : BASE64_BYTES;

	while (*text != '\0')
	{
		size_t length = base64_length(text, limit);

		if (length > 0)
			add_base64(out, text, length);
		else
			length = add_quoted(out, text);
		text += length;
		if (*text != '\0')
			g_string_append(out, "\n ");
		limit = BASE64_BYTES;
	}
}

/*
 * Whether it stands for itself: ASCII that does not look encoded, with no word that fills a line, and
 * no blanks that folding could make more or fewer of.
 */
static bool
is_plain(const char *text)
{
	size_t word = 0;
	const char *p;

	if (!is_ascii(text) || strstr(text, "=?") != NULL || strstr(text, "  ") != NULL ||
		strchr(text, '\t') != NULL || text[0] == ' ' ||
		(text[0] != '\0' && text[strlen(text) - 1] == ' '))
		return false;
	for (p = text; *p != '\0'; p++)
	{
		word = *p == ' ' ? 0 : word + 1;
		if (word > LINE_BYTES / 2)
			return false;
	}
	return true;
}

/* Plain words, one blank or one line end between two of them. */
static void
add_folded(GString *out, const char *text, size_t used)
{
	bool first = true;

	while (*text != '\0')
	{
		size_t word = strcspn(text, " ");
		bool fits = used + word + 1 <= LINE_BYTES;

		if (!first || !fits)
			g_string_append(out, fits ? " " : "\n ");
		used = fits ? used + word + (first ? 0 : 1) : word + 1;
		g_string_append_len(out, text, (gssize) word);
		text += word;
		text += strspn(text, " ");
		first = false;
	}
}

void
campaign_words_add_text(GString *out, const char *text, size_t used)
{
	if (is_plain(text))
		add_folded(out, text, used);
	else
		add_encoded(out, text, used);
}

void
campaign_words_add_name(GString *out, const char *name, size_t used)
{
	const char *p;

	if (!is_plain(name) || strlen(name) + used + 2 > LINE_BYTES)
	{
		add_encoded(out, name, used);
		return;
	}
	if (strpbrk(name, "\"(),.:;<>@[\\]") == NULL)
	{
		g_string_append(out, name);
		return;
	}
	g_string_append_c(out, '"');
	for (p = name; *p != '\0'; p++)
	{
		if (*p == '"' || *p == '\\')
			g_string_append_c(out, '\\');
		g_string_append_c(out, *p);
	}
	g_string_append_c(out, '"');
}
