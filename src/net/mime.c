/*
 * mime.c
 *		The bytes of a mail, written by GMime.
 */
#include "net/mime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gmime/gmime.h>

#include "net/mime_check.h"
#include "net/words.h"

#define CHARSET "utf-8"
/* Where a longer line has to be encoded. */
#define LINE_MAX_7BIT 76
#define LINE_MAX_8BIT 990
#define ADDRESS_BYTES 600

typedef struct Builder
{
	const MailMessage *message;
	bool eight_bit;
	bool utf8;
	GMimeFormatOptions *options;
	GMimeMessage *mime;
	const char *names[MIME_HEADERS_MAX]; /* of the headers that are to be there */
	int n_names;
	const char *fault;
} Builder;

static void
expect(Builder *builder, const char *name)
{
	builder->names[builder->n_names++] = name;
}

/* Costs nothing the second time; not before a process has forked for the last time. */
static void
initialise(void)
{
	static gsize done;

	if (g_once_init_enter(&done))
	{
		g_mime_init();
		g_once_init_leave(&done, 1);
	}
}

bool
campaign_mime_envelope(const char *address, bool utf8, char *out, size_t size)
{
	InternetAddress *mailbox;
	const char *ascii;
	int length = -1;

	if (campaign_mail_address_fault(address) != NULL)
		return false;
	if (utf8 || campaign_mail_is_ascii(address))
		length = snprintf(out, size, "%s", address);
	else
	{
		initialise();
		mailbox = internet_address_mailbox_new(NULL, address);
		ascii = internet_address_mailbox_get_idn_addr(INTERNET_ADDRESS_MAILBOX(mailbox));
		if (ascii != NULL && campaign_mail_is_ascii(ascii) &&
			campaign_mail_address_fault(ascii) == NULL)
			length = snprintf(out, size, "%s", ascii);
		g_object_unref(mailbox);
	}
	return length >= 0 && (size_t) length < size;
}

/* A header whose value is given as it is to stand there, in ASCII, lines divided by "\n ". */
static void
set_raw(Builder *builder, const char *name, const char *value)
{
	char *line = g_strdup_printf(" %s\n", value);
	GMimeHeaderList *headers = g_mime_object_get_header_list(GMIME_OBJECT(builder->mime));
	GMimeHeader *header;

	g_mime_header_list_set(headers, name, "", CHARSET);
	header = g_mime_header_list_get_header(headers, name);
	g_mime_header_set_raw_value(header, line);
	g_free(line);
	expect(builder, name);
}

/* Name <address>, in two lines where the name is long. */
static void
set_address(Builder *builder, const char *name, const MailAddress *address)
{
	char written[ADDRESS_BYTES];
	GString *value;

	if (!campaign_mime_envelope(address->address, builder->utf8, written, sizeof(written)))
	{
		builder->fault = "an address needs SMTPUTF8, which the server does not offer";
		return;
	}
	if (address->name == NULL || address->name[0] == '\0')
	{
		set_raw(builder, name, written);
		return;
	}
	value = g_string_new(NULL);
	campaign_words_add_name(value, address->name, strlen(name) + 2);
	g_string_append_printf(value, "%s<%s>", value->len + strlen(written) > 60 ? "\n " : " ",
						   written);
	set_raw(builder, name, value->str);
	g_string_free(value, TRUE);
}

static void
set_subject(Builder *builder)
{
	GString *value = g_string_new(NULL);

	campaign_words_add_text(value, builder->message->subject, strlen("Subject: "));
	set_raw(builder, "Subject", value->str);
	g_string_free(value, TRUE);
}

static void
set_date(Builder *builder)
{
	GDateTime *date = g_date_time_new_from_unix_utc(builder->message->date);

	g_mime_message_set_date(builder->mime, date);
	g_date_time_unref(date);
	expect(builder, "Date");
}

/* Ids stand one in a line, so none is ever divided. */
static void
set_thread(Builder *builder)
{
	const MailMessage *message = builder->message;
	GString *value = g_string_new(NULL);
	int i;

	g_string_printf(value, "<%s>", message->message_id);
	set_raw(builder, "Message-ID", value->str);
	if (message->in_reply_to != NULL)
	{
		g_string_printf(value, "<%s>", message->in_reply_to);
		set_raw(builder, "In-Reply-To", value->str);
	}
	if (message->n_references > 0)
	{
		g_string_truncate(value, 0);
		for (i = 0; i < message->n_references; i++)
			g_string_append_printf(value, "%s<%s>", i == 0 ? "" : "\n ", message->references[i]);
		set_raw(builder, "References", value->str);
	}
	g_string_free(value, TRUE);
}

/* RFC 8058 wants an https address; what it says of POST is about that one alone. */
static void
set_unsubscribe(Builder *builder)
{
	const char *url = builder->message->unsubscribe_url;
	const char *mailto = builder->message->unsubscribe_mailto;
	char *value;

	if (url == NULL && mailto == NULL)
		return;
	if (url != NULL && mailto != NULL)
		value = g_strdup_printf("<%s>,\n <mailto:%s>", url, mailto);
	else
		value = url != NULL ? g_strdup_printf("<%s>", url) : g_strdup_printf("<mailto:%s>", mailto);
	set_raw(builder, "List-Unsubscribe", value);
	g_free(value);
	if (url != NULL)
		set_raw(builder, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
}

static size_t
longest_line(const char *text)
{
	size_t longest = 0;

	while (*text != '\0')
	{
		size_t length = strcspn(text, "\n");

		longest = length > longest ? length : longest;
		text += length + (text[length] != '\0');
	}
	return longest;
}

/* Lines end in LF for GMime, which makes CRLF of them; a lone CR is a line end too. */
static char *
with_line_feeds(const char *text)
{
	GString *out = g_string_sized_new(strlen(text) + 1);

	while (*text != '\0')
	{
		size_t length = strcspn(text, "\r");

		g_string_append_len(out, text, (gssize) length);
		text += length;
		if (*text == '\r' && text[1] != '\n')
			g_string_append_c(out, '\n');
		text += *text == '\r';
	}
	if (out->len == 0 || out->str[out->len - 1] != '\n')
		g_string_append_c(out, '\n');
	return g_string_free(out, FALSE);
}

/* Bytes that are neither shown nor lay out, which some server might take amiss. */
static bool
has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if (((unsigned char) *text < 0x20 && *text != '\n' && *text != '\t') || *text == 0x7f)
			return true;
	return false;
}

static GMimeContentEncoding
encoding_for(const Builder *builder, const char *text)
{
	size_t longest = longest_line(text);

	if (has_control(text))
		return GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE;
	if (longest <= LINE_MAX_7BIT && campaign_mail_is_ascii(text))
		return GMIME_CONTENT_ENCODING_7BIT;
	if (builder->eight_bit && longest <= LINE_MAX_8BIT)
		return GMIME_CONTENT_ENCODING_8BIT;
	return GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE;
}

static GMimeObject *
text_part(const Builder *builder, const char *subtype, const char *text)
{
	GMimePart *part = g_mime_part_new_with_type("text", subtype);
	char *lines = with_line_feeds(text);
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(lines, strlen(lines));
	GMimeDataWrapper *content =
		g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);

	g_mime_object_set_content_type_parameter(GMIME_OBJECT(part), "charset", CHARSET);
	g_mime_part_set_content(part, content);
	g_mime_part_set_content_encoding(part, encoding_for(builder, lines));
	g_object_unref(content);
	g_object_unref(stream);
	g_free(lines);
	return GMIME_OBJECT(part);
}

/* The text alone, or the text and then what is to be preferred to it. */
static void
set_body(Builder *builder)
{
	const MailMessage *message = builder->message;
	GMimeObject *text = text_part(builder, "plain", message->text);
	GMimeObject *html;
	GMimeMultipart *both;
	char *boundary;

	expect(builder, "MIME-Version");
	expect(builder, "Content-Type");
	if (message->html == NULL)
	{
		g_mime_message_set_mime_part(builder->mime, text);
		g_object_unref(text);
		expect(builder, "Content-Transfer-Encoding");
		return;
	}
	html = text_part(builder, "html", message->html);
	both = g_mime_multipart_new_with_subtype("alternative");
	/* "=_" stands in no quoted-printable text, and the key is known to nobody beforehand */
	boundary = g_strdup_printf("=_%.60s", message->key);
	g_mime_multipart_set_boundary(both, boundary);
	g_mime_multipart_add(both, text);
	g_mime_multipart_add(both, html);
	g_mime_message_set_mime_part(builder->mime, GMIME_OBJECT(both));
	g_free(boundary);
	g_object_unref(both);
	g_object_unref(html);
	g_object_unref(text);
}

static bool
write_out(Builder *builder, MailBytes *out)
{
	GByteArray *array;
	GMimeStream *stream = g_mime_stream_mem_new();

	g_mime_object_write_to_stream(GMIME_OBJECT(builder->mime), builder->options, stream);
	array = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
	builder->fault = campaign_mime_check((const char *) array->data, array->len, builder->names,
										 builder->n_names, builder->eight_bit, builder->utf8);
	if (builder->fault == NULL)
	{
		out->data = malloc(array->len + 1);
		if (out->data == NULL)
			builder->fault = "out of memory";
		else
		{
			memcpy(out->data, array->data, array->len);
			out->data[array->len] = '\0';
			out->length = array->len;
		}
	}
	g_object_unref(stream);
	return builder->fault == NULL;
}

bool
campaign_mime_build(const MailMessage *message, bool eight_bit, bool utf8, MailBytes *out,
					char *error, size_t error_size)
{
	Builder builder = {.message = message, .eight_bit = eight_bit, .utf8 = utf8};

	out->data = NULL;
	out->length = 0;
	builder.fault = campaign_mail_fault(message);
	if (builder.fault == NULL)
	{
		initialise();
		builder.options = g_mime_format_options_new();
		g_mime_format_options_set_newline_format(builder.options, GMIME_NEWLINE_FORMAT_DOS);
		builder.mime = g_mime_message_new(FALSE);
		set_date(&builder);
		set_address(&builder, "From", &message->from);
		if (message->reply_to.address != NULL)
			set_address(&builder, "Reply-To", &message->reply_to);
		set_address(&builder, "To", &message->to);
		set_subject(&builder);
		set_thread(&builder);
		set_unsubscribe(&builder);
		set_body(&builder);
		if (builder.fault == NULL)
			write_out(&builder, out);
		g_object_unref(builder.mime);
		g_mime_format_options_free(builder.options);
	}
	if (builder.fault != NULL && error_size > 0)
		snprintf(error, error_size, "%s", builder.fault);
	return builder.fault == NULL;
}

void
campaign_mime_free(MailBytes *bytes)
{
	free(bytes->data);
	bytes->data = NULL;
	bytes->length = 0;
}
