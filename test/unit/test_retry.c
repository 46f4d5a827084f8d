/*
 * test_retry.c
 *		Classification of exchanges, the ladder, and the decisions.
 */
#include "core/retry.h"
#include "unit.h"

#define NOW (100 * INSTANT_DAY)

/* The whole range of statuses, over a complete response without Retry-After. */
static RetryClass
expected(int status)
{
	switch (status)
	{
		case 202:
			return RETRY_PENDING;
		case 429:
			return RETRY_NOT_SENT_RETRY;
		case 301:
		case 307:
		case 308:
			return RETRY_NOT_SENT_FINAL;
		case 408:
		case 409:
		case 425:
			return RETRY_AMBIGUOUS;
	}
	if (status / 100 == 2)
		return RETRY_ACCEPTED;
	return status / 100 == 4 ? RETRY_NOT_SENT_FINAL : RETRY_AMBIGUOUS;
}

static void
test_classes(void)
{
	bool plain = true;
	bool with_time = true;
	bool cut = true;
	bool too_large = true;
	bool not_connected = true;

	for (int status = -1; status <= 700; status++)
	{
		RetryClass class = campaign_retry_classify(RETRY_TRANSPORT_OK, status, false);

		plain &= class == expected(status);
		with_time &= campaign_retry_classify(RETRY_TRANSPORT_OK, status, true) ==
					 (status == 503 ? RETRY_NOT_SENT_RETRY : class);
		too_large &= campaign_retry_classify(RETRY_TRANSPORT_TOO_LARGE, status, false) == class;
		cut &= campaign_retry_classify(RETRY_TRANSPORT_CUT, status, true) == RETRY_AMBIGUOUS &&
			   campaign_retry_classify(RETRY_TRANSPORT_OTHER, status, true) == RETRY_AMBIGUOUS;
		not_connected &= campaign_retry_classify(RETRY_TRANSPORT_NOT_CONNECTED, status, false) ==
						 RETRY_NOT_SENT_RETRY;
	}
	OK(plain, "every status has its class");
	OK(with_time, "Retry-After changes that of 503 alone: it was certainly not sent");
	OK(too_large, "a body that is too large changes none");
	OK(cut, "what was cut, or is not understood, is ambiguous whatever was read of it");
	OK(not_connected, "what was never connected was not sent");
	IS(campaign_retry_classify((RetryTransport) 99, 200, false), RETRY_AMBIGUOUS,
	   "B6: a transport that nobody knows is ambiguous");
}

static void
test_ladder(void)
{
	RetryLadder ladder = {.first = 60 * INSTANT_SECOND,
						  .cap = INSTANT_HOUR,
						  .max_retry_after = INSTANT_DAY,
						  .max_attempts = 5};
	Instant rung = ladder.first;
	bool within = true;
	int different = 0;

	for (int attempt = 1; attempt <= 40; attempt++)
	{
		for (uint64_t seed = 0; seed < 100; seed++)
		{
			Instant delay = campaign_retry_delay(&ladder, attempt, seed, 0);

			within &= delay <= rung && delay > rung * 3 / 4;
			within &= delay == campaign_retry_delay(&ladder, attempt, seed, 0);
			different += delay != campaign_retry_delay(&ladder, attempt, seed + 1, 0);
		}
		rung = rung * 2 < ladder.cap ? rung * 2 : ladder.cap;
	}
	OK(within, "a delay is a rung less up to a quarter, doubled up to the cap, and the same again");
	OK(different > 3900, "and differs between actions");
	IS(campaign_retry_delay(&ladder, 1, 1, 2 * INSTANT_HOUR), 2 * INSTANT_HOUR,
	   "Retry-After is honoured, also past the cap");
	OK(campaign_retry_delay(&ladder, 3, 1, INSTANT_SECOND) > 3 * INSTANT_MINUTE,
	   "but does not shorten a rung");
	IS(campaign_retry_delay(&ladder, 1, 1, 90 * INSTANT_DAY), INSTANT_DAY,
	   "and is believed only up to its bound");
	IS(campaign_retry_delay(&ladder, 1, 1, INSTANT_NEVER), INSTANT_DAY, "however large");

	ladder.cap = INSTANT_NEVER;
	OK(campaign_retry_delay(&ladder, 1000, 1, 0) > 0, "a ladder without a cap does not overflow");
	ladder.first = 0;
	IS(campaign_retry_delay(&ladder, 3, 1, 0), 0, "a ladder of nothing waits for nothing");
	ladder = campaign_retry_default_ladder();
	OK(ladder.first > 0 && ladder.cap >= ladder.first && ladder.max_attempts > 1,
	   "there is a ladder to begin with");
}

static RetryVerdict
decide(RetryClass class, int attempt, bool idempotent, bool maybe_sent, Instant key_ends_at)
{
	RetryLadder ladder = {.first = 60 * INSTANT_SECOND,
						  .cap = INSTANT_HOUR,
						  .max_retry_after = INSTANT_DAY,
						  .max_attempts = 3};
	RetryAttempt made = {.class = class,
						 .attempt = attempt,
						 .idempotent = idempotent,
						 .maybe_sent = maybe_sent,
						 .key_ends_at = key_ends_at};

	return campaign_retry_decide(&ladder, &made, NOW);
}

static void
test_decisions(void)
{
	Instant long_key = INSTANT_NEVER;
	Instant short_key = NOW + INSTANT_SECOND;
	RetryVerdict verdict;

	IS(decide(RETRY_ACCEPTED, 3, false, true, short_key).decision, RETRY_DONE, "accepted is done");
	IS(decide(RETRY_PENDING, 1, false, false, long_key).decision, RETRY_AWAIT,
	   "pending awaits a report");
	IS(decide(RETRY_NOT_SENT_FINAL, 1, true, false, long_key).decision, RETRY_FAIL,
	   "a refusal fails at once");
	IS(decide(RETRY_NOT_SENT_FINAL, 2, true, true, long_key).decision, RETRY_UNKNOWN,
	   "B6: but not after an attempt that may have come through");

	verdict = decide(RETRY_NOT_SENT_RETRY, 1, false, false, short_key);
	IS(verdict.decision, RETRY_AGAIN, "what was not sent is tried again, also without idempotency");
	OK(verdict.at > NOW + 45 * INSTANT_SECOND && verdict.at <= NOW + 60 * INSTANT_SECOND,
	   "after the delay");
	IS(decide(RETRY_NOT_SENT_RETRY, 3, true, false, long_key).decision, RETRY_FAIL,
	   "and fails after the last attempt");
	IS(decide(RETRY_NOT_SENT_RETRY, 3, true, true, long_key).decision, RETRY_UNKNOWN,
	   "unless one before it may have come through");

	IS(decide(RETRY_AMBIGUOUS, 1, false, false, long_key).decision, RETRY_UNKNOWN,
	   "B6: what may have come through is not repeated where the gateway cannot tell");
	IS(decide(RETRY_AMBIGUOUS, 1, true, false, long_key).decision, RETRY_AGAIN,
	   "and is where it can");
	IS(decide(RETRY_AMBIGUOUS, 1, true, false, short_key).decision, RETRY_UNKNOWN,
	   "B6: but never after the life of the key");
	IS(decide(RETRY_NOT_SENT_RETRY, 2, true, true, short_key).decision, RETRY_UNKNOWN,
	   "also if the last attempt was not sent");
	IS(decide(RETRY_AMBIGUOUS, 3, true, false, long_key).decision, RETRY_UNKNOWN,
	   "and is unknown after the last attempt, not failed");
}

int
main(void)
{
	test_classes();
	test_ladder();
	test_decisions();
	return unit_done();
}
