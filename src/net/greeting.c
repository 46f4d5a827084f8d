/*
 * greeting.c
 *		What a mail server says until a session with it stands.
 */
#include "net/greeting.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The longest text of a capability that is looked at. */
#define CAPABILITY_MAX 100

void
campaign_net_greeting_begin(NetGreeting *greeting, bool smtp)
{
	memset(greeting, 0, sizeof(*greeting));
	greeting->smtp = smtp;
}

/* A capability's keyword, with its parameters or without. */
static bool
names(const char *capability, const char *keyword)
{
	size_t len = strlen(keyword);

	return strncasecmp(capability, keyword, len) == 0 &&
		   (capability[len] == '\0' || capability[len] == ' ');
}

static void
note_capability(NetGreeting *greeting, const char *text, size_t len)
{
	char capability[CAPABILITY_MAX + 1];

	if (len > CAPABILITY_MAX)
		return;
	memcpy(capability, text, len);
	capability[len] = '\0';
	if (names(capability, "8BITMIME"))
		greeting->offers_eight_bit = true;
	else if (names(capability, "SMTPUTF8"))
		greeting->offers_utf8 = true;
	else if (names(capability, "PIPELINING"))
		greeting->offers_pipelining = true;
	else if (names(capability, "SIZE"))
	{
		greeting->limits_size = true;
		greeting->size_max = strtoull(capability + strlen("SIZE"), NULL, 10);
	}
}

/* After a 220, be it the banner or the word to begin TLS, nothing that was offered before counts. */
static void
forget_offers(NetGreeting *greeting)
{
	greeting->offers_eight_bit = false;
	greeting->offers_utf8 = false;
	greeting->offers_pipelining = false;
	greeting->limits_size = false;
	greeting->size_max = 0;
}

/* A line of an SMTP reply: three digits, then blank, hyphen or the end. */
static bool
take_reply(NetGreeting *greeting, const char *line, size_t len)
{
	int status;

	if (len < 3 || line[0] < '2' || line[0] > '5' || line[1] < '0' || line[1] > '9' ||
		line[2] < '0' || line[2] > '9' || (len > 3 && line[3] != ' ' && line[3] != '-'))
		return false;
	status = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
	if (greeting->in_reply && status != greeting->status)
		return false;
	if (status == 220)
		forget_offers(greeting);
	else if (status == 235)
		greeting->logged_in = true;
	else if (status == 250 && len > 4)
		note_capability(greeting, line + 4, len - 4);
	greeting->status = status;
	greeting->in_reply = len > 3 && line[3] == '-';
	return true;
}

bool
campaign_net_greeting_line(NetGreeting *greeting, const char *line, size_t len)
{
	greeting->bytes += len;
	if (len > NET_GREETING_LINE_MAX || greeting->bytes > NET_GREETING_BYTES_MAX)
	{
		greeting->fault = NET_GREETING_TOO_LONG;
		return false;
	}
	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	if (memchr(line, '\0', len) != NULL || memchr(line, '\r', len) != NULL ||
		(greeting->smtp && !take_reply(greeting, line, len)))
	{
		greeting->fault = NET_GREETING_STRANGE;
		return false;
	}
	return true;
}
