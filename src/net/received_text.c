/*
 * received_text.c
 *		Text out of a received message.
 */
#include "net/received_text.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* Deeper and later parts are not looked at. */
#define DEPTH_MAX 8
#define PARTS_MAX 64
/* Bytes of one part that are looked at. */
#define CONTENT_MAX ((size_t) 64 * 1024)

static bool
is_kept(unsigned char byte)
{
	return (byte >= 0x20 && byte != 0x7f) || byte == '\t' || byte == '\n';
}

void
campaign_net_received_copy(char *to, size_t size, const char *text)
{
	size_t n = 0;

	if (text != NULL && g_utf8_validate(text, -1, NULL))
	{
		for (; *text != '\0'; text = g_utf8_next_char(text))
		{
			size_t len = (size_t) (g_utf8_next_char(text) - text);

			if (n + len >= size)
				break;
			if (!is_kept((unsigned char) *text))
				continue;
			memcpy(to + n, text, len);
			n += len;
		}
	}
	else if (text != NULL)
	{
		char *valid = g_utf8_make_valid(text, -1);

		campaign_net_received_copy(to, size, valid);
		g_free(valid);
		return;
	}
	to[n] = '\0';
}

void
campaign_net_received_line(char *to, size_t size, const char *text)
{
	const char *read;
	char *write;

	campaign_net_received_copy(to, size, text);
	for (read = write = to; *read != '\0'; read++)
	{
		if (*read != ' ' && *read != '\t' && *read != '\n')
			*write++ = *read;
		else if (write > to && write[-1] != ' ')
			*write++ = ' ';
	}
	while (write > to && write[-1] == ' ')
		write--;
	*write = '\0';
}

/* A name, and none of the options that may follow it for iconv. */
static bool
is_charset(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && len <= 40 &&
		   strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:") ==
			   len;
}

char *
campaign_net_received_content(GMimeObject *part, size_t most)
{
	GMimeDataWrapper *wrapper;
	GMimeStream *memory;
	GByteArray *bytes;
	const char *charset = g_mime_object_get_content_type_parameter(part, "charset");
	char *text = NULL;

	if (!GMIME_IS_PART(part) || (wrapper = g_mime_part_get_content(GMIME_PART(part))) == NULL)
		return NULL;
	memory = g_mime_stream_mem_new();
	g_mime_data_wrapper_write_to_stream(wrapper, memory);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory));
	if (bytes->len > most)
		g_byte_array_set_size(bytes, (guint) most);
	if (charset != NULL && is_charset(charset) && strcasecmp(charset, "utf-8") != 0)
	{
		gsize read;
		gsize written;

		/* what of a character was cut off at the end is left out; an unknown charset gives NULL */
		text = g_convert_with_fallback((const char *) bytes->data, bytes->len, "UTF-8", charset,
									   "?", &read, &written, NULL);
	}
	if (text == NULL)
		text = g_utf8_make_valid((const char *) bytes->data, (gssize) bytes->len);
	g_object_unref(memory);
	return text;
}

/* ---- HTML -------------------------------------------------------------------------------------- */

/* The character that an entity stands for, and its length; 0 = none of ours. */
static size_t
entity(const char *text, char *out)
{
	static const struct
	{
		const char *name;
		const char *text;
	} known[] = {{"&amp;", "&"}, {"&lt;", "<"},   {"&gt;", ">"},   {"&quot;", "\""},
				 {"&#39;", "'"}, {"&apos;", "'"}, {"&nbsp;", " "}, {"&#160;", " "}};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
	{
		if (strncmp(text, known[i].name, strlen(known[i].name)) == 0)
		{
			*out = known[i].text[0];
			return strlen(known[i].name);
		}
	}
	return 0;
}

static bool
is_tag(const char *text, const char *name)
{
	size_t len = strlen(name);

	return strncasecmp(text, name, len) == 0 && !g_ascii_isalnum(text[len]);
}

/* Behind the end of an element whose content is no text; the end of all if it has none. */
static const char *
skip_element(const char *text, const char *name)
{
	for (; *text != '\0'; text++)
		if (text[0] == '<' && text[1] == '/' && is_tag(text + 2, name))
			return text;
	return text;
}

/* Behind a tag at text; puts a newline into *mark where the tag begins a line. */
static const char *
skip_tag(const char *text, char *mark)
{
	static const char *const silent[] = {"script", "style", "head", "title"};
	static const char *const lines[] = {"br", "p",  "div", "tr",        "li",
										"h1", "h2", "h3",  "blockquote"};
	const char *name = text[1] == '/' ? text + 2 : text + 1;
	size_t i;

	*mark = '\0';
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		if (is_tag(name, lines[i]))
			*mark = '\n';
	if (strncmp(text, "<!--", 4) == 0)
	{
		const char *end = strstr(text, "-->");

		return end != NULL ? end + 3 : text + strlen(text);
	}
	for (i = 0; i < sizeof(silent) / sizeof(silent[0]); i++)
		if (text[1] != '/' && is_tag(text + 1, silent[i]))
		{
			text = skip_element(text + 1, silent[i]);
			break;
		}
	text = strchr(text, '>');
	return text != NULL ? text + 1 : name + strlen(name);
}

/* In place: the text is never longer than what it is made of. */
static void
strip_tags(char *html)
{
	const char *read = html;
	char *write = html;

	while (*read != '\0')
	{
		size_t len;
		char out;

		if (*read == '<' && (g_ascii_isalpha(read[1]) || read[1] == '/' || read[1] == '!'))
		{
			read = skip_tag(read, &out);
			if (out != '\0' && write > html && write[-1] != '\n')
				*write++ = out;
		}
		else if (*read == '&' && (len = entity(read, &out)) > 0)
		{
			*write++ = out;
			read += len;
		}
		else if (*read == '\r' || *read == '\n')
		{
			if (write > html && write[-1] != ' ' && write[-1] != '\n')
				*write++ = ' ';
			read++;
		}
		else
			*write++ = *read++;
	}
	*write = '\0';
}

/* ---- the walk ---------------------------------------------------------------------------------- */

typedef struct Walk
{
	GMimeObject *plain;
	GMimeObject *html;
	int parts;
} Walk;

static void
walk(Walk *found, GMimeObject *part, int depth)
{
	GMimeContentDisposition *disposition;
	GMimeContentType *type;

	if (part == NULL || depth > DEPTH_MAX || found->parts++ > PARTS_MAX || found->plain != NULL)
		return;
	if (GMIME_IS_MULTIPART(part))
	{
		int n = g_mime_multipart_get_count(GMIME_MULTIPART(part));
		int i;

		for (i = 0; i < n && i < PARTS_MAX; i++)
			walk(found, g_mime_multipart_get_part(GMIME_MULTIPART(part), i), depth + 1);
		return;
	}
	disposition = g_mime_object_get_content_disposition(part);
	if (disposition != NULL && g_mime_content_disposition_is_attachment(disposition))
		return;
	type = g_mime_object_get_content_type(part);
	if (!GMIME_IS_PART(part) || type == NULL)
		return;
	if (g_mime_content_type_is_type(type, "text", "plain"))
		found->plain = part;
	else if (found->html == NULL && g_mime_content_type_is_type(type, "text", "html"))
		found->html = part;
}

void
campaign_net_received_text(GMimeObject *part, char *to, size_t size)
{
	Walk found = {NULL, NULL, 0};
	char *text;

	to[0] = '\0';
	walk(&found, part, 0);
	if (found.plain == NULL && found.html == NULL)
		return;
	text =
		campaign_net_received_content(found.plain != NULL ? found.plain : found.html, CONTENT_MAX);
	if (text != NULL && found.plain == NULL)
		strip_tags(text);
	campaign_net_received_copy(to, size, text);
	g_free(text);
}
