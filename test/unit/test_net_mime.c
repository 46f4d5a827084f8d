/*
 * test_net_mime.c
 *		Mails as bytes: that they say what was meant, and that nothing else gets into them (S2.12). GMime's
 *		reader is the judge, and at the end, of the same mails, Python's (judge_mail.py).
 */
#include "net/mime.h"

#include <stdlib.h>
#include <unistd.h>

#include <gmime/gmime.h>

#include "net/mime_check.h"
#include "unit.h"

static const char *const references[] = {"first@example.org", "second@example.org"};

static const MailMessage plain = {.key = "0123456789abcdef0123456789abcdef",
								  .from = {"Ada Lovelace", "ada@example.org"},
								  .to = {"Tim", "tim@example.com"},
								  .subject = "Hello",
								  .text = "Dear Tim,\n\nhello.\n",
								  .message_id = "0123456789abcdef@example.org",
								  .date = 1700000000};

static char error[200];

/* What Python is to read. */
static FILE *judged;
static char judged_path[] = "/tmp/campaign_mails_XXXXXX";

static void
judge_field(const char *bytes, size_t length)
{
	uint32_t size = (uint32_t) length;

	fwrite(&size, sizeof(size), 1, judged);
	fwrite(bytes, 1, length, judged);
}

static void
judge(const MailMessage *message, const MailBytes *bytes)
{
	judge_field(message->subject, strlen(message->subject));
	judge_field(message->from.name, strlen(message->from.name));
	judge_field(message->from.address, strlen(message->from.address));
	judge_field(message->text, strlen(message->text));
	judge_field(message->html == NULL ? "" : message->html,
				message->html == NULL ? 0 : strlen(message->html));
	judge_field(bytes->data, bytes->length);
}

/* The message as its reader gets it; the caller unrefs it. */
static GMimeMessage *
read_back(const MailMessage *message, bool eight_bit, bool utf8)
{
	MailBytes bytes;
	GMimeStream *stream;
	GMimeParser *parser;
	GMimeMessage *mime;

	error[0] = '\0';
	if (!campaign_mime_build(message, eight_bit, utf8, &bytes, error, sizeof(error)))
	{
		printf("# not built: %s\n", error);
		return NULL;
	}
	judge(message, &bytes);
	stream = g_mime_stream_mem_new_with_buffer(bytes.data, bytes.length);
	parser = g_mime_parser_new_with_stream(stream);
	mime = g_mime_parser_construct_message(parser, NULL);
	g_object_unref(parser);
	g_object_unref(stream);
	campaign_mime_free(&bytes);
	return mime;
}

static char *
built(const MailMessage *message, bool eight_bit, bool utf8)
{
	MailBytes bytes;

	error[0] = '\0';
	campaign_mime_build(message, eight_bit, utf8, &bytes, error, sizeof(error));
	return bytes.data;
}

static bool
contains(const MailMessage *message, bool eight_bit, const char *expected)
{
	char *bytes = built(message, eight_bit, eight_bit);
	bool good = bytes != NULL && strstr(bytes, expected) != NULL;

	if (!good)
		printf("# %s\n", bytes == NULL ? error : bytes);
	free(bytes);
	return good;
}

/* The text of a part, its lines ended by LF. */
static char *
text_of(GMimeObject *part)
{
	char *text = g_mime_text_part_get_text(GMIME_TEXT_PART(part));
	char *from;
	char *to;

	for (from = to = text; *from != '\0'; from++)
		if (*from != '\r')
			*to++ = *from;
	*to = '\0';
	return text;
}

static void
check_subject(const char *subject, const char *claim)
{
	MailMessage message = plain;
	GMimeMessage *mime;

	message.subject = subject;
	mime = read_back(&message, false, false);
	IS_TEXT(mime == NULL ? NULL : g_mime_message_get_subject(mime), subject, claim);
	if (mime != NULL)
		g_object_unref(mime);
}

static void
test_subjects(void)
{
	char word[MAIL_SUBJECT_MAX + 1];
	char text[MAIL_SUBJECT_MAX + 1];
	size_t i;

	check_subject("", "an empty subject stays empty");
	check_subject("Grüße aus Zürich, 東京 and 🙂", "a subject in any script arrives");
	check_subject(
		"a plain subject that is longer than one line of a header, and has words that can "
		"be put into the next",
		"a long subject is folded and arrives");
	check_subject("=?utf-8?B?aGk=?=", "what looks encoded is not decoded");
	check_subject("  blanks  at the   end ", "blanks arrive as they are");
	check_subject(
		"a東京東京東京東京東京東京東京東京東京東京東京東京東京東京東京東京東京東京東京東京",
		"characters that fill no three bytes evenly arrive");
	check_subject("!)Hobbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb wörld",
				  "as do those that stand between two lines");
	memset(word, 'x', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	check_subject(word, "one long word arrives");
	for (i = 0; i + 3 < sizeof(text); i += 3)
		memcpy(text + i, "\xe2\x82\xac", 3);
	text[i] = '\0';
	check_subject(text, "a long subject without blanks in UTF-8 arrives");
}

static void
check_name(const char *name, const char *claim)
{
	MailMessage message = plain;
	GMimeMessage *mime;
	InternetAddress *from;

	message.from.name = name;
	mime = read_back(&message, false, false);
	if (mime == NULL)
	{
		OK(false, claim);
		return;
	}
	IS(internet_address_list_length(g_mime_message_get_from(mime)), 1, claim);
	from = internet_address_list_get_address(g_mime_message_get_from(mime), 0);
	IS_TEXT(internet_address_get_name(from), name, claim);
	IS_TEXT(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(from)), "ada@example.org",
			claim);
	g_object_unref(mime);
}

static void
test_names(void)
{
	char name[MAIL_NAME_MAX + 1];

	check_name("Ada Lovelace", "a name is shown");
	check_name("Lovelace, Ada \"the first\" <x@y.example>", "a name cannot become an address");
	check_name("back\\slash", "a backslash in a name arrives");
	check_name("Zoë (Bücher) 東京", "a name in any script arrives");
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	check_name(name, "a long name arrives");
}

static void
test_bodies(void)
{
	MailMessage message = plain;
	char *line = malloc(5001);
	GMimeMessage *mime;
	GMimeMultipart *both;
	char *text;

	memset(line, 'l', 5000);
	line[5000] = '\0';
	message.text = "one\r\ntwo\rthree\n.\n..\nFrom here = 100 %\ttab \nü\n";
	message.html = "<p>Grüße &amp; \"mehr\" = 1</p>\n";
	mime = read_back(&message, false, false);
	both = GMIME_MULTIPART(g_mime_message_get_mime_part(mime));
	IS(g_mime_multipart_get_count(both), 2, "text and HTML are alternatives");
	IS_TEXT(g_mime_object_get_content_type(GMIME_OBJECT(both))->subtype, "alternative",
			"and say so");
	text = text_of(g_mime_multipart_get_part(both, 0));
	IS_TEXT(text, "one\ntwo\nthree\n.\n..\nFrom here = 100 %\ttab \nü\n", "the text arrives");
	g_free(text);
	text = text_of(g_mime_multipart_get_part(both, 1));
	IS_TEXT(text, message.html, "the HTML arrives, after the text");
	g_free(text);
	g_object_unref(mime);

	OK(contains(&message, true, "Grüße"), "8 bits are sent where they are offered");
	OK(contains(&message, false, "Gr=C3=BC=C3=9Fe"), "and encoded where they are not");
	message.html = NULL;
	message.text = line;
	mime = read_back(&message, true, true);
	text = text_of(g_mime_message_get_mime_part(mime));
	OK(strncmp(text, line, 5000) == 0 && strcmp(text + 5000, "\n") == 0,
	   "a line of 5,000 bytes arrives, though no line of the mail may be so long");
	g_free(text);
	g_object_unref(mime);
	message.text = "bell \a and escape \033[0m\n";
	OK(contains(&message, true, "bell =07 and escape =1B[0m"), "control characters are encoded");
	free(line);
}

static void
test_headers(void)
{
	MailMessage message = plain;
	MailBytes first;
	MailBytes second;
	GMimeMessage *mime;
	GDateTime *date;

	message.in_reply_to = references[1];
	message.references = references;
	message.n_references = 2;
	message.reply_to.address = "answers@example.org";
	message.unsubscribe_url = "https://example.org/u/abc.def?x=1&y=2";
	message.unsubscribe_mailto = "out@example.org";
	OK(contains(&message, false, "\r\nMessage-ID: <0123456789abcdef@example.org>\r\n"),
	   "the id of the message is the one that was given");
	OK(contains(&message, false, "\r\nIn-Reply-To: <second@example.org>\r\n"),
	   "a follow-up names what it follows");
	OK(contains(&message, false,
				"\r\nReferences: <first@example.org>\r\n <second@example.org>\r\n"),
	   "and all that went before");
	OK(contains(&message, false, "\r\nReply-To: answers@example.org\r\n"),
	   "replies go where they are wanted");
	OK(contains(&message, false,
				"\r\nList-Unsubscribe: <https://example.org/u/abc.def?x=1&y=2>,\r\n"
				" <mailto:out@example.org>\r\n"
				"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"),
	   "one click opts out (RFC 8058)");
	mime = read_back(&message, false, false);
	date = g_mime_message_get_date(mime);
	IS(g_date_time_to_unix(date), 1700000000, "the date is the one that was given");
	g_object_unref(mime);
	message.unsubscribe_url = NULL;
	OK(!contains(&message, false, "List-Unsubscribe-Post"), "a mailto alone takes no POST");

	campaign_mime_build(&message, true, false, &first, error, sizeof(error));
	campaign_mime_build(&message, true, false, &second, error, sizeof(error));
	OK(first.length == second.length && memcmp(first.data, second.data, first.length) == 0,
	   "the same message gives the same bytes");
	campaign_mime_free(&first);
	campaign_mime_free(&second);
}

static void
check_refused(const MailMessage *message, const char *reason, const char *claim)
{
	char *bytes = built(message, true, true);

	OK(bytes == NULL, claim);
	IS_TEXT(error, reason, claim);
	free(bytes);
}

static void
test_injection(void)
{
	MailMessage message = plain;

	message.subject = "hi\r\nBcc: all@example.com";
	check_refused(&message, "the subject is too long, or has a control character",
				  "no header comes in by the subject");
	message = plain;
	message.subject = "hi\xe2\x80\xa8x";
	check_refused(&message, "the subject is too long, or has a control character",
				  "a line separator of Unicode is none of a subject");
	message = plain;
	message.from.name = "Ada\nBcc: all@example.com";
	check_refused(&message, "a name is too long, or has a control character", "nor by a name");
	message = plain;
	message.to.address = "tim@example.com>, <all@example.com";
	check_refused(&message, "the recipient's address is not valid", "no recipient comes in");
	message.to.address = "tim@example.com\r\nRCPT TO:<all@example.com>";
	check_refused(&message, "the recipient's address is not valid", "nor a command");
	message.to.address = NULL;
	check_refused(&message, "the recipient's address is not valid", "there is a recipient");
	message = plain;
	message.message_id = "a@b>\r\nX: y";
	check_refused(&message, "the message id is not valid", "no header comes in by an id");
	message = plain;
	message.unsubscribe_url = "https://example.org/>, <mailto:x@example.org";
	check_refused(&message, "the address for opting out is not a plain https address",
				  "nor by the address for opting out");
	message.unsubscribe_url = "http://example.org/u";
	check_refused(&message, "the address for opting out is not a plain https address",
				  "which is https");
	message = plain;
	message.text = "\xc3\x28";
	check_refused(&message, "the text is too long, or no valid UTF-8", "text is valid UTF-8");
	message = plain;
	message.date = -1;
	check_refused(&message, "the date is out of range", "the date is one");
}

static void
test_addresses(void)
{
	static const char *const good[] = {"a@b",           "ada.l+x@example.org", "o'neil@x-y.example",
									   "ü@example.org", "ada@bücher.example",  "x@1.example"};
	static const char *const bad[] = {
		"",      "@",      "a@",          "@b",    "a@b@c",       "a b@c",           ".a@b",
		"a.@b",  "a..b@c", "\"a\"@b",     "a@-b",  "a@b-",        "a@b..c",          "a@.b",
		"a@b.",  "a@b c",  "a@[1.2.3.4]", "a@b\n", "a\xc2\xa0@b", "a@b\xe2\x80\x8b", "\xff@b",
		"a,b@c", "a<b@c",  "a@b_c"};
	char out[600];
	char local[80];
	MailMessage message = plain;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		IS_TEXT(campaign_mail_address_fault(good[i]), NULL, good[i]);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		OK(campaign_mail_address_fault(bad[i]) != NULL, "an address that is none");
	memset(local, 'a', 65);
	strcpy(local + 65, "@b");
	OK(campaign_mail_address_fault(local) != NULL, "65 bytes before the @ are too many");
	OK(campaign_mail_address_fault(local + 1) == NULL, "64 are not");

	OK(campaign_mime_envelope("ada@bücher.example", false, out, sizeof(out)),
	   "a domain has a form in ASCII");
	IS_TEXT(out, "ada@xn--bcher-kva.example", "which is in the envelope");
	OK(campaign_mime_envelope("ü@bücher.example", true, out, sizeof(out)),
	   "with SMTPUTF8 every address is sent");
	IS_TEXT(out, "ü@bücher.example", "as it is");
	OK(!campaign_mime_envelope("ü@bücher.example", false, out, sizeof(out)),
	   "without it a local part that is not ASCII is not");
	OK(!campaign_mime_envelope("ada@example.org", false, out, 5), "what does not fit is not cut");
	message.to.address = "ü@example.org";
	OK(!contains(&message, false, ""), "nor does it get a mail");
	OK(contains(&message, true, "\r\nTo: Tim <ü@example.org>\r\n"), "with SMTPUTF8 it does");
}

static const char *
check_bytes(const char *bytes)
{
	static const char *const names[] = {"From", "To"};

	return campaign_mime_check(bytes, strlen(bytes), names, 2, false, false);
}

static void
test_check(void)
{
	char line[1100];

	IS_TEXT(check_bytes("From: a\r\nTo: b\r\n\r\nx\r\n"), NULL, "a mail is one");
	IS_TEXT(check_bytes("From: a\r\nTo: b\r\n c\r\n\r\n"), NULL, "so is an empty one");
	IS_TEXT(check_bytes("From: a\r\nto: b\r\nBcc: c\r\n\r\n"),
			"there is a header that nobody asked for", "another header shows");
	IS_TEXT(check_bytes("From: a\r\nTo: b\r\nTo: c\r\n\r\n"), "a header comes twice",
			"so does a second one of a name");
	IS_TEXT(check_bytes("From: a\r\n\r\nTo: b\r\n"), "a header is missing",
			"so does one that is missing");
	IS_TEXT(check_bytes("From: a\nTo: b\r\n\r\n"), "a line does not end in CR and LF",
			"and a lone LF");
	IS_TEXT(check_bytes("From: a\r\nTo: b\r\n\r\nx\rx\r\n"), "a line does not end in CR and LF",
			"and a lone CR");
	IS_TEXT(check_bytes("From: a\r\nTo: b\r\n\r\nx"), "a line does not end in CR and LF",
			"and an end that is none");
	IS_TEXT(check_bytes("From: a\r\nTo: b\r\n \r\n\r\nx\r\n"), "a header has an empty line",
			"and a line of blanks among the headers");
	IS_TEXT(check_bytes("From: a\r\nTo: b\r\n"), "the headers do not end", "and no end of them");
	IS_TEXT(check_bytes("From: a\r\nTo: b\r\n\r\n\xc3\xbc\r\n"), "the body is not ASCII",
			"and 8 bits that nobody takes");
	snprintf(line, sizeof(line), "From: a\r\nTo: b\r\n\r\n%0999d\r\n", 1);
	IS_TEXT(check_bytes(line), "a line is too long", "and 999 bytes in a line");
	snprintf(line, sizeof(line), "From: a\r\nTo: b\r\n\r\n%0998d\r\n", 1);
	IS_TEXT(check_bytes(line), NULL, "which 998 are not");
}

static void
test_python(void)
{
	char command[200];

	fclose(judged);
	snprintf(command, sizeof(command), "python3 judge_mail.py %s", judged_path);
	IS(system(command), 0, "another reader reads the same");
	unlink(judged_path);
}

int
main(void)
{
	judged = fdopen(mkstemp(judged_path), "wb");
	g_mime_init();
	test_subjects();
	test_names();
	test_bodies();
	test_headers();
	test_injection();
	test_addresses();
	test_check();
	test_python();
	return unit_done();
}
