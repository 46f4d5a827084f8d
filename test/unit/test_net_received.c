/*
 * test_net_received.c
 *		What received messages are taken for: replies, automatic replies, reports, complaints (B13).
 *
 * The messages are in mail/, as the servers named in their names write them.
 */
#include <stdlib.h>

#include "net/away.h"
#include "net/received.h"
#include "net/received_report.h"
#include "unit.h"

#define OURS "0123456789abcdef@campaign.sender.example"
#define DAY 86400

/* Lines of the files end in \n alone; on the wire they do not. */
static char *
load(const char *name, bool crlf, size_t *len)
{
	char path[200];
	FILE *file;
	char *bytes = malloc(64 * 1024);
	size_t n = 0;
	int c;

	snprintf(path, sizeof(path), "mail/%s.eml", name);
	file = fopen(path, "r");
	if (file == NULL)
	{
		perror(path);
		exit(2);
	}
	while ((c = fgetc(file)) != EOF && n < 64 * 1024 - 2)
	{
		if (c == '\n' && crlf)
			bytes[n++] = '\r';
		bytes[n++] = (char) c;
	}
	fclose(file);
	*len = n;
	return bytes;
}

static Received
read_file(const char *name)
{
	size_t len;
	char *bytes = load(name, true, &len);
	Received received;

	campaign_net_received_read(&received, bytes, len);
	free(bytes);
	return received;
}

static Received
read_text(const char *text)
{
	Received received;

	campaign_net_received_read(&received, text, strlen(text));
	return received;
}

/* ---- replies --------------------------------------------------------------------- */

static void
test_reply(void)
{
	Received r = read_file("reply");

	IS(r.kind, RECEIVED_REPLY, "a message that no machine has marked is a reply");
	IS_TEXT(r.from, "Ada@Example.com", "its sender is the address, without the name");
	IS_TEXT(r.to[0], "bob@sender.example", "and so is to whom it went");
	IS_TEXT(r.message_id, "CAF+123@mail.example.com", "its Message-ID stands without brackets");
	IS_TEXT(r.subject,
			"Re: Zusammenarbeit \xc3\xbc"
			"ber Zwischen",
			"its subject is decoded");
	IS(r.n_ids, 4, "what it answers is In-Reply-To and all of References");
	IS_TEXT(r.ids[0], OURS, "In-Reply-To comes first,");
	IS_TEXT(r.ids[1], OURS, "then the last of References,");
	IS_TEXT(r.ids[3], "first@sender.example", "and the first of them last");
	IS(r.date, 1795424400, "its date is taken with its zone");
	OK(strncmp(r.text,
			   "Gerne, n\xc3\xa4"
			   "chste Woche pa\xc3\x9ft",
			   24) == 0,
	   "its text is the plain one, decoded to UTF-8");

	r = read_file("html_only");
	OK(strstr(r.text, "Tom & Jerry") != NULL && strstr(r.text, "say yes\nnow") != NULL,
	   "of HTML alone the text is left");
	OK(strstr(r.text, "no") == strstr(r.text, "now") && strchr(r.text, '<') == NULL &&
		   strstr(r.text, "red") == NULL,
	   "without tags, comments, scripts, styles and title");

	r = read_file("newsletter");
	OK(r.kind == RECEIVED_REPLY && r.to_many, "a newsletter is known as sent to many");
	r = read_file("forwarded_report");
	IS(r.kind, RECEIVED_REPLY, "a report that a person forwards is no report on our message");
	IS(r.n_recipients, 0, "and names no recipient");
}

/* ---- automatic ones ---------------------------------------------------------------- */

static void
test_automatic(void)
{
	Received r = read_file("exchange_away");

	IS(r.kind, RECEIVED_AUTOMATIC, "Exchange's out-of-office reply is automatic");
	IS(r.sign, RECEIVED_SIGN_AUTO_SUBMITTED, "by Auto-Submitted, however it is written");
	IS(r.away_until, 1795392000 + 13 * DAY - DAY, "the later of two dates is that of returning");
	IS_TEXT(r.ids[0], OURS, "and it says what it answers");
	r = read_file("sieve_vacation");
	IS(r.kind, RECEIVED_AUTOMATIC, "a vacation reply of Sieve is automatic");
	IS(r.away_until, 1795392000 + 9 * DAY,
	   "a date as 2026-12-01 is read, one as 12/01/2026 is not");
	r = read_file("receipt");
	OK(r.kind == RECEIVED_AUTOMATIC && r.sign == RECEIVED_SIGN_RECEIPT,
	   "a receipt of reading is no reply");

	IS(read_text("From: a@b.c\nAuto-Submitted: no\n\nhi\n").kind, RECEIVED_REPLY,
	   "Auto-Submitted: no is a person's");
	IS(read_text("From: a@b.c\nPrecedence: junk\n\nhi\n").sign, RECEIVED_SIGN_PRECEDENCE,
	   "Precedence: junk is a machine's");
	OK(read_text("From: a@b.c\nPrecedence: list\n\nhi\n").to_many,
	   "Precedence: list is that of a mailing list");
	IS(read_text("From: a@b.c\nX-Autoreply: yes\n\nhi\n").sign, RECEIVED_SIGN_HEADER,
	   "X-Autoreply is a machine's");
	IS(read_text("From: a@b.c\nX-Autorespond: Hello\n\nhi\n").sign, RECEIVED_SIGN_HEADER,
	   "X-Autorespond too");
	IS(read_text("Return-Path: <>\nFrom: a@b.c\n\nhi\n").sign, RECEIVED_SIGN_SENDER,
	   "an empty return path is a machine's");
	IS(read_text("From: MAILER-DAEMON@b.c\n\nhi\n").sign, RECEIVED_SIGN_SENDER,
	   "a mail system writes no replies");
	IS(read_text("From: a@b.c\nSubject: Auto: hi\n\nhi\n").kind, RECEIVED_REPLY,
	   "a subject alone says nothing");
	IS(read_text("From: noreply@b.c\nSubject: Auto: hi\n\nhi\n").sign, RECEIVED_SIGN_WEAK,
	   "two weak signs do");
}

static void
test_away(void)
{
	int64_t now = 1795392000; /* 2026-11-23 */

	IS(campaign_net_away_until("back 2026-11-23", now), now + DAY, "today ends tonight");
	IS(campaign_net_away_until("2026-11-22 2025-12-01", now), 0, "what is past is no return");
	IS(campaign_net_away_until("2028-01-01", now), 0, "nor is what is over a year ahead");
	IS(campaign_net_away_until("2026-02-30 2026-13-01 31.04.2027", now), 0, "nor what is no date");
	IS(campaign_net_away_until("12026-12-01 2026-12-011", now), 0, "nor part of a longer number");
	IS(campaign_net_away_until("29.02.2028", now + 400 * (int64_t) DAY), 1835395200 + DAY,
	   "leap days are days");
	IS(campaign_net_away_until("", now), 0, "nothing says nothing");
}

/* ---- reports ------------------------------------------------------------------------ */

static void
check_report(const char *name, ReceivedFate fate, const char *address, const char *status)
{
	Received r = read_file(name);
	bool crlf = r.kind == RECEIVED_DELIVERY && r.n_recipients == 1;
	char title[200];
	size_t len;
	char *bytes;

	snprintf(title, sizeof(title), "%s: is a report on one delivery", name);
	OK(crlf, title);
	snprintf(title, sizeof(title), "%s: what became of it", name);
	IS(r.recipients[0].fate, fate, title);
	snprintf(title, sizeof(title), "%s: the original recipient, else the final one", name);
	IS_TEXT(r.recipients[0].address, address, title);
	snprintf(title, sizeof(title), "%s: the status", name);
	IS_TEXT(r.recipients[0].status, status, title);
	snprintf(title, sizeof(title), "%s: which message it is about", name);
	OK(strcmp(r.original_id, OURS) == 0 || (r.n_ids > 0 && strcmp(r.ids[0], OURS) == 0), title);
	bytes = load(name, false, &len);
	campaign_net_received_read(&r, bytes, len);
	free(bytes);
	snprintf(title, sizeof(title), "%s: the same with lines that end in \\n alone", name);
	OK(r.recipients[0].fate == fate && strcmp(r.recipients[0].status, status) == 0, title);
}

static void
test_reports(void)
{
	Received r;

	check_report("postfix_failed", RECEIVED_FATE_HARD, "Nobody@example.com", "5.1.1");
	check_report("postfix_delayed", RECEIVED_FATE_DELAYED, "ada@example.com", "4.4.1");
	check_report("exim_failed", RECEIVED_FATE_HARD, "nobody@example.com", "5.0.0");
	check_report("exim_old", RECEIVED_FATE_SOFT, "nobody@example.com", "");
	check_report("exchange_full", RECEIVED_FATE_SOFT, "ada@example.com", "5.2.2");
	check_report("outlook_failed", RECEIVED_FATE_HARD, "nobody@example.com", "5.1.10");
	check_report("gmail_failed", RECEIVED_FATE_HARD, "nobody@example.com", "5.1.1");
	r = read_file("postfix_failed");
	IS_TEXT(r.recipients[0].diagnostic,
			"smtp; 550 5.1.1 <nobody@example.com>: Recipient address rejected: User unknown",
			"a field that goes on in the next line is one");
	IS(campaign_net_received_fate("4.4.7"), RECEIVED_FATE_SOFT, "class 4 is soft");
	IS(campaign_net_received_fate("5.7.1"), RECEIVED_FATE_SOFT,
	   "a policy says nothing of the address");
	IS(campaign_net_received_fate("5.1.10"), RECEIVED_FATE_HARD, "no such address is hard");
	IS(campaign_net_received_fate("5.4.1"), RECEIVED_FATE_HARD, "no way to it is hard");
	IS(campaign_net_received_fate("5.4.7"), RECEIVED_FATE_SOFT, "too long on the way is soft");
	IS(campaign_net_received_fate(""), RECEIVED_FATE_SOFT, "without a status nothing is sure");
}

static void
test_complaints(void)
{
	Received r = read_file("complaint");

	IS(r.kind, RECEIVED_COMPLAINT, "a feedback report is a complaint");
	IS(r.feedback, RECEIVED_FEEDBACK_ABUSE, "of abuse");
	IS_TEXT(r.recipients[0].address, "ada@example.com", "by him to whom it was sent");
	IS_TEXT(r.original_id, OURS, "about our message");
	r = read_file("opt_out");
	IS(r.feedback, RECEIVED_FEEDBACK_OPT_OUT, "a report can be the wish to get no more");
	IS_TEXT(r.recipients[0].address, "ada@example.com",
			"whose recipient only the headers tell, if the report does not");
	IS_TEXT(r.original_id, OURS, "as they tell the message");
}

/* ---- hostile input --------------------------------------------------------------------- */

static void
repeat(char *to, size_t size, const char *text)
{
	size_t len = strlen(text);
	size_t n;

	for (n = 0; n + len < size; n += len)
		memcpy(to + n, text, len);
	to[n] = '\0';
}

static void
test_hostile(void)
{
	static char big[2 * 1024 * 1024];
	Received r;
	size_t n;
	int i;

	r = read_text("");
	OK(r.kind == RECEIVED_REPLY && r.from[0] == '\0', "nothing is a message from nobody");
	r = read_text("From: a@b.c\nMessage-ID: <\x01\xff>\nSubject: a\x01\xff"
				  "b\n\n\x02z\xc3\x28");
	OK(r.message_id[0] == '\0' && strchr(r.text, 2) == NULL, "control bytes are left out");

	strcpy(big, "From: a@b.c\nMessage-ID: <");
	n = strlen(big);
	repeat(big + n, 100000, "x");
	strcat(big, ">\nReferences: ");
	n = strlen(big);
	repeat(big + n, 100000, "<i@d>\n ");
	strcat(big, "\n\nhi\n");
	r = read_text(big);
	OK(r.message_id[0] == '\0', "an id that is too long is none, as its beginning is another");
	IS(r.n_ids, RECEIVED_IDS - 1, "of references as many are kept as there is room for");

	n = 0;
	for (i = 0; i < 3000; i++)
		n += (size_t) snprintf(big + n, sizeof(big) - n,
							   "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i);
	strcpy(big + n, "Content-Type: text/plain\n\ndeep\n");
	r = read_text(big);
	OK(strlen(r.text) < RECEIVED_TEXT, "parts within parts within parts do no harm");
	n = 0;
	for (i = 0; i < 3000; i++)
		n += (size_t) snprintf(big + n, sizeof(big) - n, "Content-Type: message/rfc822\n\n");
	r = read_text(big);
	OK(r.kind == RECEIVED_REPLY, "nor do messages within messages");
	repeat(big, sizeof(big), "From: a@b.c, b@c.d\n");
	r = read_text(big);
	OK(r.kind == RECEIVED_REPLY, "nor does a message that is headers alone");
}

int
main(void)
{
	test_reply();
	test_automatic();
	test_away();
	test_reports();
	test_complaints();
	test_hostile();
	return unit_done();
}
