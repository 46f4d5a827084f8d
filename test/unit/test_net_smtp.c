/*
 * test_net_smtp.c
 *		Mails through a relay, against a server in the test's hands. A result never says less than what
 *		the server may have accepted (B6).
 */
#include "mail_stand.h"

#include "net/envelope.h"
#include "net/relay.h"

typedef struct Letter
{
	const char *from;
	const char *to;
	const char *content;
	size_t len;
} Letter;

static const Letter plain = {"ada@example.com", "bob@example.org",
							 "Subject: x\r\n\r\n.hello\r\nyou\r\n..\r\n", 31};

static int forgotten;

static bool
build(NetMailJob *job, bool eight_bit, bool utf8, char **bytes, size_t *len, char *error,
	  size_t error_size)
{
	const Letter *letter = job->arg;

	(void) eight_bit;
	(void) utf8;
	(void) error;
	(void) error_size;
	job->from = letter->from;
	job->to = letter->to;
	*len = letter->len;
	*bytes = malloc(letter->len + 1);
	memcpy(*bytes, letter->content, letter->len);
	return true;
}

static void
forget(void *arg)
{
	(void) arg;
	forgotten++;
}

typedef struct Post
{
	NetLoop *loop;
	NetRelay *relay;
	Peer peer;
} Post;

static void
submit(Post *post, uint64_t tag, const Letter *letter)
{
	NetMailRequest request;
	char url[100];

	snprintf(url, sizeof(url), "smtp://127.0.0.1:%d", post->peer.port);
	memset(&request, 0, sizeof(request));
	request.tag = tag;
	request.server.url = url;
	request.server.hello = "client.example";
	request.server.allow_clear = true;
	request.server.allow_private = true;
	request.server.open_timeout_ms = 5000;
	request.build = build;
	request.forget = forget;
	request.arg = (void *) letter;
	request.command_timeout_ms = 5000;
	request.dot_timeout_ms = 5000;
	request.messages_max = 100;
	if (!campaign_net_relay_submit(post->relay, &request))
		stand_die("no session");
}

static void
step(Post *post)
{
	stand_step(post->loop);
	campaign_net_relay_turn(post->relay);
}

/* The stand's functions turn the loop alone; sessions that are over are swept here. */
static NetMailResult
result_of(Post *post)
{
	int64_t end = campaign_net_clock() + STAND_LIMIT_US;
	NetMailResult result;
	uint64_t tag;

	while (!campaign_net_relay_take(post->relay, &result))
	{
		if (campaign_net_clock() > end)
			stand_die("a mail has no end");
		while (campaign_net_relay_ready(post->relay, &tag))
			campaign_net_relay_release(post->relay, tag, true);
		step(post);
	}
	campaign_net_relay_turn(post->relay);
	return result;
}

static void
release(Post *post, bool go)
{
	int64_t end = campaign_net_clock() + STAND_LIMIT_US;
	uint64_t tag;

	while (!campaign_net_relay_ready(post->relay, &tag))
	{
		if (campaign_net_clock() > end)
			stand_die("a mail does not come to its dot");
		step(post);
	}
	campaign_net_relay_release(post->relay, tag, go);
}

static void
greet(Post *post, const char *offers)
{
	peer_accept(&post->peer, post->loop);
	peer_say(&post->peer, post->loop, "220 here\r\n");
	peer_hears(&post->peer, post->loop, "EHLO client.example\r\n");
	peer_say(&post->peer, post->loop, offers);
}

static bool
exchange(Post *post, const char *command, const char *answer)
{
	bool heard = peer_hears(&post->peer, post->loop, command);

	peer_say(&post->peer, post->loop, answer);
	return heard;
}

/* Takes a message up to its dot. */
static void
take_content(Post *post)
{
	exchange(post, "MAIL", "250 ok\r\n");
	exchange(post, "RCPT", "250 ok\r\n");
	exchange(post, "DATA", "354 go\r\n");
	while (!peer_hears(&post->peer, post->loop, "..."))
		if (post->peer.len == 0 && recv(post->peer.fd, post->peer.seen, 1, MSG_PEEK) == 0)
			stand_die("the content does not come");
}

static void
open_post(Post *post)
{
	NetLimits limits = stand_limits(4);

	post->loop = stand_loop(&limits);
	post->relay = campaign_net_relay_open(post->loop, 60000);
	peer_open(&post->peer);
}

static void
close_post(Post *post)
{
	campaign_net_relay_close(post->relay);
	IS_TEXT(campaign_net_failure(post->loop), "", "no call has failed unexpectedly");
	campaign_net_close(post->loop);
	peer_close(&post->peer);
}

static void
check_conversation(void)
{
	Post post;
	NetMailResult result;
	char byte;

	open_post(&post);
	submit(&post, 7, &plain);
	greet(&post, "250 here\r\n");
	OK(exchange(&post, "MAIL FROM:<ada@example.com>\r\n", "250 2.1.0 ok\r\n"), "MAIL");
	OK(exchange(&post, "RCPT TO:<bob@example.org>\r\n", "250-2.1.5 ok\r\n250 2.1.5 so\r\n"),
	   "RCPT");
	OK(exchange(&post, "DATA\r\n", "354 go\r\n"), "DATA");
	peer_hears(&post.peer, post.loop, "Subject: x\r\n");
	peer_hears(&post.peer, post.loop, "\r\n");
	OK(peer_hears(&post.peer, post.loop, "..hello\r\n"),
	   "a dot before a line that begins with one");
	peer_hears(&post.peer, post.loop, "you\r\n");
	OK(peer_hears(&post.peer, post.loop, "...\r\n"), "whatever follows it");
	step(&post);
	step(&post);
	OK(post.peer.len == 0 && recv(post.peer.fd, &byte, 1, MSG_PEEK) < 0, "the dot waits for leave");
	release(&post, true);
	OK(exchange(&post, ".\r\n", "250 2.0.0 queued as 1\r\n"), "then it ends the content");
	result = result_of(&post);
	IS(result.end, NET_MAIL_ANSWERED, "the answer is");
	IS(result.status, 250, "that it was accepted");
	IS(result.tag, 7, "of this mail");
	IS_TEXT(result.text, "queued as 1", "in these words");
	IS(forgotten, 1, "what was given for it is forgotten");

	submit(&post, 8, &plain);
	take_content(&post);
	release(&post, true);
	OK(exchange(&post, ".\r\n", "250 ok\r\n"), "the next one takes the same session");
	IS(result_of(&post).status, 250, "and is accepted");
	IS(campaign_net_relay_sessions(post.relay), 1, "the only one");

	submit(&post, 9, &plain);
	take_content(&post);
	release(&post, false);
	result = result_of(&post);
	IS(result.end, NET_MAIL_CALLED_OFF, "one that is called off before its dot");
	OK(peer_is_left(&post.peer, post.loop), "is left without a dot");
	peer_hang_up(&post.peer);

	campaign_net_relay_close(post.relay);
	post.relay = campaign_net_relay_open(post.loop, 50);
	submit(&post, 10, &plain);
	greet(&post, "250 here\r\n");
	take_content(&post);
	release(&post, true);
	exchange(&post, ".\r\n", "250 ok\r\n");
	result_of(&post);
	while (campaign_net_relay_sessions(post.relay) > 0)
	{
		long timeout = campaign_net_relay_timeout_ms(post.relay);

		if (timeout < 0 || timeout > 50)
			stand_die("an idle session is forgotten");
		step(&post);
	}
	OK(peer_hears(&post.peer, post.loop, "QUIT\r\n"),
	   "an idle session is left in time, with a word");
	close_post(&post);
}

/* What is answered from this command on; the ones before are taken. */
typedef struct Case
{
	const char *command;
	const char *answer; /* NULL = hangs up */
	NetMailEnd end;
	NetMailStage stage;
	int status;
	const char *enhanced;
	const char *code;
	const char *name;
} Case;

static const Case cases[] = {
	{"MAIL", "451 4.3.0 later\r\n", NET_MAIL_ANSWERED, NET_MAIL_AT_SENDER, 451, "4.3.0", "",
	 "a sender refused for now"},
	{"RCPT", "550-5.1.1 no\r\n550 5.1.1 such user\r\n", NET_MAIL_ANSWERED, NET_MAIL_AT_RECIPIENT,
	 550, "5.1.1", "", "a recipient refused"},
	{"RCPT", "450 4.7.1 greylisted\r\n", NET_MAIL_ANSWERED, NET_MAIL_AT_RECIPIENT, 450, "4.7.1", "",
	 "one refused for now"},
	{"DATA", "554 no\r\n", NET_MAIL_ANSWERED, NET_MAIL_AT_DATA, 554, "", "", "a content not taken"},
	{".", "452 4.3.1 full\r\n", NET_MAIL_ANSWERED, NET_MAIL_AT_DOT, 452, "4.3.1", "",
	 "a content refused for now"},
	{".", "554 5.7.1 spam\r\n", NET_MAIL_ANSWERED, NET_MAIL_AT_DOT, 554, "5.7.1", "",
	 "a content refused"},
	{"MAIL", NULL, NET_MAIL_CUT, NET_MAIL_AT_SENDER, 0, "", "closed", "hung up at MAIL"},
	{"RCPT", NULL, NET_MAIL_CUT, NET_MAIL_AT_RECIPIENT, 0, "", "closed", "hung up at RCPT"},
	{"DATA", NULL, NET_MAIL_CUT, NET_MAIL_AT_DATA, 0, "", "closed", "hung up at DATA"},
	{".", NULL, NET_MAIL_CUT, NET_MAIL_AT_DOT, 0, "", "closed", "hung up after the dot"},
	{"MAIL", "25 ok\r\n", NET_MAIL_CUT, NET_MAIL_AT_SENDER, 0, "", "reply_malformed",
	 "a code of two digits"},
	{"RCPT", "250-a\r\n251 b\r\n", NET_MAIL_CUT, NET_MAIL_AT_RECIPIENT, 0, "", "reply_malformed",
	 "two codes in a reply"},
	{"RCPT", "250_ok\r\n", NET_MAIL_CUT, NET_MAIL_AT_RECIPIENT, 0, "", "reply_malformed",
	 "a code that does not end"},
	{"DATA", "250 ok\n", NET_MAIL_CUT, NET_MAIL_AT_DATA, 0, "", "line_malformed",
	 "a bare line feed"},
	{"DATA", "250 ok\r\n", NET_MAIL_CUT, NET_MAIL_AT_DATA, 0, "", "reply_unexpected",
	 "an answer to something else"},
	{"MAIL", "354 go\r\n", NET_MAIL_CUT, NET_MAIL_AT_SENDER, 0, "", "reply_unexpected",
	 "another one"},
	{"MAIL", "250 ok\r\n250 ok\r\n354 go\r\n", NET_MAIL_CUT, NET_MAIL_AT_SENDER, 0, "",
	 "reply_unexpected", "answers ahead of commands"},
	{".", "354 go\r\n", NET_MAIL_CUT, NET_MAIL_AT_DOT, 0, "", "reply_unexpected",
	 "no answer to the dot"},
	{".", "2\r\n", NET_MAIL_CUT, NET_MAIL_AT_DOT, 0, "", "reply_malformed",
	 "a malformed answer to the dot"},
};

static void
check_case(const Case *one)
{
	Post post;
	NetMailResult result;

	open_post(&post);
	submit(&post, 1, &plain);
	greet(&post, "250 here\r\n");
	if (strcmp(one->command, ".") == 0)
	{
		take_content(&post);
		release(&post, true);
	}
	else
	{
		if (strcmp(one->command, "MAIL") != 0)
			exchange(&post, "MAIL", "250 ok\r\n");
		if (strcmp(one->command, "DATA") == 0)
			exchange(&post, "RCPT", "250 ok\r\n");
	}
	OK(exchange(&post, one->command, one->answer == NULL ? "" : one->answer), one->name);
	if (one->answer == NULL)
		peer_hang_up(&post.peer);
	result = result_of(&post);
	IS(result.end, one->end, "its end");
	IS(result.stage, one->stage, "its stage");
	IS(result.status, one->status, "its status");
	IS_TEXT(result.enhanced, one->enhanced, "its enhanced code");
	IS_TEXT(result.code, one->code, "its word");
	if (one->end == NET_MAIL_ANSWERED)
	{
		if (one->stage < NET_MAIL_AT_CONTENT)
			OK(exchange(&post, "RSET\r\n", "250 ok\r\n"), "what was said of it is taken back");
		submit(&post, 2, &plain);
		if (one->stage < NET_MAIL_AT_CONTENT)
			peer_accept(&post.peer, post.loop);
	}
	else
		IS(campaign_net_relay_sessions(post.relay), 0, "the session is not used again");
	close_post(&post);
}

/* What is said at once, and what is made of the three answers (RFC 2920). */
static void
check_piped(void)
{
	static const struct
	{
		const char *answers;
		NetMailEnd end;
		NetMailStage stage;
		int status;
		bool reset;
		const char *name;
	} answers[] = {
		{"451 4.3.0 later\r\n503 no\r\n503 no\r\n", NET_MAIL_ANSWERED, NET_MAIL_AT_SENDER, 451,
		 true, "the first refusal counts"},
		{"250 ok\r\n550 5.1.1 no\r\n554 no\r\n", NET_MAIL_ANSWERED, NET_MAIL_AT_RECIPIENT, 550,
		 true, "be it of the recipient"},
		{"250 ok\r\n250 ok\r\n451 no\r\n", NET_MAIL_ANSWERED, NET_MAIL_AT_DATA, 451, true,
		 "or of the content"},
		{"250 ok\r\n550 5.1.1 no\r\n354 go\r\n", NET_MAIL_ANSWERED, NET_MAIL_AT_RECIPIENT, 550,
		 false, "a server that wants a content for nobody is left"},
		{"421 bye\r\n", NET_MAIL_ANSWERED, NET_MAIL_AT_SENDER, 421, false, "as is one that closes"},
		{"250 ok\r\n354 go\r\n", NET_MAIL_CUT, NET_MAIL_AT_SENDER, 0, false,
		 "and one that answers something else"},
		{"250 ok\r\n250 ok\r\n354 go\r\n250 done\r\n", NET_MAIL_CUT, NET_MAIL_AT_SENDER, 0, false,
		 "or more than it was asked"},
	};
	Post post;
	NetMailResult result;
	size_t i;

	for (i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
	{
		open_post(&post);
		submit(&post, 1, &plain);
		greet(&post, "250-here\r\n250 PIPELINING\r\n");
		peer_hears(&post.peer, post.loop, "MAIL FROM:<ada@example.com>\r\n");
		peer_hears(&post.peer, post.loop, "RCPT TO:<bob@example.org>\r\n");
		OK(exchange(&post, "DATA\r\n", answers[i].answers), answers[i].name);
		result = result_of(&post);
		OK(result.end == answers[i].end && result.stage <= answers[i].stage + 2 &&
			   result.status == answers[i].status,
		   "its end and its status");
		if (answers[i].end == NET_MAIL_ANSWERED)
			IS(result.stage, answers[i].stage, "its stage");
		if (answers[i].reset)
			OK(peer_hears(&post.peer, post.loop, "RSET\r\n"), "the session goes on");
		else
			IS(campaign_net_relay_sessions(post.relay), 0, "the session is over");
		close_post(&post);
	}
	open_post(&post);
	submit(&post, 1, &plain);
	greet(&post, "250-here\r\n250 PIPELINING\r\n");
	peer_hears(&post.peer, post.loop, "MAIL");
	peer_hears(&post.peer, post.loop, "RCPT");
	exchange(&post, "DATA", "250 ok\r\n250 ok\r\n354 go\r\n");
	while (!peer_hears(&post.peer, post.loop, "..."))
		;
	release(&post, true);
	exchange(&post, ".\r\n", "250 ok\r\n");
	IS(result_of(&post).status, 250, "what is taken so is accepted as ever");
	close_post(&post);
}

static void
check_unfit(void)
{
	static const Letter letters[] = {
		{"ada@example.com\r\nRCPT TO:<eve@example.net>", "bob@example.org", "x\r\n", 3},
		{"ada@example.com", "bob@example.org> SIZE=1", "x\r\n", 3},
		{"ada@example.com", "bob@example.org\r\nDATA", "x\r\n", 3},
		{"ada@example.com", "b\303\266b@example.org", "x\r\n", 3},
		{"ada@example.com", "bob", "x\r\n", 3},
		{"ada@example.com", "", "x\r\n", 3},
		{"ada@example.com", "bob@example.org", "x\n.\r\n", 5},
		{"ada@example.com", "bob@example.org", "x\r.\r\n", 5},
		{"ada@example.com", "bob@example.org", "x\0\r\n", 4},
		{"ada@example.com", "bob@example.org", "x", 1},
		{"ada@example.com", "bob@example.org", "\r\n\303\266\r\n", 6},
	};
	Post post;
	NetMailResult result;
	size_t i;

	open_post(&post);
	for (i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
	{
		submit(&post, i, &letters[i]);
		if (i == 0)
			greet(&post, "250-here\r\n250 SIZE 100\r\n");
		result = result_of(&post);
		IS(result.end, NET_MAIL_UNFIT, "what could say more than it means is not said");
		printf("# %s\n", result.detail);
	}
	submit(&post, 99, &plain);
	OK(exchange(&post, "MAIL FROM:<ada@example.com> SIZE=33\r\n", "250 ok\r\n"),
	   "nothing was said for them, and the session is as good as new");
	close_post(&post);
}

static void
check_offers(void)
{
	static const Letter wide = {"ada@example.com", "b\303\266b@example.org",
								"Subject: x\r\n\r\n\303\266\r\n", 18};
	static const Letter eight = {"ada@example.com", "bob@example.org",
								 "Subject: x\r\n\r\n\303\266\r\n", 18};
	Post post;
	NetMailResult result;

	open_post(&post);
	submit(&post, 1, &wide);
	greet(&post, "250-here\r\n250-SIZE 20\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n");
	OK(exchange(&post, "MAIL FROM:<ada@example.com> SIZE=18 BODY=8BITMIME SMTPUTF8\r\n",
				"553 no\r\n"),
	   "what is offered and needed is asked for");
	exchange(&post, "RSET", "250 ok\r\n");
	result_of(&post);
	step(&post);
	submit(&post, 2, &eight);
	OK(exchange(&post, "MAIL FROM:<ada@example.com> SIZE=18 BODY=8BITMIME\r\n", "553 no\r\n"),
	   "and no more");
	exchange(&post, "RSET", "250 ok\r\n");
	result_of(&post);
	step(&post);
	submit(&post, 3, &plain);
	result = result_of(&post);
	IS_TEXT(result.code, "too_large", "what is larger than the server takes is not begun");
	close_post(&post);
}

/* A server that hangs up on a session that it has served before. */
static void
check_dropped(void)
{
	Post post;
	NetMailResult result;

	open_post(&post);
	submit(&post, 1, &plain);
	greet(&post, "250 here\r\n");
	take_content(&post);
	release(&post, true);
	exchange(&post, ".\r\n", "250 ok\r\n");
	result_of(&post);
	submit(&post, 2, &plain);
	exchange(&post, "MAIL", "421 4.4.2 idle for too long\r\n");
	step(&post);
	peer_hang_up(&post.peer);
	step(&post);
	greet(&post, "250 here\r\n");
	take_content(&post);
	release(&post, true);
	exchange(&post, ".\r\n", "250 ok\r\n");
	result = result_of(&post);
	OK(result.tag == 2 && result.status == 250, "what an old session drops is sent by a new one");
	submit(&post, 3, &plain);
	take_content(&post);
	release(&post, true);
	peer_hears(&post.peer, post.loop, ".\r\n");
	peer_hang_up(&post.peer);
	result = result_of(&post);
	OK(result.end == NET_MAIL_CUT && result.stage == NET_MAIL_AT_DOT,
	   "but never what it drops after the dot");
	close_post(&post);
}

/* A content that the server does not read to its end cannot have been accepted. */
static void
check_stalled_content(void)
{
	size_t len = 9000000;
	char *content = malloc(len);
	Letter letter = {"ada@example.com", "bob@example.org", content, len};
	Post post;
	NetMailResult result;
	size_t i;

	for (i = 0; i < len; i++)
		content[i] = i % 100 == 98 ? '\r' : i % 100 == 99 ? '\n' : 'x';
	open_post(&post);
	submit(&post, 1, &letter);
	greet(&post, "250 here\r\n");
	exchange(&post, "MAIL", "250 ok\r\n");
	exchange(&post, "RCPT", "250 ok\r\n");
	exchange(&post, "DATA", "354 go\r\n");
	for (i = 0; i < 10; i++)
		step(&post);
	peer_hang_up(&post.peer);
	result = result_of(&post);
	OK(result.end == NET_MAIL_CUT && result.stage == NET_MAIL_AT_CONTENT,
	   "a content cut short is surely not sent");
	submit(&post, 2, &letter);
	greet(&post, "250 here\r\n");
	exchange(&post, "MAIL", "250 ok\r\n");
	exchange(&post, "RCPT", "250 ok\r\n");
	exchange(&post, "DATA", "354 go\r\n552 5.3.4 too much\r\n");
	result = result_of(&post);
	OK(result.end == NET_MAIL_CUT || result.status == 552, "nor one that is refused halfway");
	IS(result.stage == NET_MAIL_AT_DOT, false, "since its dot has not left");
	close_post(&post);
	free(content);
}

int
main(void)
{
	Post post;
	size_t i;

	check_conversation();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_case(&cases[i]);
	check_piped();
	check_unfit();
	check_offers();
	check_dropped();
	check_stalled_content();
	open_post(&post);
	submit(&post, 1, &plain);
	close_post(&post);
	return unit_done();
}
