/*
 * test_net_bytes.c
 *		What may leave at all: addresses, URLs, headers and keys; and what Retry-After says.
 */
#include "net/address.h"
#include "net/answer.h"
#include "net/vet.h"
#include "unit.h"

static bool
all(const char *const *texts, int n, bool wanted)
{
	bool good = true;
	int i;

	for (i = 0; i < n; i++)
		if (campaign_net_address_text_is_public(texts[i]) != wanted)
		{
			printf("# %s\n", texts[i]);
			good = false;
		}
	return good;
}

#define ALL(texts, wanted) all(texts, (int) (sizeof(texts) / sizeof((texts)[0])), wanted)

static void
test_addresses(void)
{
	static const char *const open4[] = {
		"1.1.1.1",         "9.255.255.255", "11.0.0.0",        "100.63.255.255", "100.128.0.0",
		"126.255.255.255", "128.0.0.0",     "169.253.1.1",     "172.15.255.255", "172.32.0.0",
		"192.167.255.255", "192.169.0.0",   "223.255.255.255", "198.17.255.255", "198.20.0.0"};
	static const char *const closed4[] = {
		"0.0.0.0",     "0.1.2.3",         "10.0.0.1",        "100.64.0.1", "100.127.255.255",
		"127.0.0.1",   "127.255.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255",
		"192.168.1.1", "198.18.0.1",      "224.0.0.1",       "240.0.0.1",  "255.255.255.255"};
	static const char *const open6[] = {"2606:4700::1111", "2001:4860:4860::8888",
										"64:ff9b::808:808", "2002:808:808::1"};
	static const char *const closed6[] = {"::",
										  "::1",
										  "::ffff:127.0.0.1",
										  "::ffff:8.8.8.8",
										  "::8.8.8.8",
										  "64:ff9b::a00:1",
										  "64:ff9b:1::808:808",
										  "2002:a00:1::1",
										  "2001::1",
										  "2001:db8::1",
										  "fc00::1",
										  "fd12::1",
										  "fe80::1",
										  "fec0::1",
										  "ff02::1"};
	static const char *const none[] = {"", "example.com", "/run/socket", "1.2.3"};

	OK(ALL(open4, true), "IPv4 addresses beside the closed ranges are public");
	OK(ALL(closed4, false), "private, shared, loopback, link-local, multicast IPv4 are not");
	OK(ALL(open6, true), "global IPv6 addresses and wrapped public IPv4 ones are public");
	OK(ALL(closed6, false), "loopback, mapped, unique-local, link-local, wrapped private are not");
	OK(ALL(none, false), "what is no address is not public");
}

static const char *
vet(const char *url, const char *key, const char *name, const char *value)
{
	NetHeader header = {name, value};
	NetRequest request;

	memset(&request, 0, sizeof(request));
	request.url = url;
	request.key = key;
	request.headers = &header;
	request.n_headers = name != NULL ? 1 : 0;
	return campaign_net_vet(&request, false);
}

static void
test_requests(void)
{
	const char *url = "https://a.example/";

	OK(vet(url, "k-1", "X-A", "b c\td\xc3\xa9") == NULL, "an ordinary request may leave");
	OK(vet("HTTPS://a.example/", NULL, NULL, NULL) == NULL, "the scheme is known in any case");
	OK(vet("http://a.example/", NULL, NULL, NULL) != NULL, "http needs to be allowed");
	OK(vet("file:///etc/passwd", NULL, NULL, NULL) != NULL, "no other scheme is allowed");
	OK(vet("a.example/", NULL, NULL, NULL) != NULL, "nor a URL without a scheme");
	OK(vet("https://a.example/ b", NULL, NULL, NULL) != NULL, "no space in a URL");
	OK(vet("https://a.example/\r\nX: y", NULL, NULL, NULL) != NULL, "no line break in a URL");
	OK(vet("https://a.example/\xc3\xa9", NULL, NULL, NULL) != NULL, "no raw UTF-8 in a URL");
	OK(vet(url, "k\n", NULL, NULL) != NULL, "no line break in a key");
	OK(vet(url, "", NULL, NULL) != NULL, "no empty key");
	OK(vet(url, NULL, "X-A", "b\r\nX-B: c") != NULL, "no line break in a header value");
	OK(vet(url, NULL, "X-A", "b\n c") != NULL, "no bare line feed in a header value");
	OK(vet(url, NULL, "X-A", "b\x01") != NULL, "no control byte in a header value");
	OK(vet(url, NULL, "X-A:", "b") != NULL, "no colon in a header name");
	OK(vet(url, NULL, "X A", "b") != NULL, "no space in a header name");
	OK(vet(url, NULL, "", "b") != NULL, "no empty header name");
	OK(vet(url, NULL, "X-A", NULL) != NULL, "no header without a value");
	OK(vet(url, NULL, "transfer-encoding", "chunked") != NULL, "no header that frames the message");
	OK(vet(url, NULL, "HOST", "b.example") != NULL, "nor one that names another receiver");
}

static void
test_origin(void)
{
	char out[40];

	campaign_net_vet_origin("https://u:p@a.example:8443/path?token=1", out, sizeof(out));
	IS_TEXT(out, "https://a.example:8443", "a URL is shown without user, path and query");
	campaign_net_vet_origin("https://a.example?u@b", out, sizeof(out));
	IS_TEXT(out, "https://a.example", "a query right after the host is not shown");
	campaign_net_vet_origin("https://u:p@q@a.example", out, sizeof(out));
	IS_TEXT(out, "https://a.example", "nor a user with an at sign in it");
	campaign_net_vet_origin("https://a.very.long.name.of.a.host.that.does.not.fit", out,
							sizeof(out));
	IS(strlen(out), sizeof(out) - 1, "a long one is cut");
}

static void
test_retry_after(void)
{
	const int64_t now = 784111777; /* Sun, 06 Nov 1994 08:49:37 GMT */

	IS(campaign_net_answer_retry_after("120\r\n", now), 120, "Retry-After in seconds");
	IS(campaign_net_answer_retry_after("0", now), 0, "at once");
	IS(campaign_net_answer_retry_after("Sun, 06 Nov 1994 08:49:47 GMT\r\n", now), 10,
	   "Retry-After as a date");
	IS(campaign_net_answer_retry_after("Sun, 06 Nov 1994 08:49:00 GMT", now), 0,
	   "a date that has passed is now");
	IS(campaign_net_answer_retry_after("99999999999999999999", now), 366L * 24 * 3600,
	   "a huge number is a year");
	IS(campaign_net_answer_retry_after("soon", now), -1, "anything else is as if absent");
	IS(campaign_net_answer_retry_after("-5", now), -1, "so is a negative number");
	IS(campaign_net_answer_retry_after("", now), -1, "so is nothing");
}

int
main(void)
{
	test_addresses();
	test_requests();
	test_origin();
	test_retry_after();
	return unit_done();
}
