/*
 * retry.c
 *		The tables of outcomes and decisions.
 */
#include "core/retry.h"

#include <stddef.h>

#include "core/scatter.h"

/* By status alone; a status that is not here is judged by its hundred, see below. */
typedef struct StatusClass
{
	int status;
	RetryClass class;
} StatusClass;

static const StatusClass by_status[] = {
	{202, RETRY_PENDING},

	/* Redirects are not followed. These three say that the request was not taken here ... */
	{301, RETRY_NOT_SENT_FINAL},
	{307, RETRY_NOT_SENT_FINAL},
	{308, RETRY_NOT_SENT_FINAL},

	/* ... and these 4xx are not a plain refusal: too slow, in progress under the same key, too early. */
	{408, RETRY_AMBIGUOUS},
	{409, RETRY_AMBIGUOUS},
	{425, RETRY_AMBIGUOUS},
	{429, RETRY_NOT_SENT_RETRY},
};

RetryClass
campaign_retry_classify(RetryTransport transport, int status, bool retry_after)
{
	if (transport == RETRY_TRANSPORT_NOT_CONNECTED)
		return RETRY_NOT_SENT_RETRY;
	if (transport != RETRY_TRANSPORT_OK && transport != RETRY_TRANSPORT_TOO_LARGE)
		return RETRY_AMBIGUOUS;

	for (size_t i = 0; i < sizeof(by_status) / sizeof(by_status[0]); i++)
		if (by_status[i].status == status)
			return by_status[i].class;

	/* A 503 that says when to come again has done nothing; any other may have. */
	if (status == 503 && retry_after)
		return RETRY_NOT_SENT_RETRY;
	if (status >= 200 && status <= 299)
		return RETRY_ACCEPTED;
	if (status >= 400 && status <= 499)
		return RETRY_NOT_SENT_FINAL;
	return RETRY_AMBIGUOUS;
}

RetryLadder
campaign_retry_default_ladder(void)
{
	RetryLadder ladder = {.first = 30 * INSTANT_SECOND,
						  .cap = 4 * INSTANT_HOUR,
						  .max_retry_after = INSTANT_DAY,
						  .max_attempts = 8};

	return ladder;
}

Instant
campaign_retry_delay(const RetryLadder *ladder, int attempt, uint64_t seed, Instant retry_after)
{
	Instant rung = ladder->first < ladder->cap ? ladder->first : ladder->cap;
	Instant delay;
	int factor = ladder->factor < 2 ? 2 : ladder->factor;

	for (int i = 1; i < attempt && rung < ladder->cap; i++)
		rung = rung > ladder->cap / factor ? ladder->cap : rung * factor;

	delay = rung;
	if (rung >= 4)
		delay -= (Instant) (campaign_scatter(seed ^ campaign_scatter((uint64_t) attempt)) %
							(uint64_t) (rung / 4));

	if (retry_after > ladder->max_retry_after)
		retry_after = ladder->max_retry_after;
	return delay > retry_after ? delay : retry_after;
}

RetryVerdict
campaign_retry_decide(const RetryLadder *ladder, const RetryAttempt *attempt, Instant now)
{
	RetryVerdict verdict = {RETRY_UNKNOWN, 0};
	bool maybe_sent = attempt->maybe_sent || attempt->class == RETRY_AMBIGUOUS;
	Instant at =
		now + campaign_retry_delay(ladder, attempt->attempt, attempt->seed, attempt->retry_after);

	switch (attempt->class)
	{
		case RETRY_ACCEPTED:
			verdict.decision = RETRY_DONE;
			return verdict;
		case RETRY_PENDING:
			verdict.decision = RETRY_AWAIT;
			return verdict;
		case RETRY_NOT_SENT_FINAL:
			verdict.decision = maybe_sent ? RETRY_UNKNOWN : RETRY_FAIL;
			return verdict;
		case RETRY_NOT_SENT_RETRY:
		case RETRY_AMBIGUOUS:
			break;
	}

	/* What may have been sent is repeated only where the gateway still tells that it knows it. */
	if (maybe_sent && (!attempt->idempotent || at >= attempt->key_ends_at))
		return verdict;
	if (attempt->attempt >= ladder->max_attempts)
	{
		verdict.decision = maybe_sent ? RETRY_UNKNOWN : RETRY_FAIL;
		return verdict;
	}
	verdict.decision = RETRY_AGAIN;
	verdict.at = at;
	return verdict;
}
