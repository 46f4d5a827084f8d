/*
 * fuzz_text.c
 *		Any bytes as a text of somebody else's: a server's answer with a secret in it, a list of networks, an
 *		automatic reply, a key.
 *
 * The first byte says as what: r(edact: the value of a header, NUL or a line's end, and the text), n(etworks),
 * a(way), k(ey).
 */
#include "fuzz.h"

#include <netinet/in.h>

#include "net/away.h"
#include "net/networks.h"
#include "net/redact.h"
#include "net/signature.h"

static void
as_answer(char *bytes, size_t len)
{
	size_t end = strcspn(bytes, "\n");
	char *text = bytes + end + (end < len);
	size_t size = len - (size_t) (text - bytes);
	const char *found;

	bytes[end] = '\0';
	campaign_net_redact(text, size, bytes);
	found =
		end >= NET_REDACT_MIN && strchr(bytes, '*') == NULL ? memmem(text, size, bytes, end) : NULL;
	hold(found == NULL);
}

static void
as_networks(const char *text)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	NetNetworks networks = {.n = -1};

	(void) campaign_net_networks_allow_text(NULL, text);
	if (!campaign_net_networks_read(text, &networks))
	{
		hold(networks.n == -1);
		return;
	}
	hold(networks.n >= 0 && networks.n <= NET_NETWORKS_MAX);
	(void) campaign_net_networks_allow(&networks, (struct sockaddr *) &address);
	for (int i = 0; i < networks.n; i++)
		hold(networks.items[i].bits >= 0 &&
			 networks.items[i].bits <= (networks.items[i].family == AF_INET ? 32 : 128));
}

static void
as_reply(const char *text)
{
	static const int64_t now = 1790000000;
	int64_t until = campaign_net_away_until(text, now);

	hold(until == 0 || (until > now && until <= now + INT64_C(368) * 24 * 3600));
}

int
LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
	char *text;

	if (len == 0)
		return 0;
	text = malloc(len);
	memcpy(text, bytes + 1, len - 1);
	text[len - 1] = '\0';
	if (bytes[0] == 'r')
		as_answer(text, len - 1);
	else if (bytes[0] == 'n')
		as_networks(text);
	else if (bytes[0] == 'a')
		as_reply(text);
	else
		hold(!campaign_net_signature_holds(text, "message", 7, "signature", 9));
	free(text);
	return 0;
}
