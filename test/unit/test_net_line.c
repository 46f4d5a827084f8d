/*
 * test_net_line.c
 *		Connections to mail servers that are read by lines, against a server in the test's hands.
 */
#include "mail_stand.h"

static int wakes;

static void
count_wake(void *arg)
{
	(void) arg;
	wakes++;
}

static NetLineRequest
request_to(const Peer *peer, const char *scheme)
{
	static char url[100];
	NetLineRequest request;

	snprintf(url, sizeof(url), "%s://127.0.0.1:%d", scheme, peer->port);
	memset(&request, 0, sizeof(request));
	request.url = url;
	request.hello = "client.example";
	request.allow_clear = true;
	request.allow_private = true;
	request.open_timeout_ms = 5000;
	request.line_max = 1000;
	request.wake = count_wake;
	return request;
}

/* Memory that there is not is refused, as malloc does, instead of ending the program. */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static NetLineState
settle(NetLoop *loop, NetLine *line)
{
	int64_t end = campaign_net_clock() + STAND_LIMIT_US;

	while (campaign_net_line_state(line) == NET_LINE_OPENING)
	{
		if (campaign_net_clock() > end)
			stand_die("a line neither stands nor ends");
		stand_step(loop);
	}
	return campaign_net_line_state(line);
}

static NetLineTaken
take(NetLoop *loop, NetLine *line, const char **text)
{
	int64_t end = campaign_net_clock() + STAND_LIMIT_US;
	NetLineTaken taken;
	size_t len;

	*text = NULL;
	while ((taken = campaign_net_line_take(line, text, &len)) == NET_LINE_WAIT)
	{
		if (campaign_net_clock() > end)
			stand_die("no line comes");
		stand_step(loop);
	}
	return taken;
}

/* A line that stands, after an EHLO with these offers. */
static NetLine *
stand_up(NetLoop *loop, Peer *peer, const char *offers)
{
	NetLineRequest request = request_to(peer, "smtp");
	NetLine *line = campaign_net_line_open(loop, &request);

	peer_accept(peer, loop);
	peer_say(peer, loop, "220 here\r\n");
	if (!peer_hears(peer, loop, "EHLO client.example\r\n"))
		stand_die("no EHLO with the name that was given");
	peer_say(peer, loop, offers);
	if (settle(loop, line) != NET_LINE_STANDS)
		stand_die(campaign_net_line_detail(line));
	return line;
}

static void
check_lines(NetLoop *loop)
{
	Peer peer;
	NetLine *line;
	const char *text;
	char bytes[20];
	size_t len;
	int woken;

	peer_open(&peer);
	line =
		stand_up(loop, &peer,
				 "250-here\r\n250-SIZE 1000\r\n250-8BITMIME\r\n250-smtputf8\r\n250 PIPELINING\r\n");
	OK(campaign_net_line_greeting(line)->offers_eight_bit &&
		   campaign_net_line_greeting(line)->offers_utf8 &&
		   campaign_net_line_greeting(line)->offers_pipelining &&
		   campaign_net_line_greeting(line)->size_max == 1000,
	   "what the server offers is known");
	OK(campaign_net_line_write(line, "NOOP\r\n", 6), "a line that stands is written to");
	OK(peer_hears(&peer, loop, "NOOP\r\n"), "and the server hears it");
	woken = wakes;
	peer_say(&peer, loop, "250 a\r\n250 b");
	while (wakes == woken)
		stand_step(loop);
	IS(take(loop, line, &text), NET_LINE_GOT,
	   "the owner is woken by a line that comes, and takes it");
	IS_TEXT(text, "250 a", "without its end");
	IS(campaign_net_line_take(line, &text, &len), NET_LINE_WAIT, "half a line is waited for");
	peer_say(&peer, loop, "\r\n");
	take(loop, line, &text);
	IS_TEXT(text, "250 b", "until the rest comes");
	peer_say(&peer, loop, "{5}\r\n1\r\n45after\r\n");
	take(loop, line, &text);
	IS(campaign_net_line_take_bytes(line, bytes, 5, &len), NET_LINE_GOT,
	   "bytes are taken as they are");
	OK(len == 5 && memcmp(bytes, "1\r\n45", 5) == 0, "as many as were asked for");
	take(loop, line, &text);
	IS_TEXT(text, "after", "and what follows is a line again");
	peer_say(&peer, loop, "last\r\n");
	peer_hang_up(&peer);
	take(loop, line, &text);
	IS_TEXT(text, "last", "what was said before the end is heard");
	IS(take(loop, line, &text), NET_LINE_OVER, "then the line has ended");
	IS(campaign_net_line_fault(line), NET_LINE_CLOSED, "closed by the server");
	campaign_net_line_close(line);
	peer_close(&peer);
}

/* What comes on a line that stands, and what it ends as. */
static NetLineFault
fault_of(NetLoop *loop, const char *bytes, size_t len)
{
	Peer peer;
	NetLine *line;
	NetLineFault fault;
	const char *text;

	peer_open(&peer);
	line = stand_up(loop, &peer, "250 here\r\n");
	peer_say_bytes(&peer, loop, bytes, len);
	while (take(loop, line, &text) == NET_LINE_GOT)
		;
	fault = campaign_net_line_fault(line);
	OK(peer_is_left(&peer, loop), "and the connection is shut");
	campaign_net_line_close(line);
	peer_close(&peer);
	return fault;
}

static void
check_refusals(NetLoop *loop)
{
	static char endless[20000];

	memset(endless, 'x', sizeof(endless));
	IS(fault_of(loop, "250 bare\n", 9), NET_LINE_MALFORMED, "a bare line feed ends no line");
	IS(fault_of(loop, "250 n\0l\r\n", 9), NET_LINE_MALFORMED, "a NUL is refused");
	IS(fault_of(loop, endless, sizeof(endless)), NET_LINE_TOO_LONG, "so is a line without end");
}

/* What the server says first, and what the line ends as. */
static NetLineFault
fault_at_banner(NetLoop *loop, NetLineRequest *request, Peer *peer, const char *said)
{
	NetLine *line = campaign_net_line_open(loop, request);
	NetLineFault fault;

	peer_accept(peer, loop);
	peer_say(peer, loop, said);
	settle(loop, line);
	fault = campaign_net_line_fault(line);
	printf("# %s\n", campaign_net_line_detail(line));
	campaign_net_line_close(line);
	peer_hang_up(peer);
	return fault;
}

static void
check_banners(NetLoop *loop)
{
	static char endless[1000000];
	Peer peer;
	NetLineRequest request;

	memset(endless, 'x', sizeof(endless) - 1);
	memcpy(endless, "220 ", 4);
	peer_open(&peer);
	request = request_to(&peer, "smtp");
	IS(fault_at_banner(loop, &request, &peer, "HTTP/1.1 200 OK\r\n\r\n"), NET_LINE_STRANGE,
	   "what is no mail server is found out at once");
	IS(fault_at_banner(loop, &request, &peer, "554 go away\r\n"), NET_LINE_UNWELCOME,
	   "one that does not serve us says so");
	IS(fault_at_banner(loop, &request, &peer, "220-one\r\n250 two\r\n"), NET_LINE_STRANGE,
	   "a reply has one code");
	IS(fault_at_banner(loop, &request, &peer, endless), NET_LINE_TOO_LONG,
	   "a banner without end is not read on");
	request.open_timeout_ms = 300;
	IS(fault_at_banner(loop, &request, &peer, "220-wait"), NET_LINE_NOT_REACHED,
	   "one that says nothing is given up");
	peer_close(&peer);
}

/* How far a client comes that must not go on in clear. */
static void
check_clear(NetLoop *loop)
{
	Peer peer;
	NetLineRequest request;
	NetLine *line;

	peer_open(&peer);
	request = request_to(&peer, "smtp");
	request.allow_clear = false;
	request.user = "ada";
	request.password = "secret";
	line = campaign_net_line_open(loop, &request);
	peer_accept(&peer, loop);
	peer_say(&peer, loop, "220 here\r\n");
	peer_hears(&peer, loop, "EHLO");
	peer_say(&peer, loop, "250-here\r\n250 AUTH PLAIN\r\n");
	settle(loop, line);
	IS(campaign_net_line_fault(line), NET_LINE_NO_TLS, "a server without TLS is told nothing");
	OK(!peer_hears(&peer, loop, ""), "no login is tried, no QUIT said");
	campaign_net_line_close(line);
	peer_hang_up(&peer);

	line = campaign_net_line_open(loop, &request);
	peer_accept(&peer, loop);
	peer_say(&peer, loop, "220 here\r\n");
	peer_hears(&peer, loop, "EHLO");
	peer_say(&peer, loop, "250-here\r\n250 STARTTLS\r\n");
	OK(peer_hears(&peer, loop, "STARTTLS\r\n"), "where TLS is offered, it is asked for");
	peer_say(&peer, loop, "220 go\r\n250-injected\r\n250 AUTH PLAIN\r\n");
	settle(loop, line);
	IS(campaign_net_line_fault(line), NET_LINE_STRANGE, "what was said ahead of TLS is no answer");
	campaign_net_line_close(line);
	peer_close(&peer);
}

static void
check_logins(NetLoop *loop)
{
	static const struct
	{
		const char *offer;
		const char *answer;
		NetLineFault fault;
		const char *name;
	} cases[] = {
		{"250 here\r\n", NULL, NET_LINE_NO_LOGIN, "a login that is not offered is missed"},
		{"250 AUTH X-OTHER\r\n", NULL, NET_LINE_NO_LOGIN, "so is one that we do not know"},
		{"250 AUTH PLAIN\r\n", "535 5.7.8 no\r\n", NET_LINE_BAD_LOGIN, "a refusal is told"},
		{"250 AUTH PLAIN\r\n", "454 4.7.0 later\r\n", NET_LINE_LOGIN_LATER, "and one for now"},
		{"250 AUTH PLAIN\r\n", "235 2.7.0 in\r\n", NET_LINE_FINE, "an accepted login stands"},
	};
	Peer peer;
	size_t i;

	peer_open(&peer);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		NetLineRequest request = request_to(&peer, "smtp");
		NetLine *line;
		int64_t began;

		request.user = "ada";
		request.password = "secret";
		line = campaign_net_line_open(loop, &request);
		peer_accept(&peer, loop);
		peer_say(&peer, loop, "220 here\r\n");
		peer_hears(&peer, loop, "EHLO");
		peer_say(&peer, loop, cases[i].offer);
		if (cases[i].answer != NULL)
		{
			peer_hears(&peer, loop, "AUTH PLAIN");
			peer_say(&peer, loop, "334 \r\n");
			peer_hears(&peer, loop, "");
			peer_say(&peer, loop, cases[i].answer);
		}
		settle(loop, line);
		IS(campaign_net_line_fault(line), cases[i].fault, cases[i].name);
		began = campaign_net_clock();
		campaign_net_line_close(line);
		OK(campaign_net_clock() - began < 200000, "closing waits for nobody");
		peer_hang_up(&peer);
	}
	peer_close(&peer);
}

static void
check_deadlines(NetLoop *loop)
{
	Peer peer;
	NetLine *line;
	const char *text;

	peer_open(&peer);
	line = stand_up(loop, &peer, "250 here\r\n");
	campaign_net_line_expect(line, 100);
	peer_say(&peer, loop, "250 in time\r\n");
	poll(NULL, 0, 150);
	campaign_net_turn(loop);
	IS(campaign_net_line_fault(line), NET_LINE_TIMED_OUT,
	   "an owner who takes nothing is told once");
	campaign_net_line_close(line);
	peer_hang_up(&peer);

	line = stand_up(loop, &peer, "250 here\r\n");
	campaign_net_line_expect(line, 100);
	IS(take(loop, line, &text), NET_LINE_OVER, "a server that says nothing is given up");
	IS(campaign_net_line_fault(line), NET_LINE_TIMED_OUT, "when its time is over");
	campaign_net_line_close(line);
	peer_close(&peer);
}

/* More than the kernel takes at once, to a server that reads late. */
static void
check_much(NetLoop *loop)
{
	static char much[8000000];
	Peer peer;
	NetLine *line;
	size_t got = 0;

	peer_open(&peer);
	line = stand_up(loop, &peer, "250 here\r\n");
	campaign_net_line_write(line, much, sizeof(much) / 2);
	campaign_net_line_write(line, much, sizeof(much) / 2);
	OK(campaign_net_line_unsent(line) > 0, "what cannot leave at once is kept");
	while (got < sizeof(much))
	{
		ssize_t n = recv(peer.fd, much, sizeof(much), 0);

		if (n > 0)
			got += (size_t) n;
		else
			stand_step(loop);
	}
	stand_step(loop);
	IS(got, sizeof(much), "and leaves as the server reads");
	IS(campaign_net_line_unsent(line), 0, "until nothing is left");
	campaign_net_line_close(line);
	peer_close(&peer);
}

static NetLineFault
fault_of_request(NetLoop *loop, const NetLineRequest *request)
{
	NetLine *line = campaign_net_line_open(loop, request);
	NetLineFault fault;

	settle(loop, line);
	fault = campaign_net_line_fault(line);
	printf("# %s: %s\n", campaign_net_line_code(fault), campaign_net_line_detail(line));
	campaign_net_line_close(line);
	return fault;
}

static void
check_requests(NetLoop *loop)
{
	static const char *const urls[] = {"http://127.0.0.1:1", "smtp://ada@127.0.0.1:1",
									   "smtp://127.0.0.1:1/x", "smtp://127.0.0.1:1\r\nRSET",
									   "smtp://"};
	Peer peer;
	NetLineRequest request;
	size_t i;

	peer_open(&peer);
	for (i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
	{
		request = request_to(&peer, "smtp");
		request.url = urls[i];
		IS(fault_of_request(loop, &request), NET_LINE_REFUSED,
		   "an address that is none is refused");
	}
	request = request_to(&peer, "smtp");
	request.hello = "a\r\nMAIL";
	IS(fault_of_request(loop, &request), NET_LINE_REFUSED, "so is a name with a line break");
	request = request_to(&peer, "smtp");
	request.user = "a\nb";
	IS(fault_of_request(loop, &request), NET_LINE_REFUSED, "and a login with one");
	request = request_to(&peer, "smtp");
	request.allow_private = false;
	IS(fault_of_request(loop, &request), NET_LINE_REFUSED, "a private address is not connected to");
	peer_close(&peer);
	request = request_to(&peer, "smtp");
	IS(fault_of_request(loop, &request), NET_LINE_NOT_REACHED,
	   "a port that is shut is not reached");
}

static void
check_imap(NetLoop *loop)
{
	Peer peer;
	NetLineRequest request;
	NetLine *line;
	const char *text;

	peer_open(&peer);
	request = request_to(&peer, "imap");
	request.user = "ada";
	request.password = "secret";
	line = campaign_net_line_open(loop, &request);
	peer_accept(&peer, loop);
	peer_say(&peer, loop, "* OK [CAPABILITY IMAP4rev1] here\r\n");
	OK(peer_hears(&peer, loop, "A001 CAPABILITY\r\n"), "an IMAP server is asked what it can do");
	peer_say(&peer, loop, "* CAPABILITY IMAP4rev1\r\nA001 OK\r\n");
	OK(peer_hears(&peer, loop, "A002 LOGIN ada secret\r\n"), "and logged in to");
	peer_say(&peer, loop, "A002 OK in\r\n");
	IS(settle(loop, line), NET_LINE_STANDS, "then the line stands");
	campaign_net_line_write(line, "x NOOP\r\n", 8);
	OK(peer_hears(&peer, loop, "x NOOP\r\n"), "for the caller's commands");
	peer_say(&peer, loop, "x OK\r\n");
	take(loop, line, &text);
	IS_TEXT(text, "x OK", "and the server's answers");
	campaign_net_line_close(line);
	OK(peer_is_left(&peer, loop), "it is left without waiting for LOGOUT");
	peer_close(&peer);
}

/* What was not said must not be waited for until its time is up. */
static void
check_memory(NetLoop *loop)
{
	/* of which nothing is read */
	volatile size_t too_much = SIZE_MAX / 4;
	Peer peer;
	NetLine *line;
	int woken = wakes;

	peer_open(&peer);
	line = stand_up(loop, &peer, "250 here\r\n");
	OK(!campaign_net_line_write(line, "", too_much), "what there is no memory for is not written");
	IS(campaign_net_line_state(line), NET_LINE_ENDED, "which ends the line");
	IS(campaign_net_line_fault(line), NET_LINE_NO_MEMORY, "for this reason");
	campaign_net_turn(loop);
	OK(wakes > woken, "and wakes its owner");
	campaign_net_line_close(line);
	peer_close(&peer);
}

int
main(void)
{
	NetLimits limits = stand_limits(4);
	NetLoop *loop = stand_loop(&limits);
	Peer peer;
	NetLineRequest request;

	check_lines(loop);
	check_refusals(loop);
	check_banners(loop);
	check_clear(loop);
	check_logins(loop);
	check_deadlines(loop);
	check_much(loop);
	check_requests(loop);
	check_imap(loop);
	check_memory(loop);
	IS_TEXT(campaign_net_failure(loop), "", "no call has failed unexpectedly");
	peer_open(&peer);
	request = request_to(&peer, "smtp");
	campaign_net_line_open(loop, &request);
	campaign_net_turn(loop);
	campaign_net_close(loop);
	OK(true, "a loop is closed with a line that is being opened");
	peer_close(&peer);
	return unit_done();
}
