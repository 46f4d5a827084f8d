/*
 * retry_mail.c
 *		The table of what mail servers say.
 */
#include "core/retry_mail.h"

#include <stddef.h>
#include <string.h>

/* A status of 5xx, by the enhanced code or, where there is none, by itself and its stage. */
typedef struct EnhancedCause
{
	const char *enhanced;
	RetryCause cause;
} EnhancedCause;

static const EnhancedCause by_enhanced[] = {
	/* RFC 3463 3.2: the destination's address or domain; 5.1.7 and 5.1.8 are the sender's */
	{"5.1.1", RETRY_CAUSE_ADDRESS},
	{"5.1.2", RETRY_CAUSE_ADDRESS},
	{"5.1.3", RETRY_CAUSE_ADDRESS},
	{"5.1.6", RETRY_CAUSE_ADDRESS},
	{"5.1.10", RETRY_CAUSE_ADDRESS},
	{"5.2.1", RETRY_CAUSE_ADDRESS},
	/* RFC 4954: the account is not logged in as the server wants it */
	{"5.7.8", RETRY_CAUSE_LOGIN},
	{"5.7.9", RETRY_CAUSE_LOGIN},
	{"5.7.11", RETRY_CAUSE_LOGIN},
};

static bool
is_login_status(int status)
{
	return status == 530 || status == 534 || status == 535 || status == 538;
}

static RetryCause
cause_of_refusal(RetryMailStage stage, int status, const char *enhanced)
{
	for (size_t i = 0; i < sizeof(by_enhanced) / sizeof(by_enhanced[0]); i++)
		if (strcmp(by_enhanced[i].enhanced, enhanced) == 0)
			return by_enhanced[i].cause == RETRY_CAUSE_ADDRESS && stage == RETRY_MAIL_OF_SESSION
					   ? RETRY_CAUSE_REFUSED
					   : by_enhanced[i].cause;
	if (is_login_status(status))
		return RETRY_CAUSE_LOGIN;
	if (enhanced[0] == '\0' && stage == RETRY_MAIL_OF_RECIPIENT &&
		(status == 550 || status == 551 || status == 553))
		return RETRY_CAUSE_ADDRESS;
	return RETRY_CAUSE_REFUSED;
}

/* Without an enhanced code a recipient who is put off is taken to be greylisted: most are. */
static bool
is_greylisting(RetryMailStage stage, int status, const char *enhanced)
{
	if (status != 450 && status != 451)
		return false;
	if (strcmp(enhanced, "4.7.1") == 0 || strcmp(enhanced, "4.7.0") == 0)
		return true;
	return enhanced[0] == '\0' && stage == RETRY_MAIL_OF_RECIPIENT;
}

static RetryMailClass
classify_answer(RetryMailStage stage, int status, const char *enhanced)
{
	RetryMailClass result = {RETRY_AMBIGUOUS, RETRY_CAUSE_NONE};

	if (status >= 200 && status <= 299 && stage == RETRY_MAIL_OF_CONTENT)
		result.class = RETRY_ACCEPTED;
	else if (status >= 400 && status <= 499)
	{
		result.class = RETRY_NOT_SENT_RETRY;
		if (is_greylisting(stage, status, enhanced))
			result.cause = RETRY_CAUSE_GREYLISTED;
	}
	else if (status >= 500 && status <= 599)
	{
		result.cause = cause_of_refusal(stage, status, enhanced);
		/* the message is as good as before: it waits until the account is let in */
		result.class =
			result.cause == RETRY_CAUSE_LOGIN ? RETRY_NOT_SENT_RETRY : RETRY_NOT_SENT_FINAL;
	}
	return result;
}

RetryMailClass
campaign_retry_mail_classify(RetryMailEnd end, RetryMailStage stage, int status,
							 const char *enhanced)
{
	switch (end)
	{
		case RETRY_MAIL_ANSWERED:
			return classify_answer(stage, status, enhanced);
		case RETRY_MAIL_BEFORE_DOT:
			return (RetryMailClass){RETRY_NOT_SENT_RETRY, RETRY_CAUSE_NONE};
		case RETRY_MAIL_UNFIT:
			return (RetryMailClass){RETRY_NOT_SENT_FINAL, RETRY_CAUSE_REFUSED};
		case RETRY_MAIL_NO_LOGIN:
			return (RetryMailClass){RETRY_NOT_SENT_RETRY, RETRY_CAUSE_LOGIN};
		case RETRY_MAIL_AFTER_DOT:
			break;
	}
	return (RetryMailClass){RETRY_AMBIGUOUS, RETRY_CAUSE_NONE};
}

RetryLadder
campaign_retry_mail_ladder(void)
{
	RetryLadder ladder = {.first = 15 * 60 * INSTANT_SECOND,
						  .cap = 4 * INSTANT_HOUR,
						  .factor = 4,
						  .max_retry_after = INSTANT_DAY,
						  .max_attempts = 4};

	return ladder;
}

RetryLadder
campaign_retry_mail_rungs(RetryLadder ladder, RetryCause cause)
{
	if (cause == RETRY_CAUSE_GREYLISTED)
		ladder.first /= 3;
	return ladder;
}
