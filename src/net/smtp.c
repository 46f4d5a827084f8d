/*
 * smtp.c
 *		A session with an SMTP server.
 */
#include "net/smtp.h"

#include <stdlib.h>
#include <string.h>

#include "net/smtp_exchange.h"

static void
line_ended(NetSmtp *smtp)
{
	campaign_net_smtp_exchange_cut(smtp,
								   campaign_net_line_code(campaign_net_line_fault(smtp->line)),
								   campaign_net_line_detail(smtp->line));
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
			campaign_net_smtp_exchange_begin(smtp);
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
			campaign_net_smtp_exchange_flowed(smtp);
			break;
		}
		progress = campaign_net_reply_line(&smtp->reply, text, len);
		if (progress == NET_REPLY_MALFORMED)
			campaign_net_smtp_exchange_cut(smtp, "reply_malformed",
										   "the server's reply is none of SMTP");
		else if (progress == NET_REPLY_WHOLE)
		{
			campaign_net_smtp_exchange_answered(smtp);
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
		campaign_net_smtp_exchange_begin(smtp);
}

void
campaign_net_smtp_dot(NetSmtp *smtp, bool go)
{
	campaign_net_smtp_exchange_dot(smtp, go);
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
