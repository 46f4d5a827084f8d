/*
 * template.c
 *		Reading and rendering of texts with variables: one reader, next_piece(), serves both.
 */
#include "core/template.h"

#include <string.h>

/* A stretch of bytes in the template. */
typedef struct Span
{
	const char *start;
	size_t length;
} Span;

/* What stands next in a template: text, and then a variable unless the text is the last. */
typedef struct Piece
{
	Span text;
	bool has_variable;
	bool has_fallback;
	size_t offset; /* of the variable */
	Span name;
	Span fallback;
} Piece;

/* Where the reading of a template stands. */
typedef struct Reader
{
	const char *text;
	size_t length;
	size_t position;
	TemplateFault *fault;
} Reader;

static bool
fail(Reader *reader, TemplateFaultCode code, size_t offset)
{
	reader->fault->code = code;
	reader->fault->offset = offset;
	return false;
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
		   c == '-' || ((unsigned char) c & 0x80) != 0;
}

static Span
trim(Span span)
{
	while (span.length > 0 && is_space(span.start[0]))
	{
		span.start++;
		span.length--;
	}
	while (span.length > 0 && is_space(span.start[span.length - 1]))
		span.length--;
	return span;
}

/* The place of the next pair of this character at or after from, or length if there is none. */
static size_t
find_pair(const Reader *reader, size_t from, char c)
{
	for (size_t i = from; i + 1 < reader->length; i++)
		if (reader->text[i] == c && reader->text[i + 1] == c)
			return i;
	return reader->length;
}

/* True if the name has no empty part and no character that a name cannot have. */
static bool
check_name(Reader *reader, const Piece *piece)
{
	Span name = piece->name;
	bool part_empty = true;

	for (size_t i = 0; i < name.length; i++)
	{
		if (is_name_character(name.start[i]))
			part_empty = false;
		else if (name.start[i] != '.')
			return fail(reader, TEMPLATE_FAULT_BAD_NAME, (size_t) (name.start + i - reader->text));
		else if (part_empty)
			return fail(reader, TEMPLATE_FAULT_EMPTY_NAME, piece->offset);
		else
			part_empty = true;
	}
	return part_empty ? fail(reader, TEMPLATE_FAULT_EMPTY_NAME, piece->offset) : true;
}

/* Reads on; false at a fault. The last piece has no variable. */
static bool
next_piece(Reader *reader, Piece *piece)
{
	size_t open = find_pair(reader, reader->position, '{');
	size_t close;
	Span inside;
	const char *bar;

	memset(piece, 0, sizeof(*piece));
	piece->text.start = reader->text + reader->position;
	piece->text.length = open - reader->position;
	piece->offset = open;
	reader->position = open;
	if (open == reader->length)
		return true;

	close = find_pair(reader, open + 2, '}');
	if (close == reader->length || find_pair(reader, open + 2, '{') < close)
		return fail(reader, TEMPLATE_FAULT_UNCLOSED, open);

	inside.start = reader->text + open + 2;
	inside.length = close - open - 2;
	bar = memchr(inside.start, '|', inside.length);
	piece->has_variable = true;
	piece->name = inside;
	if (bar != NULL)
	{
		piece->has_fallback = true;
		piece->name.length = (size_t) (bar - inside.start);
		piece->fallback.start = bar + 1;
		piece->fallback.length = inside.length - piece->name.length - 1;
		piece->fallback = trim(piece->fallback);
	}
	piece->name = trim(piece->name);
	reader->position = close + 2;
	return check_name(reader, piece);
}

static Reader
begin(const char *text, size_t length, TemplateFault *fault)
{
	Reader reader = {.text = text, .length = length, .fault = fault};

	memset(fault, 0, sizeof(*fault));
	return reader;
}

bool
campaign_template_render(const char *text, size_t length, TemplateLookup lookup, void *lookup_arg,
						 TemplateAppend append, void *append_arg, TemplateFault *fault)
{
	Reader reader = begin(text, length, fault);
	Piece piece;

	for (;;)
	{
		Span value = {NULL, 0};

		if (!next_piece(&reader, &piece))
			return false;
		if (piece.text.length > 0)
			append(append_arg, piece.text.start, piece.text.length);
		if (!piece.has_variable)
			return true;
		if (!lookup(lookup_arg, piece.name.start, piece.name.length, &value.start, &value.length) ||
			value.length == 0)
		{
			if (!piece.has_fallback)
			{
				fault->name = piece.name.start;
				fault->name_length = piece.name.length;
				return fail(&reader, TEMPLATE_FAULT_MISSING, piece.offset);
			}
			value = piece.fallback;
		}
		if (value.length > 0)
			append(append_arg, value.start, value.length);
	}
}

bool
campaign_template_visit(const char *text, size_t length, TemplateVisit visit, void *arg,
						TemplateFault *fault)
{
	Reader reader = begin(text, length, fault);
	Piece piece;

	do
	{
		if (!next_piece(&reader, &piece))
			return false;
		if (piece.has_variable && visit != NULL)
			visit(arg, piece.name.start, piece.name.length, piece.has_fallback);
	} while (piece.has_variable);
	return true;
}
