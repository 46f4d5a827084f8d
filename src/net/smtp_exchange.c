/*
 * smtp_exchange.c
 *		What is said to an SMTP server about one message.
 */
#include "net/smtp_exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/offer.h"

static NetMailStage
stage_of(const NetSmtp *smtp)
{
	switch (smtp->state)
	{
		case SMTP_PIPED:
		case SMTP_SENDER:
			return NET_MAIL_AT_SENDER;
		case SMTP_RECIPIENT:
			return NET_MAIL_AT_RECIPIENT;
		case SMTP_DATA:
			return NET_MAIL_AT_DATA;
		case SMTP_CONTENT:
		case SMTP_BEFORE_DOT:
			return NET_MAIL_AT_CONTENT;
		case SMTP_DOT:
			/* what is still here has not left, not even in part: three bytes are one piece */
			return smtp->dot_is_out && campaign_net_line_unsent(smtp->line) == 0
					   ? NET_MAIL_AT_DOT
					   : NET_MAIL_AT_CONTENT;
		default:
			return NET_MAIL_AT_OPENING;
	}
}

/* The words of a command, or of what was waited for, for people. */
static const char *
stage_name(NetMailStage stage)
{
	static const char *const names[] = {"open", "mail", "rcpt", "data", "content", "dot"};

	return names[stage];
}

/* ---- how a message ends ----------------------------------------------------------- */

static void
finish(NetSmtp *smtp, NetMailStage stage, NetMailEnd ended, const char *code, const char *words)
{
	NetMailJob *job = smtp->job;
	NetMailResult *result = &job->result;
	unsigned char *p;

	result->tag = job->tag;
	result->end = ended;
	result->stage = stage;
	result->code = code;
	result->seconds = (double) (campaign_net_clock() - job->started) / 1e6;
	snprintf(result->detail, sizeof(result->detail), "%s: %s", stage_name(stage), words);
	for (p = (unsigned char *) result->detail; *p != '\0'; p++)
		if (*p < 0x20 || *p >= 0x7f)
			*p = '?';
	free(smtp->content);
	smtp->content = NULL;
	smtp->job = NULL;
	smtp->served++;
	smtp->told(smtp->arg, smtp, NET_SMTP_DONE, job);
}

static void
end_session(NetSmtp *smtp)
{
	smtp->state = SMTP_OVER;
	smtp->told(smtp->arg, smtp, NET_SMTP_FREE, NULL);
}

void
campaign_net_smtp_exchange_cut(NetSmtp *smtp, const char *code, const char *words)
{
	if (smtp->job != NULL)
	{
		smtp->job->result.fault = campaign_net_line_fault(smtp->line);
		if (smtp->state == SMTP_OPENING && campaign_net_line_greeting(smtp->line)->status >= 400)
			smtp->job->result.status = campaign_net_line_greeting(smtp->line)->status;
		finish(smtp, stage_of(smtp), NET_MAIL_CUT, code, words);
	}
	end_session(smtp);
}

/* ---- saying ------------------------------------------------------------------------ */

/* A reply that nobody can make sense of: what the server does next is anybody's guess. */
static void
astray(NetSmtp *smtp)
{
	campaign_net_smtp_exchange_cut(smtp, "reply_unexpected",
								   "the server answers what does not answer the command");
}

/* False if the session is over by it: a server that answers before it is asked is not talked to. */
static bool
say(NetSmtp *smtp, SmtpState state, const char *bytes, size_t len, long timeout_ms)
{
	if (campaign_net_line_has_more(smtp->line))
	{
		astray(smtp);
		return false;
	}
	smtp->state = state;
	campaign_net_line_expect(smtp->line, timeout_ms);
	/* if the line has ended just now, whoever is woken hears of it */
	smtp->dot_is_out = campaign_net_line_write(smtp->line, bytes, len) && state == SMTP_DOT;
	return true;
}

static bool
say_command(NetSmtp *smtp, SmtpState state, const char *command, const char *address,
			const char *parameters, long timeout_ms)
{
	char text[600];
	int len;

	if (address == NULL)
		len = snprintf(text, sizeof(text), "%s\r\n", command);
	else
		len = snprintf(text, sizeof(text), "%s:<%s>%s\r\n", command, address, parameters);
	return say(smtp, state, text, (size_t) len, timeout_ms);
}

/* RFC 2920: all that comes before the content, without waiting in between. */
static void
say_at_once(NetSmtp *smtp, const char *parameters)
{
	char text[1000];
	int len = snprintf(text, sizeof(text), "MAIL FROM:<%s>%s\r\nRCPT TO:<%s>\r\nDATA\r\n",
					   smtp->job->from, parameters, smtp->job->to);

	smtp->piped = 0;
	smtp->refused = false;
	(void) say(smtp, SMTP_PIPED, text, (size_t) len, smtp->job->command_timeout_ms);
}

void
campaign_net_smtp_exchange_begin(NetSmtp *smtp)
{
	const NetGreeting *offers = campaign_net_line_greeting(smtp->line);
	NetMailJob *job = smtp->job;
	NetOffered offered;

	if (!campaign_net_offer_meet(offers, job, &offered))
	{
		smtp->state = SMTP_IDLE;
		finish(smtp, NET_MAIL_AT_OPENING, NET_MAIL_UNFIT, offered.code, offered.reason);
		smtp->told(smtp->arg, smtp, NET_SMTP_FREE, NULL);
		return;
	}
	smtp->content = offered.content;
	smtp->content_len = offered.content_len;
	if (offers->offers_pipelining)
		say_at_once(smtp, offered.parameters);
	else
		(void) say_command(smtp, SMTP_SENDER, "MAIL FROM", job->from, offered.parameters,
						   job->command_timeout_ms);
}

/* ---- hearing --------------------------------------------------------------------------- */

/* Ready for the next message. */
static void
rest(NetSmtp *smtp)
{
	smtp->state = SMTP_IDLE;
	campaign_net_line_expect(smtp->line, 0);
	smtp->told(smtp->arg, smtp, NET_SMTP_FREE, NULL);
}

static void
note_reply(NetSmtp *smtp)
{
	NetMailResult *result = &smtp->job->result;

	result->status = smtp->reply.status;
	memcpy(result->enhanced, smtp->reply.enhanced, sizeof(result->enhanced));
	memcpy(result->text, smtp->reply.text, sizeof(result->text));
}

/*
 * The server has decided about the message. After the dot it is ready for the next one; before the
 * content it has to forget this one; in between it waits for a content that nobody will send.
 */
static void
decided(NetSmtp *smtp)
{
	NetMailStage stage = smtp->state == SMTP_DOT ? NET_MAIL_AT_DOT : stage_of(smtp);
	long timeout_ms = smtp->job->command_timeout_ms;

	note_reply(smtp);
	finish(smtp, stage, NET_MAIL_ANSWERED, "", "answered");
	if (smtp->reply.status == 421 || stage == NET_MAIL_AT_CONTENT)
		end_session(smtp);
	else if (stage == NET_MAIL_AT_DOT)
		rest(smtp);
	else
		(void) say_command(smtp, SMTP_RESET, "RSET", NULL, NULL, timeout_ms);
}

/* What follows once the server has taken the command that was said. */
static void
go_on(NetSmtp *smtp)
{
	NetMailJob *job = smtp->job;

	switch (smtp->state)
	{
		case SMTP_SENDER:
			(void) say_command(smtp, SMTP_RECIPIENT, "RCPT TO", job->to, "",
							   job->command_timeout_ms);
			break;
		case SMTP_RECIPIENT:
			(void) say_command(smtp, SMTP_DATA, "DATA", NULL, NULL, job->command_timeout_ms);
			break;
		case SMTP_DATA:
			(void) say(smtp, SMTP_CONTENT, smtp->content, smtp->content_len, job->dot_timeout_ms);
			break;
		case SMTP_DOT:
			decided(smtp);
			break;
		default:
			/* the content is not all there: it cannot have been accepted */
			astray(smtp);
			break;
	}
}

/*
 * One of the three answers to what was said at once. The first refusal counts; a server that wants the
 * content all the same is left, since it gets none.
 */
static void
answered_piped(NetSmtp *smtp)
{
	static const NetMailStage stages[] = {NET_MAIL_AT_SENDER, NET_MAIL_AT_RECIPIENT,
										  NET_MAIL_AT_DATA};
	int which = smtp->piped++;
	int status = smtp->reply.status;
	long timeout_ms = smtp->job->command_timeout_ms;

	if (status >= 400 && !smtp->refused)
	{
		smtp->refused = true;
		smtp->job->result.stage = stages[which];
		note_reply(smtp);
	}
	if (status == 421 || (which == 2 && smtp->refused))
	{
		finish(smtp, smtp->job->result.stage, NET_MAIL_ANSWERED, "", "answered");
		if (status == 421 || status == 354)
			end_session(smtp);
		else
			(void) say_command(smtp, SMTP_RESET, "RSET", NULL, NULL, timeout_ms);
	}
	else if (which == 2 && status == 354)
	{
		smtp->state = SMTP_DATA;
		go_on(smtp);
	}
	else if (status < 400 && (which == 2 || status / 100 != 2) && !smtp->refused)
		astray(smtp);
}

void
campaign_net_smtp_exchange_answered(NetSmtp *smtp)
{
	int status = smtp->reply.status;

	if (smtp->state == SMTP_RESET && status / 100 == 2)
		rest(smtp);
	else if (smtp->job == NULL)
		/* an idle server has nothing to say but farewell */
		end_session(smtp);
	else if (smtp->state == SMTP_PIPED)
		answered_piped(smtp);
	else if (status / 100 >= 4)
		decided(smtp);
	else if (smtp->state == SMTP_DATA ? status == 354 : status / 100 == 2)
		go_on(smtp);
	else
		astray(smtp);
}

void
campaign_net_smtp_exchange_flowed(NetSmtp *smtp)
{
	if (smtp->state != SMTP_CONTENT || campaign_net_line_unsent(smtp->line) > 0)
		return;
	free(smtp->content);
	smtp->content = NULL;
	smtp->state = SMTP_BEFORE_DOT;
	campaign_net_line_expect(smtp->line, smtp->job->dot_timeout_ms);
	smtp->told(smtp->arg, smtp, NET_SMTP_BEFORE_DOT, smtp->job);
}

void
campaign_net_smtp_exchange_dot(NetSmtp *smtp, bool go)
{
	if (smtp->state != SMTP_BEFORE_DOT)
		return;
	if (go)
	{
		(void) say(smtp, SMTP_DOT, ".\r\n", 3, smtp->job->dot_timeout_ms);
		return;
	}
	finish(smtp, NET_MAIL_AT_CONTENT, NET_MAIL_CALLED_OFF, "called_off",
		   "the message is not wanted any more");
	end_session(smtp);
}
