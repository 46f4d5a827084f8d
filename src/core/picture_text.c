/*
 * picture_text.c
 *		Reading texts character by character: one reader, next_character(), serves all.
 */
#include "core/picture_text.h"

#include <stdint.h>
#include <string.h>

/* Shown instead of what is no character, or none of XML. */
#define REPLACEMENT 0xFFFD

/* Three dots, as one character. */
#define DOTS "\xE2\x80\xA6"
#define DOTS_WIDTH 13

typedef struct CharacterRange
{
	uint32_t first;
	uint32_t last;
} CharacterRange;

/* Characters that stand upon others, or are not seen. */
static const CharacterRange unseen[] = {{0x0300, 0x036F},   {0x0483, 0x0489},  {0x0591, 0x05BD},
										{0x0610, 0x061A},   {0x064B, 0x065F},  {0x200B, 0x200F},
										{0x202A, 0x202E},   {0x2060, 0x206F},  {0xFE00, 0xFE0F},
										{0x1F3FB, 0x1F3FF}, {0xE0000, 0xE01EF}};

/* And those that are as wide as they are high. */
static const CharacterRange wide[] = {
	{0x1100, 0x115F}, {0x2190, 0x2BFF}, {0x2E80, 0xA4CF}, {0xA960, 0xA97F}, {0xAC00, 0xD7A3},
	{0xF900, 0xFAFF}, {0xFE30, 0xFE6F}, {0xFF00, 0xFF60}, {0xFFFD, 0xFFFD}, {0x16FE0, 0x3FFFD}};

#define N_RANGES(ranges) (sizeof(ranges) / sizeof((ranges)[0]))

static bool
within(uint32_t character, const CharacterRange *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (character >= ranges[i].first && character <= ranges[i].last)
			return true;
	return false;
}

/* How many bytes follow the first one of a character, and what the first one tells of it; -1 = none. */
static int
first_byte(unsigned char byte, uint32_t *character)
{
	*character = byte;
	if (byte < 0x80)
		return 0;
	*character = byte & 0x1F;
	if (byte >= 0xC2 && byte < 0xE0)
		return 1;
	*character = byte & 0x0F;
	if (byte >= 0xE0 && byte < 0xF0)
		return 2;
	*character = byte & 0x07;
	if (byte >= 0xF0 && byte < 0xF5)
		return 3;
	return -1;
}

/* Reads a character and goes behind it; REPLACEMENT for a byte that begins none. */
static uint32_t
next_character(const char **text, const char *end)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	const unsigned char *at = (const unsigned char *) *text;
	uint32_t character;
	int more = first_byte(*at, &character);

	(*text)++;
	if (more < 0 || end - *text < more)
		return REPLACEMENT;
	for (int i = 1; i <= more; i++)
	{
		if ((at[i] & 0xC0) != 0x80)
			return REPLACEMENT;
		character = character << 6 | (at[i] & 0x3F);
	}
	if (character < least[more] || character > 0x10FFFF ||
		(character >= 0xD800 && character <= 0xDFFF))
		return REPLACEMENT;
	*text += more;
	return character;
}

/* As a sans-serif face of 13 pixels has them, rather too wide than too narrow. */
static int
character_width(uint32_t character)
{
	if (character < 0x80)
	{
		if (strchr("ijl.,:;'|! ()[]tfrI", (int) character) != NULL && character != 0)
			return 5;
		if (character == 'm' || character == 'w' || character == 'M' || character == 'W' ||
			character == '@' || character == '%')
			return 12;
		return character >= 'A' && character <= 'Z' ? 9 : 8;
	}
	if (within(character, unseen, N_RANGES(unseen)))
		return 0;
	return within(character, wide, N_RANGES(wide)) ? 16 : 9;
}

const char *
campaign_picture_text_line(const char *text)
{
	return text + strcspn(text, "\n");
}

/* Up to where the bytes fit into a width; how wide that is. */
static int
fitting(const char *text, const char *end, int limit, const char **upto)
{
	int width = 0;

	*upto = text;
	while (text < end)
	{
		width += character_width(next_character(&text, end));
		if (width > limit)
			break;
		*upto = text;
	}
	return width;
}

int
campaign_picture_text_width(const char *text, const char *end)
{
	const char *upto;
	int width = fitting(text, end, PICTURE_TEXT_MAX, &upto);

	return width > PICTURE_TEXT_MAX ? PICTURE_TEXT_MAX : width;
}

/* A tab or a control character would be a blank or nothing to the eye, and some are not allowed. */
static bool
in_xml(uint32_t character)
{
	return character >= 0x20 && character != 0x7F && (character < 0x80 || character >= 0xA0) &&
		   character != 0xFFFE && character != 0xFFFF;
}

static void
write_characters(const char *text, const char *end, PictureAppend append, void *arg)
{
	while (text < end)
	{
		const char *start = text;
		uint32_t character = next_character(&text, end);
		const char *written = character == '&'    ? "&amp;"
							  : character == '<'  ? "&lt;"
							  : character == '>'  ? "&gt;"
							  : character == '"'  ? "&quot;"
							  : character == '\'' ? "&#39;"
							  : character == REPLACEMENT || !in_xml(character)
								  ? (character == '\t' || character == '\n' ? " " : "\xEF\xBF\xBD")
								  : NULL;

		if (written != NULL)
			append(arg, written, strlen(written));
		else
			append(arg, start, (size_t) (text - start));
	}
}

void
campaign_picture_text_write(const char *text, const char *end, bool whole, PictureAppend append,
							void *arg)
{
	const char *upto = end;
	bool cut = !whole && fitting(text, end, PICTURE_TEXT_MAX, &upto) > PICTURE_TEXT_MAX;

	if (cut)
		fitting(text, end, PICTURE_TEXT_MAX - DOTS_WIDTH, &upto);
	write_characters(text, whole ? end : upto, append, arg);
	if (cut)
		append(arg, DOTS, strlen(DOTS));
}
