/*
 * test_net_imap.c
 *		Reading a mailbox: what is asked for, what is kept of the answers, and that nothing is changed.
 */
#include "net/imap.h"
#include "mail_stand.h"
#include "unit.h"

static ImapSession session;

/* Begins a reading and lets the server say this, line by line. */
static void
say(const char *text)
{
	while (*text != '\0')
	{
		size_t len = strcspn(text, "\n");
		char line[1000];

		if (session.literal > 0)
		{
			len = strlen(text) < session.literal ? strlen(text) : session.literal;
			campaign_net_imap_take_bytes(&session, text, len);
			text += len;
			continue;
		}
		snprintf(line, sizeof(line), "%.*s", (int) len, text);
		campaign_net_imap_take_line(&session, line);
		text += len + (text[len] == '\n');
	}
}

static void
begin(uint32_t validity, uint32_t after, uint32_t mark_to)
{
	ImapWish wish = {.folder = "INBOX",
					 .since = "22-Nov-2026",
					 .since_anew = "25-Nov-2026",
					 .uid_validity = validity,
					 .after_uid = after,
					 .mark_from = mark_to > 0 ? 1 : 0,
					 .mark_to = mark_to,
					 .message_max = 100};

	campaign_net_imap_end(&session);
	campaign_net_imap_begin(&session, &wish);
}

static void
test_reading(void)
{
	begin(0, 0, 0);
	IS_TEXT(session.command, "C1 EXAMINE \"INBOX\"\r\n", "a folder is opened without changing it");
	say("* FLAGS (\\Seen)\n* 3 EXISTS\n* OK [UIDVALIDITY 7] ok\n* OK [UIDNEXT 12] ok\nC1 OK in\n");
	IS_TEXT(session.command, "C2 UID SEARCH UID 1:11 SINCE 22-Nov-2026\r\n",
			"what is asked for are the messages of all UIDs, of some age");
	say("* SEARCH 9 5\n* 4 EXISTS\nC2 OK\n");
	IS_TEXT(session.command, "C3 UID FETCH 5,9 (UID RFC822.SIZE BODY.PEEK[]<0.100>)\r\n",
			"they are fetched in order, by PEEK, which marks nothing as seen (B13)");
	say("* 2 FETCH (FLAGS (\\Seen))\n"
		"* 3 FETCH (UID 9 RFC822.SIZE 5000 BODY[]<0> {7}\nhel\nlo!)\n"
		"* 2 FETCH (BODY[]<0> \"a \\\"b\\\"\" RFC822.SIZE 5 UID 5)\n"
		"* 1 FETCH (UID 2 RFC822.SIZE 1 BODY[]<0> {1}\nx)\nC3 OK\n");
	IS(session.step, IMAP_ENDED, "then the reading is over");
	IS(session.fault, IMAP_FINE, "and went well");
	IS(session.n_messages, 2, "what was not asked for is not kept");
	IS(session.messages[0].uid, 5, "messages come in the order of their UIDs");
	OK(session.messages[0].len == 5 && memcmp(session.messages[0].bytes, "a \"b\"", 5) == 0,
	   "between quotes too");
	OK(session.messages[1].len == 7 && memcmp(session.messages[1].bytes, "hel\nlo!", 7) == 0,
	   "bytes that are counted come as they are");
	IS(session.messages[1].size, 5000, "a long one has its size, and its beginning");
	IS(session.upto, 11, "all is read up to what the server named");
	OK(!session.more && session.anew, "there is no more, and it was the first time");
}

static void
test_remembered(void)
{
	begin(7, 11, 0);
	say("* OK [UIDVALIDITY 7]\n* OK [UIDNEXT 12]\nC1 OK\n");
	OK(session.step == IMAP_ENDED && session.commands == 1 && session.upto == 11,
	   "where nothing is new nothing is searched for");
	begin(7, 11, 0);
	say("* OK [UIDVALIDITY 8]\n* OK [UIDNEXT 4]\nC1 OK\n");
	OK(session.anew, "another UIDVALIDITY begins anew");
	IS_TEXT(session.command, "C2 UID SEARCH UID 1:3 SINCE 25-Nov-2026\r\n",
			"from the first UID on, but not further back than is known what was read");
	begin(7, 11, 11);
	IS_TEXT(session.command, "C1 SELECT \"INBOX\"\r\n", "who is told to mark opens for writing");
	say("* OK [UIDVALIDITY 8]\n* OK [UIDNEXT 4]\nC1 OK\n");
	OK(strstr(session.command, "STORE") == NULL, "but marks no UIDs of another UIDVALIDITY");
	begin(7, 11, 11);
	say("* OK [UIDVALIDITY 7]\n* OK [UIDNEXT 12]\nC1 OK\n");
	IS_TEXT(session.command, "C2 UID STORE 1:11 +FLAGS.SILENT (\\Seen)\r\n",
			"else those it was told");
	say("C2 OK\n");
	OK(session.marked && session.step == IMAP_ENDED, "and then reads");
	begin(7, 11, 0);
	say("* OK [UIDVALIDITY 7]\nC1 OK\n");
	IS_TEXT(session.command, "C2 UID SEARCH UID 12:* SINCE 22-Nov-2026\r\n",
			"a server that names no next UID is asked for all");
	say("* SEARCH 11\nC2 OK\n");
	OK(session.step == IMAP_ENDED && session.upto == 11,
	   "and may name the last one, which is known");
}

static void
begin_moving(uint32_t mark_to, const char *to)
{
	ImapWish wish = {.folder = "INBOX",
					 .uid_validity = 7,
					 .after_uid = 11,
					 .mark_from = 1,
					 .mark_to = mark_to,
					 .moves = "3,7",
					 .move_to = to,
					 .message_max = 100};

	campaign_net_imap_end(&session);
	OK(campaign_net_imap_begin(&session, &wish) == (strchr(to, '\n') == NULL),
	   "a folder is taken whose name can be written");
}

static void
test_moving(void)
{
	begin_moving(0, "Read \"here\"");
	IS_TEXT(session.command, "C1 SELECT \"INBOX\"\r\n", "who is told to move opens for writing");
	say("* OK [UIDVALIDITY 7]\n* OK [UIDNEXT 13]\nC1 OK\n");
	IS_TEXT(session.command, "C2 UID MOVE 3,7 \"Read \\\"here\\\"\"\r\n",
			"and moves what it was told, and nothing else");
	say("* OK [COPYUID 1 3,7 1:2]\n* 1 EXPUNGE\n* 3 EXPUNGE\nC2 OK\n");
	OK(session.moved && session.not_moved[0] == '\0', "it is told that they are moved");
	IS_TEXT(session.command, "C3 UID SEARCH UID 12:12\r\n", "and then reads");
	begin_moving(11, "Read");
	say("* OK [UIDVALIDITY 7]\n* OK [UIDNEXT 13]\nC1 OK\nC2 OK\n");
	IS_TEXT(session.command, "C3 UID MOVE 3,7 \"Read\"\r\n", "what is marked is marked before");
	say("C3 NO [TRYCREATE] no such folder\n");
	OK(!session.moved && strcmp(session.not_moved, " NO [TRYCREATE] no such folder") == 0,
	   "a folder that is not there is told");
	IS_TEXT(session.command, "C4 UID SEARCH UID 12:12\r\n", "and what is new is read all the same");
	begin_moving(0, "Read");
	say("* OK [UIDVALIDITY 7]\n* OK [UIDNEXT 12]\nC1 OK\nC2 BAD unknown command\n");
	OK(session.step == IMAP_ENDED && session.fault == IMAP_FINE && !session.moved,
	   "also where the server cannot move");
	begin_moving(0, "Read");
	say("* OK [UIDVALIDITY 8]\n* OK [UIDNEXT 12]\nC1 OK\n");
	OK(strstr(session.command, "MOVE") == NULL, "UIDs of another UIDVALIDITY are not moved");
	begin_moving(0, "Re\r\nad");
}

static void
test_much(void)
{
	char line[2000] = "* SEARCH";
	int i;

	begin(7, 100, 0);
	say("* OK [UIDVALIDITY 7]\n* OK [UIDNEXT 20000]\nC1 OK\n");
	IS_TEXT(session.command, "C2 UID SEARCH UID 101:5100 SINCE 22-Nov-2026\r\n",
			"many UIDs are searched range by range");
	say("* SEARCH\nC2 OK\n");
	IS_TEXT(session.command, "C3 UID SEARCH UID 5101:10100 SINCE 22-Nov-2026\r\n",
			"as long as nothing is found");
	for (i = 80; i > 0; i--)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), " %d", 6000 + i);
	say(line);
	say("C3 OK\n");
	OK(strstr(session.command, " UID FETCH 6001,6002,") != NULL &&
		   strstr(session.command, ",6050 (") != NULL,
	   "the first fifty are fetched");
	say("C4 OK\n");
	OK(session.upto == 6050 && session.more && session.n_messages == 0,
	   "the others another time; what was deleted meanwhile is not missed");
}

static ImapFault
fault_of(const char *said)
{
	begin(7, 3, 0);
	say(said);
	return session.step == IMAP_ENDED ? session.fault : IMAP_FINE;
}

static void
test_refusals(void)
{
	ImapWish wish = {.folder = "a\r\nC9 DELETE x"};
	const char *opened = "* OK [UIDVALIDITY 7]\n* OK [UIDNEXT 9]\nC1 OK\n";
	char said[1000];

	OK(!campaign_net_imap_begin(&session, &wish),
	   "a name of a folder cannot bring a command along");
	IS(fault_of("C1 NO [NONEXISTENT] none\n"), IMAP_NO_FOLDER, "a folder that is not there");
	IS_TEXT(session.detail, " NO [NONEXISTENT] none", "is told in the server's words");
	IS(fault_of("* BYE over\n"), IMAP_GONE, "a server may say goodbye");
	IS(fault_of("C1 BAD what\n"), IMAP_STRANGE, "or not understand");
	IS(fault_of("C1 OK\n"), IMAP_STRANGE, "without UIDVALIDITY nothing could be remembered");
	snprintf(said, sizeof(said), "%s* SEARCH 4\nC2 OK\n* 1 FETCH (UID 4 BODY[]<0> {101}\n", opened);
	IS(fault_of(said), IMAP_STRANGE, "more bytes than were asked for are not taken");
	snprintf(said, sizeof(said), "%s* LIST {99999999}\n", opened);
	IS(fault_of(said), IMAP_STRANGE, "nor many that nobody asked for");
	snprintf(said, sizeof(said), "%s* LIST {5}\nC2 NO () x\nC2 OK\n", opened);
	IS(fault_of(said), IMAP_FINE, "few are passed over, whatever they say");
	snprintf(said, sizeof(said), "%s* SEARCH 99999999999 x\nC2 OK\n", opened);
	IS(fault_of(said), IMAP_FINE, "a number that is none ends a list");
	campaign_net_imap_end(&session);
}

/* ---- over a connection -------------------------------------------------------------- */

static void
finish(NetLoop *loop, NetImap *imap)
{
	int64_t end = campaign_net_clock() + STAND_LIMIT_US;

	while (!campaign_net_imap_is_done(imap))
	{
		if (campaign_net_clock() > end)
			stand_die("the reading does not end");
		stand_step(loop);
	}
}

static NetImapRequest
request_to(const char *url)
{
	NetImapRequest request = {.url = url,
							  .user = "ada",
							  .password = "secret",
							  .allow_clear = true,
							  .allow_private = true,
							  .open_timeout_ms = 5000,
							  .answer_timeout_ms = 5000,
							  .wish = {.folder = "INBOX", .message_max = 100000}};

	return request;
}

static void
greet(Peer *peer, NetLoop *loop)
{
	peer_accept(peer, loop);
	peer_say(peer, loop, "* OK [CAPABILITY IMAP4rev1] here\r\n");
	peer_hears(peer, loop, "A001 CAPABILITY\r\n");
	peer_say(peer, loop, "* CAPABILITY IMAP4rev1\r\nA001 OK\r\n");
	peer_hears(peer, loop, "A002 LOGIN ada secret\r\n");
}

static void
check_connection(NetLoop *loop)
{
	static char body[90000];
	Peer peer;
	char url[64];
	char head[100];
	NetImapRequest request;
	NetImap *imap;

	peer_open(&peer);
	snprintf(url, sizeof(url), "imap://127.0.0.1:%d", peer.port);
	request = request_to(url);
	imap = campaign_net_imap_open(loop, &request);
	greet(&peer, loop);
	peer_say(&peer, loop, "A002 OK in\r\n");
	OK(peer_hears(&peer, loop, "C1 EXAMINE \"INBOX\"\r\n"), "a reading goes over a line");
	peer_say(&peer, loop, "* OK [UIDVALIDITY 7]\r\n* OK [UIDNEXT 2]\r\nC1 OK\r\n");
	peer_hears(&peer, loop, "C2");
	peer_say(&peer, loop, "* SEARCH 1\r\nC2 OK\r\n");
	peer_hears(&peer, loop, "C3");
	memset(body, 'x', sizeof(body));
	snprintf(head, sizeof(head), "* 1 FETCH (UID 1 RFC822.SIZE 90000 BODY[]<0> {%zu}\r\n",
			 sizeof(body));
	peer_say(&peer, loop, head);
	peer_say_bytes(&peer, loop, body, sizeof(body));
	peer_say(&peer, loop, ")\r\nC3 OK\r\n");
	finish(loop, imap);
	IS_TEXT(campaign_net_imap_code(imap), "", "and brings what is there");
	OK(campaign_net_imap_session(imap)->n_messages == 1 &&
		   campaign_net_imap_session(imap)->messages[0].len == sizeof(body),
	   "however many pieces it comes in");
	OK(peer_hears(&peer, loop, "C0 LOGOUT\r\n"), "it takes its leave,");
	campaign_net_imap_close(imap);
	OK(peer_is_left(&peer, loop), "and does not wait for it");

	peer_hang_up(&peer);
	imap = campaign_net_imap_open(loop, &request);
	greet(&peer, loop);
	peer_say(&peer, loop, "A002 NO no\r\n");
	finish(loop, imap);
	IS_TEXT(campaign_net_imap_code(imap), "mailbox_login_refused", "a refused login has its code");
	campaign_net_imap_close(imap);

	peer_hang_up(&peer);
	imap = campaign_net_imap_open(loop, &request);
	greet(&peer, loop);
	peer_say(&peer, loop, "A002 OK in\r\n");
	peer_hears(&peer, loop, "C1");
	peer_hang_up(&peer);
	finish(loop, imap);
	IS_TEXT(campaign_net_imap_code(imap), "mailbox_unreachable", "as has a server that goes away");
	campaign_net_imap_close(imap);
	peer_close(&peer);

	imap = campaign_net_imap_open(loop, &request);
	finish(loop, imap);
	IS_TEXT(campaign_net_imap_code(imap), "mailbox_unreachable", "or is not there");
	campaign_net_imap_close(imap);
	request.url = "ftp://127.0.0.1";
	imap = campaign_net_imap_open(loop, &request);
	finish(loop, imap);
	IS_TEXT(campaign_net_imap_code(imap), "mailbox_refused",
			"or an address that is none of a mailbox");
	campaign_net_imap_close(imap);
}

int
main(void)
{
	NetLimits limits = stand_limits(4);
	NetLoop *loop = stand_loop(&limits);

	test_reading();
	test_remembered();
	test_moving();
	test_much();
	test_refusals();
	check_connection(loop);
	IS_TEXT(campaign_net_failure(loop), "", "no call has failed unexpectedly");
	campaign_net_close(loop);
	return unit_done();
}
