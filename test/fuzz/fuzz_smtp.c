/*
 * fuzz_smtp.c
 *		Any bytes as what an SMTP server says, as an address, and as a content. What is taken for a reply
 *		is one; what may leave says one thing to every reader.
 *
 * The first byte says as what: s(erver), g(reeting), a(ddress), else content. Where it is a capital each LF
 * stands for CR LF, so that the files of the corpus are texts.
 */
#include "fuzz.h"

#include "net/envelope.h"
#include "net/greeting.h"
#include "net/incoming.h"
#include "net/reply.h"

static void
check_reply(const NetReply *reply)
{
	hold(reply->status >= 200 && reply->status <= 559);
	hold(reply->text_len < sizeof(reply->text) && strlen(reply->text) == reply->text_len);
	hold(memchr(reply->enhanced, '\0', sizeof(reply->enhanced)) != NULL);
	if (reply->enhanced[0] != '\0')
		hold(reply->enhanced[0] - '0' == reply->status / 100 && reply->enhanced[1] == '.');
}

/* Lines in pieces of whatever size, as the network gives them. */
static void
as_server(const char *bytes, size_t len)
{
	NetIncoming incoming = {.line_max = 300};
	NetReply reply;
	size_t piece = len > 0 ? (unsigned char) bytes[0] + 1u : 1;

	campaign_net_reply_begin(&reply);
	for (;;)
	{
		const char *line;
		size_t line_len;
		NetIncomingLine found = campaign_net_incoming_line(&incoming, &line, &line_len);
		char *room;
		size_t size;

		if (found == NET_INCOMING_LINE)
		{
			NetReplyProgress progress = campaign_net_reply_line(&reply, line, line_len);

			hold(line_len <= 300 && line[line_len] == '\0');
			if (progress == NET_REPLY_MALFORMED)
				break;
			check_reply(&reply);
			if (progress == NET_REPLY_WHOLE)
				campaign_net_reply_begin(&reply);
			continue;
		}
		if (found != NET_INCOMING_NONE || len == 0)
			break;
		room = campaign_net_incoming_room(&incoming, &size);
		hold(room != NULL && size > 0 && incoming.size <= 4096);
		size = size < piece ? size : piece;
		size = size < len ? size : len;
		memcpy(room, bytes, size);
		campaign_net_incoming_came(&incoming, size);
		bytes += size;
		len -= size;
	}
	campaign_net_incoming_clear(&incoming);
}

static void
as_greeting(const char *bytes, size_t len)
{
	NetGreeting greeting;

	campaign_net_greeting_begin(&greeting, true);
	while (len > 0)
	{
		const char *feed = memchr(bytes, '\n', len);
		size_t line = feed == NULL ? len : (size_t) (feed + 1 - bytes);

		if (!campaign_net_greeting_line(&greeting, bytes, line))
			break;
		hold(greeting.status >= 200 && greeting.status <= 599);
		bytes += line;
		len -= line;
	}
}

static void
as_address(const char *bytes, size_t len)
{
	char *address = malloc(len + 1);
	const char *p;

	memcpy(address, bytes, len);
	address[len] = '\0';
	if (campaign_net_envelope_fault(address, true) == NULL)
	{
		for (p = address; *p != '\0'; p++)
			hold((unsigned char) *p > ' ' && *p != 0x7f && strchr("<>()[],;:\\\"", *p) == NULL);
		hold(strlen(address) <= 254);
	}
	if (campaign_net_envelope_fault(address, false) == NULL)
		hold(campaign_net_envelope_is_ascii(address, strlen(address)));
	free(address);
}

static void
as_content(const char *bytes, size_t len)
{
	size_t stuffed_len;
	size_t at = 0;
	size_t i;
	char *stuffed;

	if (campaign_net_envelope_content_fault(bytes, len, true) != NULL)
		return;
	stuffed = campaign_net_envelope_stuff(bytes, len, &stuffed_len);
	hold(stuffed != NULL);
	hold(stuffed_len < 3 || memcmp(stuffed, ".\r\n", 3) != 0);
	hold(memmem(stuffed, stuffed_len, "\r\n.\r\n", 5) == NULL);
	/* what a server makes of it is what was given */
	for (i = 0; i < stuffed_len; i++)
	{
		if (stuffed[i] == '.' && (i == 0 || stuffed[i - 1] == '\n'))
			i++;
		hold(at < len && stuffed[i] == bytes[at]);
		at++;
	}
	hold(at == len);
	free(stuffed);
}

static void
try_as(char what, const char *text, size_t len)
{
	if (what == 's')
		as_server(text, len);
	else if (what == 'g')
		as_greeting(text, len);
	else if (what == 'a')
		as_address(text, len);
	else
		as_content(text, len);
}

int
LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
	char *text;
	size_t text_len = 0;
	size_t i;

	if (len == 0)
		return 0;
	if (bytes[0] < 'A' || bytes[0] > 'Z')
	{
		try_as((char) bytes[0], (const char *) bytes + 1, len - 1);
		return 0;
	}
	text = malloc(2 * len);
	for (i = 1; i < len; i++)
	{
		if (bytes[i] == '\n')
			text[text_len++] = '\r';
		text[text_len++] = (char) bytes[i];
	}
	try_as((char) (bytes[0] - 'A' + 'a'), text, text_len);
	free(text);
	return 0;
}
