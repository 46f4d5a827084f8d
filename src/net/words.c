/*
 * words.c
 *		Texts of people in headers: encoded words (RFC 2047), quoting and folding.
 */
#include "net/words.h"

#include <stdbool.h>
#include <string.h>

#define LINE_BYTES 76

/* Bytes of text in one encoded word: with its frame it has at most 75. */
#define WORD_BYTES 42

static bool
is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char) *text >= 0x80)
			return false;
	return true;
}

/* How far a line can be filled: up to the last character that begins within the limit. */
static size_t
whole_characters(const char *text, size_t limit)
{
	size_t length = strlen(text);

	if (length <= limit)
		return length;
	for (length = limit; length > 0 && ((unsigned char) text[length] & 0xc0) == 0x80; length--)
		;
	return length;
}

/* All of it as encoded words, one in a line: blanks between two of them are not shown. */
static void
add_encoded(GString *out, const char *text, size_t used)
{
	size_t limit = used + WORD_BYTES / 3 * 4 + 12 > LINE_BYTES ? WORD_BYTES / 2 : WORD_BYTES;

	while (*text != '\0')
	{
		size_t length = whole_characters(text, limit);
		char *base64 = g_base64_encode((const guchar *) text, length);

		g_string_append_printf(out, "=?utf-8?B?%s?=%s", base64, text[length] == '\0' ? "" : "\n ");
		g_free(base64);
		text += length;
		limit = WORD_BYTES;
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
