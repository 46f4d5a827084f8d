/*
 * smtp.h
 *		A session with an SMTP server: one message after another, each to one recipient.
 *
 * MAIL, RCPT, DATA and the content are sent; then the session stops, and says so. Nothing is accepted
 * by the server before the dot that ends the content (RFC 5321 4.1.1.4), so whoever owns the session
 * writes down that it is about to be sent, and only then lets it leave. Between the dot and its answer,
 * and only there, nobody knows.
 *
 * A session that has failed, in whatever way, is over and is not used again.
 */
#ifndef CAMPAIGN_NET_SMTP_H
#define CAMPAIGN_NET_SMTP_H

#include "net/line.h"
#include "net/reply.h"

/* How far a message has come. */
typedef enum NetMailStage
{
	NET_MAIL_AT_OPENING,
	NET_MAIL_AT_SENDER,
	NET_MAIL_AT_RECIPIENT,
	NET_MAIL_AT_DATA,
	NET_MAIL_AT_CONTENT,
	NET_MAIL_AT_DOT
} NetMailStage;

typedef enum NetMailEnd
{
	NET_MAIL_ANSWERED, /* by a reply that decides it: see status and stage */
	NET_MAIL_CUT,      /* the session did not come about, or broke: see code and stage */
	NET_MAIL_UNFIT,    /* it cannot be sent to this server; nothing of it left */
	NET_MAIL_CALLED_OFF
} NetMailEnd;

typedef struct NetMailResult
{
	uint64_t tag;
	NetMailEnd end;
	NetMailStage stage;
	NetLineFault fault; /* of the line, if that ended it */
	const char *code;   /* a word for programs: why it was cut or is unfit; "" if answered */
	int status;         /* of the reply, 0 = none came */
	char enhanced[12];  /* "5.1.1", "" = none */
	char detail[200];   /* for people; no address of the message, no login */
	char text[512];     /* of the reply */
	double seconds;
} NetMailResult;

/* A message on its way. The session uses it until it is done; whoever gave it frees it then. */
typedef struct NetMailJob
{
	struct NetMailJob *next; /* for the owner */
	uint64_t tag;
	const char *from;
	const char *to;
	/*
	 * Gives the bytes, of malloc, with lines that end in CR LF and no dots stuffed, and the addresses
	 * as they are to stand in the envelope. False: it cannot be sent so; error says why.
	 */
	bool (*build)(struct NetMailJob *job, bool eight_bit, bool utf8, char **bytes, size_t *len,
				  char *error, size_t error_size);
	void *arg;
	long command_timeout_ms; /* for each answer but the last */
	long dot_timeout_ms;     /* for the last, and for the content to leave */
	bool again;              /* for the owner: it was cut short before on another connection */
	int64_t started;
	NetMailResult result;
} NetMailJob;

typedef enum NetSmtpNews
{
	NET_SMTP_BEFORE_DOT, /* all is there but the dot */
	NET_SMTP_DONE,       /* the job has its result */
	NET_SMTP_FREE /* it takes the next job, or is over: after each DONE, and whenever it ends */
} NetSmtpNews;

typedef struct NetSmtp NetSmtp;

/*
 * In a turn, or from within campaign_net_smtp_send. job: of the first two. A session may be given its next
 * job within it, but not be closed.
 */
typedef void (*NetSmtpTold)(void *arg, NetSmtp *smtp, NetSmtpNews news, NetMailJob *job);

/* line: wake and arg are not looked at. NULL: no memory or no line free. */
extern NetSmtp *campaign_net_smtp_open(NetLoop *loop, const NetLineRequest *line, NetSmtpTold told,
									   void *arg);

/* Gives it its next job; only if it is idle, or just opened. */
extern void campaign_net_smtp_send(NetSmtp *smtp, NetMailJob *job);

/* After NET_SMTP_BEFORE_DOT: lets the dot leave, or calls the message off. */
extern void campaign_net_smtp_dot(NetSmtp *smtp, bool go);

extern bool campaign_net_smtp_is_idle(const NetSmtp *smtp);
extern bool campaign_net_smtp_is_over(const NetSmtp *smtp);

/* Messages that it has finished, with whatever result. */
extern int campaign_net_smtp_served(const NetSmtp *smtp);

/* How long an idle session waits before it is over. */
extern void campaign_net_smtp_rest(NetSmtp *smtp, long idle_ms);

/* Says QUIT if it is idle, and leaves. A job that it has is dropped without a word. */
extern void campaign_net_smtp_close(NetSmtp *smtp);

#endif
