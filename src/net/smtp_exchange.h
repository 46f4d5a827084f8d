/*
 * smtp_exchange.h
 *		What is said to an SMTP server about one message, and what its replies mean.
 *
 * For smtp.c, which has the session: how it comes about, whom it is told to, and its end.
 */
#ifndef CAMPAIGN_NET_SMTP_EXCHANGE_H
#define CAMPAIGN_NET_SMTP_EXCHANGE_H

#include "net/smtp.h"

typedef enum SmtpState
{
	SMTP_OPENING,
	SMTP_IDLE,
	SMTP_PIPED, /* sender, recipient and data were said at once: the answers come one by one */
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
	int piped;       /* answers to what was said at once that have come */
	bool refused;    /* and one of them refuses: the result has it */
	int served;
	NetSmtpTold told;
	void *arg;
};

/* Of an idle session that has a job: its first words are said. */
extern void campaign_net_smtp_exchange_begin(NetSmtp *smtp);

/* The reply that smtp->reply has is whole. */
extern void campaign_net_smtp_exchange_answered(NetSmtp *smtp);

/* What was written may have left for the network. */
extern void campaign_net_smtp_exchange_flowed(NetSmtp *smtp);

/* Lets the dot that is waited for leave, or calls the message off. */
extern void campaign_net_smtp_exchange_dot(NetSmtp *smtp, bool go);

/* The session breaks, and with it the message that it has. */
extern void campaign_net_smtp_exchange_cut(NetSmtp *smtp, const char *code, const char *words);

#endif
