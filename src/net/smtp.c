/*
 * smtp.c
 *		A session with an SMTP server.
 */
#include "net/smtp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/envelope.h"

typedef enum SmtpState
{
	SMTP_OPENING,
	SMTP_IDLE,
	SMTP_SENDER,
	SMTP_RECIPIENT,
	SMTP_DATA,
	SMTP_CONTENT,
	SMTP_BEFORE_DOT,
	SMTP_DOT,
	SMTP_RESET, /* the last message is done, and its traces are being removed */
	SMTP_OVER
} SmtpState;

struct NetSmtp
{
	NetLine *line;
	SmtpState state;
	NetReply reply; /* the one that is coming in */
	NetMailJob *job;
	char *content; /* stuffed */
	size_t content_len;
	bool dot_is_out; /* it was given to the line */
	int served;
	NetSmtpTold told;
	void *arg;
};

static NetMailStage
stage_of(const NetSmtp *smtp)
{
	switch (smtp->state)
	{
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

/* The session breaks, and with it the message that it has. */
static void
cut(NetSmtp *smtp, const char *code, const char *words)
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

static void
line_ended(NetSmtp *smtp)
{
	cut(smtp, campaign_net_line_code(campaign_net_line_fault(smtp->line)),
		campaign_net_line_detail(smtp->line));
}

/* ---- saying ------------------------------------------------------------------------ */

/* A reply that nobody can make sense of: what the server does next is anybody's guess. */
static void
astray(NetSmtp *smtp)
{
	cut(smtp, "reply_unexpected", "the server answers what does not answer the command");
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

/* Whether an address or a header is not ASCII. */
static bool
needs_utf8(const NetSmtp *smtp)
{
	const char *body = memmem(smtp->content, smtp->content_len, "\r\n\r\n", 4);
	size_t headers = body == NULL ? smtp->content_len : (size_t) (body - smtp->content);

	return !campaign_net_envelope_is_ascii(smtp->job->from, strlen(smtp->job->from)) ||
		   !campaign_net_envelope_is_ascii(smtp->job->to, strlen(smtp->job->to)) ||
		   !campaign_net_envelope_is_ascii(smtp->content, headers);
}

/* Why the message cannot go to this server, or NULL once its content is there. */
static const char *
prepare(NetSmtp *smtp, const char **code, char *error, size_t error_size)
{
	const NetGreeting *offers = campaign_net_line_greeting(smtp->line);
	NetMailJob *job = smtp->job;
	const char *reason;
	char *bytes = NULL;
	size_t len = 0;

	*code = "unfit";
	if (!job->build(job, offers->offers_eight_bit, offers->offers_utf8, &bytes, &len, error,
					error_size))
		return error;
	reason = campaign_net_envelope_fault(job->from, offers->offers_utf8);
	if (reason == NULL)
		reason = campaign_net_envelope_fault(job->to, offers->offers_utf8);
	if (reason == NULL)
		reason = campaign_net_envelope_content_fault(
			bytes, len, offers->offers_eight_bit || offers->offers_utf8);
	if (reason == NULL && offers->size_max > 0 && len > offers->size_max)
	{
		*code = "too_large";
		reason = "the message is larger than the server takes";
	}
	if (reason == NULL)
	{
		smtp->content = campaign_net_envelope_stuff(bytes, len, &smtp->content_len);
		*code = "out_of_memory";
		reason = smtp->content == NULL ? "no memory" : NULL;
	}
	free(bytes);
	if (reason == NULL && !offers->offers_utf8 && needs_utf8(smtp))
	{
		*code = "utf8_not_offered";
		reason =
			"the message has headers that are not ASCII, and the server does not offer SMTPUTF8";
	}
	return reason;
}

static void
begin_message(NetSmtp *smtp)
{
	const NetGreeting *offers = campaign_net_line_greeting(smtp->line);
	NetMailJob *job = smtp->job;
	char error[160] = "";
	char parameters[100];
	const char *code;
	const char *reason = prepare(smtp, &code, error, sizeof(error));
	int n = 0;

	if (reason != NULL)
	{
		smtp->state = SMTP_IDLE;
		finish(smtp, NET_MAIL_AT_OPENING, NET_MAIL_UNFIT, code, reason);
		smtp->told(smtp->arg, smtp, NET_SMTP_FREE, NULL);
		return;
	}
	parameters[0] = '\0';
	if (offers->limits_size)
		n += snprintf(parameters + n, sizeof(parameters) - (size_t) n, " SIZE=%zu",
					  smtp->content_len);
	if (offers->offers_eight_bit &&
		!campaign_net_envelope_is_ascii(smtp->content, smtp->content_len))
		n += snprintf(parameters + n, sizeof(parameters) - (size_t) n, " BODY=8BITMIME");
	if (needs_utf8(smtp))
		snprintf(parameters + n, sizeof(parameters) - (size_t) n, " SMTPUTF8");
	(void) say_command(smtp, SMTP_SENDER, "MAIL FROM", job->from, parameters,
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

/*
 * The server has decided about the message. After the dot it is ready for the next one; before the
 * content it has to forget this one; in between it waits for a content that nobody will send.
 */
static void
decided(NetSmtp *smtp)
{
	NetMailResult *result = &smtp->job->result;
	NetMailStage stage = smtp->state == SMTP_DOT ? NET_MAIL_AT_DOT : stage_of(smtp);
	long timeout_ms = smtp->job->command_timeout_ms;

	result->status = smtp->reply.status;
	memcpy(result->enhanced, smtp->reply.enhanced, sizeof(result->enhanced));
	memcpy(result->text, smtp->reply.text, sizeof(result->text));
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

static void
answered(NetSmtp *smtp)
{
	int status = smtp->reply.status;

	if (smtp->state == SMTP_RESET && status / 100 == 2)
		rest(smtp);
	else if (smtp->job == NULL)
		/* an idle server has nothing to say but farewell */
		end_session(smtp);
	else if (status / 100 >= 4)
		decided(smtp);
	else if (smtp->state == SMTP_DATA ? status == 354 : status / 100 == 2)
		go_on(smtp);
	else
		astray(smtp);
}

/* Has all of the content left for the network? */
static void
look_at_content(NetSmtp *smtp)
{
	if (smtp->state != SMTP_CONTENT || campaign_net_line_unsent(smtp->line) > 0)
		return;
	free(smtp->content);
	smtp->content = NULL;
	smtp->state = SMTP_BEFORE_DOT;
	campaign_net_line_expect(smtp->line, smtp->job->dot_timeout_ms);
	smtp->told(smtp->arg, smtp, NET_SMTP_BEFORE_DOT, smtp->job);
}

/* NetLineRequest.wake */
static void
woken(void *arg)
{
	NetSmtp *smtp = arg;

	if (smtp->state == SMTP_OPENING && campaign_net_line_state(smtp->line) == NET_LINE_STANDS)
	{
		smtp->state = SMTP_IDLE;
		if (smtp->job != NULL)
			begin_message(smtp);
		else
			smtp->told(smtp->arg, smtp, NET_SMTP_FREE, NULL);
	}
	while (smtp->state != SMTP_OVER)
	{
		NetReplyProgress progress;
		const char *text;
		size_t len;
		NetLineTaken taken = campaign_net_line_take(smtp->line, &text, &len);

		if (taken == NET_LINE_OVER)
		{
			line_ended(smtp);
			break;
		}
		if (taken == NET_LINE_WAIT)
		{
			look_at_content(smtp);
			break;
		}
		progress = campaign_net_reply_line(&smtp->reply, text, len);
		if (progress == NET_REPLY_MALFORMED)
			cut(smtp, "reply_malformed", "the server's reply is none of SMTP");
		else if (progress == NET_REPLY_WHOLE)
		{
			answered(smtp);
			campaign_net_reply_begin(&smtp->reply);
		}
	}
}

/* ---- the owner's side --------------------------------------------------------------------- */

NetSmtp *
campaign_net_smtp_open(NetLoop *loop, const NetLineRequest *line, NetSmtpTold told, void *arg)
{
	NetSmtp *smtp = calloc(1, sizeof(NetSmtp));
	NetLineRequest request = *line;

	if (smtp == NULL)
		return NULL;
	request.line_max = NET_REPLY_LINE_MAX;
	request.wake = woken;
	request.arg = smtp;
	smtp->state = SMTP_OPENING;
	smtp->told = told;
	smtp->arg = arg;
	smtp->line = campaign_net_line_open(loop, &request);
	if (smtp->line != NULL)
		return smtp;
	free(smtp);
	return NULL;
}

void
campaign_net_smtp_send(NetSmtp *smtp, NetMailJob *job)
{
	memset(&job->result, 0, sizeof(job->result));
	job->result.code = "";
	smtp->job = job;
	if (smtp->state == SMTP_IDLE)
		begin_message(smtp);
}

void
campaign_net_smtp_dot(NetSmtp *smtp, bool go)
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

bool
campaign_net_smtp_is_idle(const NetSmtp *smtp)
{
	return smtp->state == SMTP_IDLE && smtp->job == NULL;
}

bool
campaign_net_smtp_is_over(const NetSmtp *smtp)
{
	return smtp->state == SMTP_OVER;
}

int
campaign_net_smtp_served(const NetSmtp *smtp)
{
	return smtp->served;
}

void
campaign_net_smtp_rest(NetSmtp *smtp, long idle_ms)
{
	campaign_net_line_expect(smtp->line, idle_ms);
}

void
campaign_net_smtp_close(NetSmtp *smtp)
{
	if (campaign_net_smtp_is_idle(smtp))
		(void) campaign_net_line_write(smtp->line, "QUIT\r\n", 6);
	campaign_net_line_close(smtp->line);
	free(smtp->content);
	free(smtp);
}
