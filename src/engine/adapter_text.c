/*
 * adapter_text.c
 *		Texts of an adapter's rows with their variables filled in.
 */
#include "engine/adapter_text.h"

#include "catalog/pg_collation.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "core/template.h"
#include "engine/adapter_document.h"

#define FOUND "found."
#define SECRET "secret"
#define NOW "now"
/* A longer text is not searched. */
#define SEARCHED_MAX 4096

typedef struct Filling
{
	AdapterText *text;
	AdapterTextPlace place;
} Filling;

void
campaign_adapter_text_encode(StringInfo out, const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
	{
		unsigned char byte = (unsigned char) text[i];

		if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
			(byte >= '0' && byte <= '9') || (byte != '\0' && strchr("-._~", byte) != NULL))
			appendStringInfoChar(out, (char) byte);
		else
			appendStringInfo(out, "%%%02X", byte);
	}
}

static int
hex_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

/* What was percent-encoded in an address that it was found in; as it is, if that is no text. */
static char *
decoded(char *text)
{
	char *out = palloc(strlen(text) + 1);
	char *to = out;
	const char *from;

	for (from = text; *from != '\0'; from++)
	{
		int high = from[0] == '%' ? hex_value(from[1]) : -1;
		int low = high >= 0 ? hex_value(from[2]) : -1;

		if (low < 0)
			*to++ = *from;
		else
		{
			*to++ = (char) (high * 16 + low);
			from += 2;
		}
	}
	*to = '\0';
	return strlen(out) == (size_t) (to - out) &&
				   pg_verify_mbstr(GetDatabaseEncoding(), out, (int) strlen(out), true)
			   ? out
			   : text;
}

/* What the regular expression finds in the text: its first group, if it has one; NULL = nothing. */
static char *
search(const char *where, const char *pattern)
{
	LOCAL_FCINFO(call, 2);
	Datum found;

	if (strlen(where) > SEARCHED_MAX)
		return NULL;
	InitFunctionCallInfoData(*call, NULL, 2, C_COLLATION_OID, NULL, NULL);
	call->args[0] = (NullableDatum){CStringGetTextDatum(where), false};
	call->args[1] = (NullableDatum){CStringGetTextDatum(pattern), false};
	found = textregexsubstr(call);
	return call->isnull ? NULL : decoded(TextDatumGetCString(found));
}

/* {{found.NAME}}: what "finds" of the request says. */
static char *
find(AdapterText *text, const char *name, size_t length)
{
	JsonbValue rule;
	JsonbValue in;
	JsonbValue match;
	char *where;

	if (text->finds == NULL ||
		getKeyJsonValueFromContainer(&text->finds->root, name, (int) length, &rule) == NULL ||
		rule.type != jbvBinary ||
		getKeyJsonValueFromContainer(rule.val.binary.data, "in", 2, &in) == NULL ||
		getKeyJsonValueFromContainer(rule.val.binary.data, "match", 5, &match) == NULL ||
		in.type != jbvString || match.type != jbvString)
		return NULL;
	/* no text of "finds" is of what others have found */
	where = campaign_adapter_text_render(
		&(AdapterText){.document = text->document, .content = text->content}, in.val.string.val,
		in.val.string.len, ADAPTER_TEXT_PLAIN);
	return where == NULL ? NULL
						 : search(where, pnstrdup(match.val.string.val, match.val.string.len));
}

/* As ISO 8601 has it, in UTC. */
static char *
instant_text(TimestampTz at)
{
	pg_time_t second = timestamptz_to_time_t(at);
	char *text = palloc(sizeof("2026-03-02T09:00:00Z") + 8);

	pg_strftime(text, sizeof("2026-03-02T09:00:00Z") + 8, "%Y-%m-%dT%H:%M:%SZ", pg_gmtime(&second));
	return text;
}

static char *
value_of(AdapterText *text, const char *name, size_t length)
{
	JsonbValue value;
	char *found = NULL;

	if (length > strlen(FOUND) && memcmp(name, FOUND, strlen(FOUND)) == 0)
		return find(text, name + strlen(FOUND), length - strlen(FOUND));
	if (campaign_adapter_document_find(text->document, name, length, &value))
		found = campaign_adapter_document_text(&value);
	if (found == NULL && text->content != NULL && length == strlen(NOW) &&
		memcmp(name, NOW, length) == 0)
		found = instant_text(text->content->now);
	if (found == NULL && text->content != NULL)
		found = campaign_content_value(text->content, name, length);
	return found;
}

static bool
is_secret(const char *name, size_t length)
{
	size_t word = strlen(SECRET);

	return length >= word && memcmp(name, SECRET, word) == 0 &&
		   (length == word || name[word] == '.');
}

static bool
look_up(void *arg, const char *name, size_t length, const char **value, size_t *value_length)
{
	const Filling *filling = arg;
	char *text;

	if (is_secret(name, length))
	{
		if (filling->place != ADAPTER_TEXT_HEADER)
			return false;
		text = psprintf("{{%.*s}}", (int) length, name);
	}
	else
	{
		text = value_of(filling->text, name, length);
		/* nothing that comes from outside asks for a secret */
		if (text == NULL || (filling->place == ADAPTER_TEXT_HEADER && strstr(text, "{{") != NULL))
			return false;
	}
	if (filling->place == ADAPTER_TEXT_ADDRESS)
	{
		StringInfoData encoded;

		initStringInfo(&encoded);
		campaign_adapter_text_encode(&encoded, text, strlen(text));
		text = encoded.data;
	}
	*value = text;
	*value_length = strlen(text);
	return true;
}

static void
append(void *arg, const char *bytes, size_t length)
{
	appendBinaryStringInfo(arg, bytes, (int) length);
}

char *
campaign_adapter_text_render(AdapterText *text, const char *template, size_t length,
							 AdapterTextPlace place)
{
	Filling filling = {text, place};
	StringInfoData rendered;
	TemplateFault fault;

	initStringInfo(&rendered);
	if (campaign_template_render(template, length, look_up, &filling, append, &rendered, &fault))
		return rendered.data;
	text->missing =
		fault.name == NULL ? pnstrdup(template, length) : pnstrdup(fault.name, fault.name_length);
	return NULL;
}

const char *
campaign_adapter_text_alone(const char *template, size_t length, size_t *name_length)
{
	if (length < 5 || memcmp(template, "{{", 2) != 0 ||
		memcmp(template + length - 2, "}}", 2) != 0 ||
		memchr(template + 2, '}', length - 4) != NULL ||
		memchr(template + 2, '|', length - 4) != NULL)
		return NULL;
	*name_length = length - 4;
	return template + 2;
}
