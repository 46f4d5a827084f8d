/*
 * mail.c
 *		What may stand in a mail.
 */
#include "net/mail.h"

#include <string.h>
#include <strings.h>

#define LOCAL_MAX 64
#define DOMAIN_MAX 255
#define ID_MAX 320
#define URL_MAX 900

/* Years 1970 to 9999: what a Date header can say. */
#define DATE_MAX INT64_C(253402300799)

/* ASCII that ends an atom of RFC 5322. */
#define SPECIALS "\"(),:;<>@[\\]"

/* One character of UTF-8 at p, in its shortest form; how many bytes it has, 0 if it is none. */
static int
decode(const unsigned char *p, uint32_t *character)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	int length = *p < 0x80 ? 1 : *p < 0xc2 ? 0 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : *p < 0xf5 ? 4 : 0;
	int i;

	if (length == 0)
		return 0;
	*character = length == 1 ? *p : *p & (0xff >> (length + 1));
	for (i = 1; i < length; i++)
	{
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*character = (*character << 6) | (p[i] & 0x3f);
	}
	if (*character < least[length] || *character > 0x10ffff ||
		(*character >= 0xd800 && *character <= 0xdfff))
		return 0;
	return length;
}

static bool
is_control(uint32_t character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0x2028 ||
		   character == 0x2029;
}

static bool
is_space(uint32_t character)
{
	return character == ' ' || character == 0xa0 || character == 0x1680 ||
		   (character >= 0x2000 && character <= 0x200f) || character == 0x202f ||
		   character == 0x205f || character == 0x2060 || character == 0x3000 || character == 0xfeff;
}

/* What stands in one header: no control characters, hence one line. */
static bool
is_line(const char *text, size_t most)
{
	const unsigned char *p = (const unsigned char *) text;
	uint32_t character;
	int length;

	if (strlen(text) > most)
		return false;
	for (; *p != '\0'; p += length)
	{
		length = decode(p, &character);
		if (length == 0 || is_control(character))
			return false;
	}
	return true;
}

/* What stands in a body: lines, tabs, and whatever can be read. */
static bool
is_text(const char *text)
{
	const unsigned char *p = (const unsigned char *) text;
	uint32_t character;
	int length;

	if (strlen(text) > MAIL_TEXT_MAX)
		return false;
	for (; *p != '\0'; p += length)
	{
		length = 1;
		if (*p >= 0x80 && (length = decode(p, &character)) == 0)
			return false;
	}
	return true;
}

static bool
is_domain_byte(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
		   c >= 0x80;
}

/* Labels with dots between them, none of them empty or with a hyphen at an end. */
static bool
is_domain(const char *domain)
{
	const char *p;

	for (p = domain; *p != '\0'; p++)
	{
		bool first = p == domain || p[-1] == '.';
		bool last = p[1] == '.' || p[1] == '\0';

		if (*p == '.' ? (first || p[1] == '\0') : !is_domain_byte((unsigned char) *p))
			return false;
		if (*p == '-' && (first || last))
			return false;
	}
	return true;
}

/* Atoms with dots between them. */
static bool
is_local(const char *local, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (strchr(SPECIALS, local[i]) != NULL ||
			(local[i] == '.' && (i == 0 || i + 1 == length || local[i + 1] == '.')))
			return false;
	return true;
}

const char *
campaign_mail_address_fault(const char *address)
{
	const char *at = strrchr(address, '@');
	const unsigned char *p = (const unsigned char *) address;
	uint32_t character;
	int length;

	if (at == NULL || strchr(address, '@') != at)
		return "does not have exactly one @";
	if (at == address || at - address > LOCAL_MAX)
		return "does not have 1 to 64 bytes before the @";
	if (at[1] == '\0' || strlen(at + 1) > DOMAIN_MAX)
		return "does not have 1 to 255 bytes after the @";
	for (; *p != '\0'; p += length)
	{
		length = decode(p, &character);
		if (length == 0 || is_control(character))
			return "contains a control character";
		if (is_space(character))
			return "contains a space";
	}
	if (!is_local(address, (size_t) (at - address)))
		return "has a local part that is not valid";
	if (!is_domain(at + 1))
		return "has a domain that is not valid";
	return NULL;
}

bool
campaign_mail_is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char) *text >= 0x80)
			return false;
	return true;
}

/* Visible ASCII of which none of without is used. */
static bool
is_visible(const char *text, size_t most, const char *without)
{
	const unsigned char *p;

	if (text[0] == '\0' || strlen(text) > most)
		return false;
	for (p = (const unsigned char *) text; *p != '\0'; p++)
		if (*p <= 0x20 || *p >= 0x7f || strchr(without, *p) != NULL)
			return false;
	return true;
}

const char *
campaign_mail_id_fault(const char *id)
{
	const char *at = strchr(id, '@');

	if (!is_visible(id, ID_MAX, "") || at == NULL || at == id || at[1] == '\0')
		return "is empty, too long, or does not have something before and after its @";
	if (!is_local(id, (size_t) (at - id)) || !is_domain(at + 1))
		return "has a character that is not allowed";
	return NULL;
}

static const char *
address_fault(const MailMessage *message)
{
	if (message->from.address == NULL || campaign_mail_address_fault(message->from.address) != NULL)
		return "the sender's address is not valid";
	if (message->to.address == NULL || campaign_mail_address_fault(message->to.address) != NULL)
		return "the recipient's address is not valid";
	if (message->reply_to.address != NULL &&
		campaign_mail_address_fault(message->reply_to.address) != NULL)
		return "the address for replies is not valid";
	if ((message->from.name != NULL && !is_line(message->from.name, MAIL_NAME_MAX)) ||
		(message->to.name != NULL && !is_line(message->to.name, MAIL_NAME_MAX)) ||
		(message->reply_to.name != NULL && !is_line(message->reply_to.name, MAIL_NAME_MAX)))
		return "a name is too long, or has a control character";
	return NULL;
}

static const char *
thread_fault(const MailMessage *message)
{
	int i;

	if (message->message_id == NULL || campaign_mail_id_fault(message->message_id) != NULL)
		return "the message id is not valid";
	if (message->in_reply_to != NULL && campaign_mail_id_fault(message->in_reply_to) != NULL)
		return "the id of the message that is replied to is not valid";
	if (message->n_references < 0 || message->n_references > MAIL_REFERENCES_MAX)
		return "there are too many references";
	for (i = 0; i < message->n_references; i++)
		if (campaign_mail_id_fault(message->references[i]) != NULL)
			return "the id of a message that is referred to is not valid";
	return NULL;
}

static const char *
unsubscribe_fault(const MailMessage *message)
{
	/* a comma divides the addresses of the header */
	if (message->unsubscribe_url != NULL &&
		(strncasecmp(message->unsubscribe_url, "https://", 8) != 0 ||
		 !is_visible(message->unsubscribe_url, URL_MAX, "\"<>\\^`{|},")))
		return "the address for opting out is not a plain https address";
	if (message->unsubscribe_mailto != NULL &&
		(campaign_mail_address_fault(message->unsubscribe_mailto) != NULL ||
		 !is_visible(message->unsubscribe_mailto, ID_MAX, "?&%")))
		return "the mail address for opting out is not valid";
	return NULL;
}

const char *
campaign_mail_fault(const MailMessage *message)
{
	const char *fault = address_fault(message);

	if (fault == NULL)
		fault = thread_fault(message);
	if (fault == NULL)
		fault = unsubscribe_fault(message);
	if (fault != NULL)
		return fault;
	if (message->key == NULL || !is_visible(message->key, MAIL_NAME_MAX, ""))
		return "the key is not valid";
	if (message->subject == NULL || !is_line(message->subject, MAIL_SUBJECT_MAX))
		return "the subject is too long, or has a control character";
	if (message->text == NULL || !is_text(message->text))
		return "the text is too long, or no valid UTF-8";
	if (message->html != NULL && !is_text(message->html))
		return "the HTML is too long, or no valid UTF-8";
	if (message->date < 0 || message->date > DATE_MAX)
		return "the date is out of range";
	return NULL;
}
