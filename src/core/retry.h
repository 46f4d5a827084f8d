/*
 * retry.h
 *		What an exchange with a gateway has come to, and what to do about it.
 *
 * Both questions have closed tables: what no table names is ambiguous, and what is ambiguous is never
 * guessed. The caller must have the answer to "may this repeat" from the gateway's settings.
 */
#ifndef CAMPAIGN_RETRY_H
#define CAMPAIGN_RETRY_H

#include <stdbool.h>

#include "core/instant.h"

/* How far the exchange went, as the network sees it. */
typedef enum RetryTransport
{
	RETRY_TRANSPORT_OK,            /* a complete response */
	RETRY_TRANSPORT_NOT_CONNECTED, /* no byte of the request left: DNS, refused, TLS, connect timeout */
	RETRY_TRANSPORT_CUT,           /* closed, reset or timed out after the first byte */
	RETRY_TRANSPORT_TOO_LARGE,     /* the response was cut off by us; its status was read */
	RETRY_TRANSPORT_OTHER
} RetryTransport;

typedef enum RetryClass
{
	RETRY_ACCEPTED,
	RETRY_PENDING,        /* taken on; what becomes of it is reported later */
	RETRY_NOT_SENT_RETRY, /* certainly without effect, and may go better next time */
	RETRY_NOT_SENT_FINAL, /* certainly without effect, and would be again */
	RETRY_AMBIGUOUS       /* nobody knows */
} RetryClass;

/* retry_after: the gateway said when to come again. status is not looked at if none was read. */
extern RetryClass campaign_retry_classify(RetryTransport transport, int status, bool retry_after);

/* How long to wait between attempts. */
typedef struct RetryLadder
{
	Instant first;           /* after the first attempt; grows after each further one */
	int factor;              /* by so many times; doubles if less than 2 */
	Instant cap;             /* never longer than this */
	Instant max_retry_after; /* of what a gateway asks for, no more than this is honoured */
	int max_attempts;
} RetryLadder;

/* Eight attempts, from 30 s on, and never over 4 h; a gateway may ask for up to a day. */
extern RetryLadder campaign_retry_default_ladder(void);

/*
 * The time to wait after this attempt (the first is 1): a rung of the ladder less up to a quarter, by
 * a seed that differs between actions so that they do not come back all at once; or retry_after (0 if
 * not given) where that is longer. The same arguments give the same time.
 */
extern Instant campaign_retry_delay(const RetryLadder *ladder, int attempt, uint64_t seed,
									Instant retry_after);

typedef enum RetryDecision
{
	RETRY_DONE,
	RETRY_AWAIT,  /* for a report */
	RETRY_AGAIN,  /* at .at, with the same key and the same bytes */
	RETRY_FAIL,   /* certainly without effect */
	RETRY_UNKNOWN /* to be held and shown */
} RetryDecision;

/* An attempt that has come to its end, and what there is to know about those before. */
typedef struct RetryAttempt
{
	RetryClass class;
	int attempt;         /* its number, from 1 */
	bool idempotent;     /* the gateway honours the key */
	bool maybe_sent;     /* an attempt before this one was ambiguous */
	Instant key_ends_at; /* no request may repeat from then on; INSTANT_NEVER = it always may */
	Instant retry_after; /* 0 = not given */
	uint64_t seed;
} RetryAttempt;

typedef struct RetryVerdict
{
	RetryDecision decision;
	Instant at; /* for RETRY_AGAIN */
} RetryVerdict;

extern RetryVerdict campaign_retry_decide(const RetryLadder *ladder, const RetryAttempt *attempt,
										  Instant now);

#endif
