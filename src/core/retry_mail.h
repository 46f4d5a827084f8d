/*
 * retry_mail.h
 *		What an exchange with a mail server has come to, in the classes of retry.h, and whose fault it is.
 *
 * SMTP accepts a message by the answer to the dot that ends it, and by nothing else: what came to an end
 * before the dot was surely not sent, what was not answered after it may have been. Codes are those of
 * RFC 5321 and RFC 3463; where a server gives the latter, they say more.
 */
#ifndef CAMPAIGN_RETRY_MAIL_H
#define CAMPAIGN_RETRY_MAIL_H

#include "core/retry.h"

typedef enum RetryMailEnd
{
	RETRY_MAIL_ANSWERED,   /* by a reply */
	RETRY_MAIL_BEFORE_DOT, /* nothing of it can have been accepted */
	RETRY_MAIL_AFTER_DOT,  /* and no answer was heard */
	RETRY_MAIL_UNFIT,      /* it cannot be said to this server */
	RETRY_MAIL_NO_LOGIN    /* the server does not let the account in */
} RetryMailEnd;

typedef enum RetryMailStage
{
	RETRY_MAIL_OF_SESSION, /* before the message, or about its sender */
	RETRY_MAIL_OF_RECIPIENT,
	RETRY_MAIL_OF_CONTENT
} RetryMailStage;

typedef enum RetryCause
{
	RETRY_CAUSE_NONE,
	RETRY_CAUSE_GREYLISTED, /* strangers are told to come again soon */
	RETRY_CAUSE_ADDRESS,    /* there is no such address, and will not be */
	RETRY_CAUSE_LOGIN,      /* the account has to be looked after */
	RETRY_CAUSE_REFUSED,    /* of sender, content or policy */
	RETRY_CAUSE_OURS        /* we ended before it was sent */
} RetryCause;

typedef struct RetryMailClass
{
	RetryClass class;
	RetryCause cause;
} RetryMailClass;

/* enhanced: as "5.1.1", "" if the server gave none. status and enhanced are looked at if answered. */
extern RetryMailClass campaign_retry_mail_classify(RetryMailEnd end, RetryMailStage stage,
												   int status, const char *enhanced);

/* Four attempts: a quarter of an hour after the first one, then an hour, then four. */
extern RetryLadder campaign_retry_mail_ladder(void);

/* The same after an answer with this cause: a third of the first wait where the server greylists. */
extern RetryLadder campaign_retry_mail_rungs(RetryLadder ladder, RetryCause cause);

#endif
