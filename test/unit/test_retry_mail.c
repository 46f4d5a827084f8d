/*
 * test_retry_mail.c
 *		What mail servers say, in classes (S2.12, B6).
 */
#include "core/retry_mail.h"
#include "unit.h"

typedef struct Case
{
	RetryMailEnd end;
	RetryMailStage stage;
	int status;
	const char *enhanced;
	RetryClass class;
	RetryCause cause;
	const char *name;
} Case;

static const Case cases[] = {
	{RETRY_MAIL_ANSWERED, RETRY_MAIL_OF_CONTENT, 250, "2.0.0", RETRY_ACCEPTED, RETRY_CAUSE_NONE,
	 "the answer to the dot accepts"},
	{RETRY_MAIL_ANSWERED, RETRY_MAIL_OF_RECIPIENT, 250, "", RETRY_AMBIGUOUS, RETRY_CAUSE_NONE,
	 "no other answer does"},
	{RETRY_MAIL_ANSWERED, RETRY_MAIL_OF_RECIPIENT, 450, "", RETRY_NOT_SENT_RETRY,
	 RETRY_CAUSE_GREYLISTED, "a recipient put off is greylisted"},
	{RETRY_MAIL_ANSWERED, RETRY_MAIL_OF_CONTENT, 451, "4.7.1", RETRY_NOT_SENT_RETRY,
	 RETRY_CAUSE_GREYLISTED, "so is a content, where the server says so"},
	{RETRY_MAIL_ANSWERED, RETRY_MAIL_OF_RECIPIENT, 450, "4.2.2", RETRY_NOT_SENT_RETRY,
	 RETRY_CAUSE_NONE, "a mailbox that is full is not"},
	{RETRY_MAIL_ANSWERED, RETRY_MAIL_OF_SESSION, 421, "", RETRY_NOT_SENT_RETRY, RETRY_CAUSE_NONE,
	 "a server that closes is tried again"},
	{RETRY_MAIL_ANSWERED, RETRY_MAIL_OF_RECIPIENT, 550, "5.1.1", RETRY_NOT_SENT_FINAL,
	 RETRY_CAUSE_ADDRESS, "an address that there is not"},
	{RETRY_MAIL_ANSWERED, RETRY_MAIL_OF_RECIPIENT, 550, "", RETRY_NOT_SENT_FINAL,
	 RETRY_CAUSE_ADDRESS, "also without an enhanced code"},
	{RETRY_MAIL_ANSWERED, RETRY_MAIL_OF_CONTENT, 550, "5.1.1", RETRY_NOT_SENT_FINAL,
	 RETRY_CAUSE_ADDRESS, "or said late"},
	{RETRY_MAIL_ANSWERED, RETRY_MAIL_OF_RECIPIENT, 550, "5.7.1", RETRY_NOT_SENT_FINAL,
	 RETRY_CAUSE_REFUSED, "a policy is not the address's fault"},
	{RETRY_MAIL_ANSWERED, RETRY_MAIL_OF_CONTENT, 550, "", RETRY_NOT_SENT_FINAL, RETRY_CAUSE_REFUSED,
	 "nor is a refusal of the content"},
	{RETRY_MAIL_ANSWERED, RETRY_MAIL_OF_RECIPIENT, 553, "5.1.8", RETRY_NOT_SENT_FINAL,
	 RETRY_CAUSE_REFUSED, "nor what is said of the sender's address"},
	{RETRY_MAIL_ANSWERED, RETRY_MAIL_OF_SESSION, 550, "5.1.1", RETRY_NOT_SENT_FINAL,
	 RETRY_CAUSE_REFUSED, "nor what is said before the recipient's"},
	{RETRY_MAIL_ANSWERED, RETRY_MAIL_OF_SESSION, 530, "5.7.0", RETRY_NOT_SENT_RETRY,
	 RETRY_CAUSE_LOGIN, "a login that is missed is the account's affair"},
	{RETRY_MAIL_NO_LOGIN, RETRY_MAIL_OF_SESSION, 535, "", RETRY_NOT_SENT_RETRY, RETRY_CAUSE_LOGIN,
	 "so is one that is refused"},
	{RETRY_MAIL_BEFORE_DOT, RETRY_MAIL_OF_CONTENT, 0, "", RETRY_NOT_SENT_RETRY, RETRY_CAUSE_NONE,
	 "what broke off before the dot was not sent"},
	{RETRY_MAIL_AFTER_DOT, RETRY_MAIL_OF_CONTENT, 0, "", RETRY_AMBIGUOUS, RETRY_CAUSE_NONE,
	 "what broke off after it may have been"},
	{RETRY_MAIL_UNFIT, RETRY_MAIL_OF_SESSION, 0, "", RETRY_NOT_SENT_FINAL, RETRY_CAUSE_REFUSED,
	 "what cannot be said is not tried again"},
};

static bool
is_about(Instant delay, Instant wanted)
{
	return delay <= wanted && delay > wanted * 3 / 4;
}

int
main(void)
{
	RetryLadder ladder = campaign_retry_mail_ladder();
	RetryLadder grey = campaign_retry_mail_rungs(ladder, RETRY_CAUSE_GREYLISTED);
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		const Case *one = &cases[i];
		RetryMailClass got =
			campaign_retry_mail_classify(one->end, one->stage, one->status, one->enhanced);

		IS(got.class, one->class, one->name);
		IS(got.cause, one->cause, "and whose fault it is");
	}
	OK(is_about(campaign_retry_delay(&ladder, 1, 7, 0), 15 * 60 * INSTANT_SECOND),
	   "a quarter of an hour after the first attempt");
	OK(is_about(campaign_retry_delay(&ladder, 2, 7, 0), INSTANT_HOUR), "an hour after the second");
	OK(is_about(campaign_retry_delay(&ladder, 3, 7, 0), 4 * INSTANT_HOUR),
	   "four hours after the third");
	IS(ladder.max_attempts, 4, "which is followed by the last");
	OK(is_about(campaign_retry_delay(&grey, 1, 7, 0), 5 * 60 * INSTANT_SECOND),
	   "five minutes where the server greylists");
	return unit_done();
}
