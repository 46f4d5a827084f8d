/*
 * fuzz_mail.c
 *		Any texts as the parts of a mail: what is built has one sender, one recipient, the subject that was
 *		given and no other header, whatever stands in the parts; the rest is refused.
 *
 * The input is parts with NUL between them, after one byte of flags.
 */
#include "fuzz.h"

#include <gmime/gmime.h>

#include "net/mime.h"

#define PARTS 12

/* The parts of the input, each a text of its own; those that are not there are empty. */
static void
take_parts(char *copy, size_t length, char **parts)
{
	char *end = copy + length;
	int i;

	for (i = 0; i < PARTS; i++)
	{
		parts[i] = copy;
		copy = copy >= end ? end : copy + strlen(copy) + 1;
		copy = copy > end ? end : copy;
	}
}

static void
check_mailbox(InternetAddressList *list, const MailAddress *expected, int utf8)
{
	InternetAddress *one;
	const char *address;
	char wanted[600];

	hold(list != NULL && internet_address_list_length(list) == 1);
	one = internet_address_list_get_address(list, 0);
	hold(INTERNET_ADDRESS_IS_MAILBOX(one));
	address = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(one));
	hold(campaign_mime_envelope(expected->address, utf8, wanted, sizeof(wanted)));
	/* a reader may give domains back in Unicode */
	if (strcasestr(wanted, "xn--") == NULL)
		hold(strcmp(address, wanted) == 0);
}

static void
check_mail(const MailMessage *message, const MailBytes *bytes, int utf8)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes->data, bytes->length);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	GMimeMessage *mime = g_mime_parser_construct_message(parser, NULL);
	const char *subject;

	hold(mime != NULL);
	check_mailbox(g_mime_message_get_from(mime), &message->from, utf8);
	check_mailbox(g_mime_message_get_to(mime), &message->to, utf8);
	hold(internet_address_list_length(g_mime_message_get_cc(mime)) == 0);
	hold(internet_address_list_length(g_mime_message_get_bcc(mime)) == 0);
	subject = g_mime_message_get_subject(mime);
	hold(strcmp(subject == NULL ? "" : subject, message->subject) == 0);
	hold(strcmp(g_mime_message_get_message_id(mime), message->message_id) == 0);
	g_object_unref(mime);
	g_object_unref(parser);
	g_object_unref(stream);
}

int
LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
	char *copy = calloc(len + 1, 1);
	char *parts[PARTS];
	const char *references[2];
	MailMessage message = {.key = "0123456789abcdef", .date = 1700000000};
	MailBytes built;
	char error[200];
	int flags = len > 0 ? bytes[0] : 0;

	hold(copy != NULL);
	memcpy(copy, bytes, len);
	take_parts(len > 0 ? copy + 1 : copy, len > 0 ? len - 1 : 0, parts);
	message.from = (MailAddress){parts[0], parts[1]};
	message.to = (MailAddress){parts[2], parts[3]};
	message.subject = parts[4];
	message.text = parts[5];
	message.html = (flags & 4) ? parts[6] : NULL;
	message.message_id = (flags & 8) ? parts[7] : "a@b";
	references[0] = parts[8];
	references[1] = "c@d";
	if (flags & 16)
	{
		message.references = references;
		message.n_references = 2;
		message.in_reply_to = references[0];
	}
	message.unsubscribe_url = (flags & 32) ? parts[9] : NULL;
	message.unsubscribe_mailto = (flags & 64) ? parts[10] : NULL;
	message.reply_to.address = (flags & 128) ? parts[11] : NULL;
	if (campaign_mime_build(&message, flags & 1, flags & 2, &built, error, sizeof(error)))
	{
		check_mail(&message, &built, (flags & 2) != 0);
		campaign_mime_free(&built);
	}
	free(copy);
	return 0;
}
