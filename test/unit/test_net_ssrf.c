/*
 * test_net_ssrf.c
 *		What may be connected to: no address that is not public and not listed, by no spelling, name,
 *		change of mind of a name server, or redirect; over HTTP, SMTP and IMAP.
 */
#include <dlfcn.h>
#include <netdb.h>

#include "mail_stand.h"
#include "net/networks.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- the list ------------------------------------------------------------------ */

typedef struct ListCase
{
	const char *list;
	const char *address;
	bool allowed;
} ListCase;

static void
test_lists(void)
{
	static const ListCase cases[] = {
		{"", "8.8.8.8", true},
		{"", "127.0.0.1", false},
		{"127.0.0.1", "127.0.0.1", true},
		{"127.0.0.1", "127.0.0.2", false},
		{"127.0.0.1", "10.0.0.1", false},
		{"127.0.0.0/8", "127.255.255.255", true},
		{"10.1.0.0/16, 192.168.7.0/25", "10.1.255.1", true},
		{"10.1.0.0/16, 192.168.7.0/25", "10.2.0.1", false},
		{"10.1.0.0/16, 192.168.7.0/25", "192.168.7.127", true},
		{"10.1.0.0/16, 192.168.7.0/25", "192.168.7.128", false},
		{"0.0.0.0/0", "169.254.169.254", true},
		{"0.0.0.0/0", "::1", false},
		{"0.0.0.0/0", "::ffff:127.0.0.1", false},
		{"127.0.0.1", "::ffff:127.0.0.1", false},
		{"::1", "::1", true},
		{"::1", "::2", false},
		{"::1", "127.0.0.1", false},
		{"fd00::/8 ::1", "fd12:3::4", true},
		{"fd00::/8 ::1", "fc00::1", false},
		{"::/0", "fe80::1", true},
		{"::/0", "64:ff9b::7f00:1", true},
		{"", "64:ff9b::7f00:1", false},
		{"127.0.0.0/8", "64:ff9b::7f00:1", false},
		{"127.0.0.0/8", "localhost", false},
		{"127.0.0.0/8", "", false},
	};
	static const char *const bad[] = {"localhost",       "127.0.0.1/33",   "127.0.0.1/-1",
									  "127.0.0.1/",      "127.0.0.1/8x",   "::1/129",
									  "127.1",           "0x7f.0.0.1",     "127.0.0.1:80",
									  "[::1]",           "10.0.0.0/8;::1", "*",
									  "127.0.0.1/0x8",   "127.0.0.1/8/8",  "/8",
									  "::ffff:1.2.3/96", "1.2.3.4/1000"};
	NetNetworks list;
	char longest[20 * (NET_NETWORKS_MAX + 1)] = "";
	size_t i;
	int wrong = 0;

	for (i = 0; i < COUNT(cases); i++)
	{
		if (campaign_net_networks_read(cases[i].list, &list) &&
			campaign_net_networks_allow_text(&list, cases[i].address) == cases[i].allowed)
			continue;
		printf("# list \"%s\", address %s\n", cases[i].list, cases[i].address);
		wrong++;
	}
	IS(wrong, 0, "addresses are public, or of a network that is listed");
	OK(campaign_net_networks_read("::1", &list), "(a list)");
	for (i = 0; i < COUNT(bad); i++)
		if (campaign_net_networks_read(bad[i], &list))
		{
			printf("# \"%s\"\n", bad[i]);
			wrong++;
		}
	IS(wrong, 0, "what is no list of numbers is not taken");
	OK(list.n == 1 && campaign_net_networks_allow_text(&list, "::1"), "and leaves the list alone");
	for (i = 0; i < NET_NETWORKS_MAX; i++)
		strcat(longest, "10.0.0.0/8 ");
	OK(campaign_net_networks_read(longest, &list), "so many networks can be listed");
	strcat(longest, "10.0.0.0/8");
	OK(!campaign_net_networks_read(longest, &list), "and no more");
}

/* ---- a name server that says now this, now that ---------------------------------- */

typedef int (*Resolver)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

/* What rebind.test stands for, one after the other; the last one stays. NULL ends. */
static const char *const *answers;
static bool answers_at_once;

/* Stands before the one of the C library, for libcurl too. */
int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
			struct addrinfo **found)
{
	Resolver resolve = (Resolver) dlsym(RTLD_NEXT, "getaddrinfo");
	const char *answer;
	int code;

	if (name == NULL || strcmp(name, "rebind.test") != 0)
		return resolve(name, service, hints, found);
	answer = answers[0];
	if (answers[1] != NULL)
		answers++;
	code = resolve(answer, service, hints, found);
	while (code == 0 && answers_at_once)
	{
		struct addrinfo *last = *found;

		while (last->ai_next != NULL)
			last = last->ai_next;
		answers_at_once = answers[1] != NULL;
		code = resolve(answers[0], service, hints, &last->ai_next);
		answers += answers_at_once ? 1 : 0;
	}
	return code;
}

/* ---- who is reached --------------------------------------------------------------- */

static bool
was_reached(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static NetFault
ask_http(NetLoop *loop, const char *host, int port, bool allow_private)
{
	NetRequest request;
	char url[300];

	memset(&request, 0, sizeof(request));
	snprintf(url, sizeof(url), "http://%s:%d/", host, port);
	request.url = url;
	request.body = "hello";
	request.body_len = 5;
	request.content_type = "text/plain";
	request.allow_http = true;
	request.allow_private = allow_private;
	request.fresh_connection = true;
	return stand_fault(loop, &request);
}

static void
wake_nobody(void *arg)
{
	(void) arg;
}

static NetLineState
ask_line(NetLoop *loop, const char *scheme, const char *host, int port, bool allow_private)
{
	int64_t end = campaign_net_clock() + STAND_LIMIT_US;
	NetLineRequest request;
	NetLineState state;
	NetLine *line;
	char url[300];

	memset(&request, 0, sizeof(request));
	snprintf(url, sizeof(url), "%s://%s:%d", scheme, host, port);
	request.url = url;
	request.hello = "client.example";
	request.user = "ada";
	request.password = "not for you";
	request.allow_clear = true;
	request.allow_private = allow_private;
	request.open_timeout_ms = 1000;
	request.line_max = 1000;
	request.wake = wake_nobody;
	line = campaign_net_line_open(loop, &request);
	if (line == NULL)
		stand_die("no line");
	while ((state = campaign_net_line_state(line)) == NET_LINE_OPENING)
	{
		if (campaign_net_clock() > end)
			stand_die("a line neither stands nor ends");
		stand_step(loop);
	}
	campaign_net_line_close(line);
	return state;
}

/* All that the resolver of libcurl, or of the system, takes for this machine. */
static const char *const spellings[] = {
	"127.0.0.1",
	"127.0.0.2",
	"127.1",
	"127.0.1",
	"2130706433",
	"0x7f000001",
	"0x7F.0.0.1",
	"0x7f.1",
	"017700000001",
	"0177.0.0.1",
	"0177.0.0.01",
	"0000000177.0.0.1",
	"127.0.0.1.",
	"0.0.0.0",
	"0",
	"0x0",
	"localhost",
	"LOCALHOST",
	"localhost.",
	"%6cocalhost",
	"127%2e0.0.1",
	"user@127.0.0.1",
	"[::1]",
	"[0:0:0:0:0:0:0:1]",
	"[::]",
	"[::ffff:127.0.0.1]",
	"[::ffff:7f00:1]",
	"[::127.0.0.1]",
	"[64:ff9b::7f00:1]",
	"[64:ff9b::127.0.0.1]",
	"[2002:7f00:1::1]",
	"[fe80::1]",
	"[fe80::1%25lo]",
	"[fd00::1]",
	"[ff02::1]",
	"10.0.0.1",
	"100.64.0.1",
	"169.254.169.254",
	"0xa9fea9fe",
	"2852039166",
	"172.16.0.1",
	"192.168.0.1",
	"224.0.0.1",
	"255.255.255.255",
};

static void
test_spellings(NetLoop *loop)
{
	static const char *const schemes[] = {"smtp", "smtps", "imap", "imaps"};
	int port;
	int listener = stand_listen(&port);
	int reached = 0;
	int answered = 0;
	size_t i;
	size_t k;

	for (i = 0; i < COUNT(spellings); i++)
	{
		NetFault fault = ask_http(loop, spellings[i], port, false);

		/* some are not taken for an address at all */
		if (fault != NET_REFUSED)
			printf("# http %s: %d\n", spellings[i], (int) fault);
		answered += fault == NET_OK;
		reached += was_reached(listener);
	}
	IS(answered, 0, "no spelling of an address that is not public is answered over HTTP");
	IS(reached, 0, "or connected to");
	for (i = 0; i < COUNT(spellings); i++)
		for (k = 0; k < COUNT(schemes); k++)
		{
			answered += ask_line(loop, schemes[k], spellings[i], port, false) == NET_LINE_STANDS;
			reached += was_reached(listener);
		}
	IS(answered, 0, "none stands as a line to a mail server");
	IS(reached, 0, "or is connected to");
	/* and what was tried is there */
	ask_http(loop, "127.0.0.1", port, true);
	OK(was_reached(listener), "one that is listed is connected to, where the request allows it");
	ask_line(loop, "smtp", "localhost", port, true);
	OK(was_reached(listener), "by a line too");
	close(listener);
}

static void
test_lists_of_loops(NetLoop *loop)
{
	NetNetworks other;
	NetNetworks before;
	int port;
	int listener = stand_listen(&port);

	campaign_net_networks_read("127.0.0.0/8, ::1", &before);
	campaign_net_networks_read("10.0.0.0/8", &other);
	IS(ask_http(loop, "10.0.0.1", port, false), NET_REFUSED, "what is not allowed is refused");
	campaign_net_list_private(loop, &other);
	IS(ask_http(loop, "127.0.0.1", port, true), NET_REFUSED, "nor what is allowed and not listed");
	OK(ask_line(loop, "imap", "127.0.0.1", port, true) != NET_LINE_STANDS, "nor as a line");
	OK(!was_reached(listener), "nothing was connected to");
	campaign_net_list_private(loop, &before);
	ask_http(loop, "127.0.0.1", port, true);
	OK(was_reached(listener), "until it is listed");
	close(listener);
}

static void
test_rebinding(NetLoop *loop, const NetLimits *limits)
{
	static const char *const changed[] = {"192.31.196.1", "127.0.0.1", NULL};
	static const char *const private_first[] = {"127.0.0.1", "192.31.196.1", NULL};
	/* names are kept for a minute, by each loop */
	NetLoop *later = stand_loop(limits);
	NetLoop *another = stand_loop(limits);
	int port;
	int listener = stand_listen(&port);

	answers = changed;
	OK(ask_http(loop, "rebind.test", port, false) != NET_OK, "(a public address, without answer)");
	IS(ask_http(later, "rebind.test", port, false), NET_REFUSED,
	   "a name that has become private is refused");
	OK(!was_reached(listener), "and not connected to");
	(void) ask_http(later, "rebind.test", port, true);
	OK(was_reached(listener), "though it could be");
	answers = changed;
	(void) ask_line(loop, "smtp", "rebind.test", port, false);
	OK(ask_line(loop, "smtp", "rebind.test", port, false) != NET_LINE_STANDS, "by a line too");
	answers = changed;
	answers_at_once = true;
	OK(ask_http(another, "rebind.test", port, false) != NET_OK,
	   "of two addresses the private one is not tried");
	answers = private_first;
	answers_at_once = true;
	OK(ask_line(another, "imap", "rebind.test", port, false) != NET_LINE_STANDS,
	   "nor is it as the first of them");
	OK(!was_reached(listener), "nothing was connected to");
	campaign_net_close(later);
	campaign_net_close(another);
	close(listener);
}

static void
test_redirects(NetLoop *loop, Stand *stand)
{
	static const char *const codes[] = {"301 Moved", "302 Found", "303 See Other",
										"307 Temporary Redirect", "308 Permanent Redirect"};
	int port;
	int listener = stand_listen(&port);
	size_t i;
	int followed = 0;
	char answer[300];

	for (i = 0; i < COUNT(codes); i++)
	{
		NetResult result;

		snprintf(answer, sizeof(answer),
				 "HTTP/1.1 %s\r\nLocation: http://127.0.0.1:%d/\r\nContent-Length: 0\r\n\r\n",
				 codes[i], port);
		result = stand_answered_by(loop, stand, answer);
		if (result.status != atoi(codes[i]))
			printf("# %s: status %d\n", codes[i], (int) result.status);
		followed += result.status != atoi(codes[i]) || was_reached(listener);
		campaign_net_result_free(&result);
	}
	IS(followed, 0, "no redirect is followed, not even to where one may go");
	close(listener);
}

int
main(void)
{
	Stand stand;
	NetLimits limits = stand_limits(4);
	NetLoop *loop;

	memset(&stand, 0, sizeof(stand));
	limits.connect_timeout_ms = 1000;
	limits.total_timeout_ms = 2000;
	loop = stand_loop(&limits);
	test_lists();
	test_spellings(loop);
	test_lists_of_loops(loop);
	test_rebinding(loop, &limits);
	test_redirects(loop, &stand);
	campaign_net_close(loop);
	return unit_done();
}
