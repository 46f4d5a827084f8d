/*
 * envelope.c
 *		What may be written to an SMTP server.
 */
#include "net/envelope.h"

#include <stdlib.h>
#include <string.h>

#define LOCAL_MAX 64
#define DOMAIN_MAX 255
#define ADDRESS_MAX 254
#define LINE_MAX_BYTES 998

static bool
is_alphanumeric(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool
may_be_in_local(unsigned char c, bool utf8)
{
	if (c >= 0x80)
		return utf8;
	return c != '\0' && (is_alphanumeric(c) || strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

static bool
may_be_in_domain(unsigned char c, bool utf8)
{
	if (c >= 0x80)
		return utf8;
	return is_alphanumeric(c) || c == '-' || c == '.';
}

const char *
campaign_net_envelope_fault(const char *address, bool utf8)
{
	const char *at = strchr(address, '@');
	size_t len = strlen(address);
	size_t local;
	size_t i;

	if (at == NULL || at == address || at[1] == '\0' || strchr(at + 1, '@') != NULL)
		return "an address of the envelope is not of the form local@domain";
	local = (size_t) (at - address);
	if (local > LOCAL_MAX || len - local - 1 > DOMAIN_MAX || len > ADDRESS_MAX)
		return "an address of the envelope is too long";
	for (i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) address[i];

		if (i == local)
			continue;
		if (c >= 0x80 && !utf8)
			return "an address of the envelope is not ASCII, and the server does not offer SMTPUTF8";
		if (i < local ? !may_be_in_local(c, utf8) : !may_be_in_domain(c, utf8))
			return "an address of the envelope has bytes that an address cannot have";
	}
	if (strstr(address, "..") != NULL || address[0] == '.' || at[-1] == '.' || at[1] == '.' ||
		at[1] == '-' || address[len - 1] == '.')
		return "an address of the envelope has a dot where none can be";
	return NULL;
}

bool
campaign_net_envelope_is_ascii(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char) text[i] >= 0x80)
			return false;
	return true;
}

const char *
campaign_net_envelope_content_fault(const char *bytes, size_t len, bool eight_bit)
{
	const char *at = bytes;
	const char *end = bytes + len;

	if (len < 2 || end[-1] != '\n' || end[-2] != '\r')
		return "the content does not end with a line";
	if (memchr(bytes, '\0', len) != NULL)
		return "the content has a NUL";
	if (!eight_bit && !campaign_net_envelope_is_ascii(bytes, len))
		return "the content is not ASCII, and the server does not offer 8BITMIME";
	while (at < end)
	{
		const char *feed = memchr(at, '\n', (size_t) (end - at));

		if (feed == at || feed[-1] != '\r' || memchr(at, '\r', (size_t) (feed - at)) != feed - 1)
			return "the content has a line break other than CR LF";
		if (feed - 1 - at > LINE_MAX_BYTES)
			return "the content has a line longer than 998 bytes";
		at = feed + 1;
	}
	return NULL;
}

char *
campaign_net_envelope_stuff(const char *bytes, size_t len, size_t *stuffed)
{
	size_t dots = 0;
	size_t i;
	char *out;
	char *to;

	for (i = 0; i < len; i++)
		if (bytes[i] == '.' && (i == 0 || bytes[i - 1] == '\n'))
			dots++;
	out = to = malloc(len + dots + 1);
	if (out == NULL)
		return NULL;
	for (i = 0; i < len; i++)
	{
		if (bytes[i] == '.' && (i == 0 || bytes[i - 1] == '\n'))
			*to++ = '.';
		*to++ = bytes[i];
	}
	*stuffed = len + dots;
	return out;
}
