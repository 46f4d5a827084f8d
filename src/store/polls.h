/*
 * polls.h
 *		Asking gateways what has become of what they took on.
 */
#ifndef CAMPAIGN_POLLS_H
#define CAMPAIGN_POLLS_H

#include "postgres.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

typedef struct Poll
{
	int64 action;
	int64 channel;
	int attempt;
	char *url;     /* of the channel, where there is an adapter */
	char *adapter; /* NULL = the channel has none */
	char *kind;
	char *key;
	int64 prospect;
	int64 account;
	Jsonb *request;   /* of the adapter, once it is rendered; NULL = none */
	int answer_items; /* actions that the answer may tell of; 0 = of this one */
	char *secret;     /* its value, or NULL */
	bool allow_http;
	bool allow_private;
	long timeout_ms;
} Poll;

/*
 * Takes up to limit awaited actions that are to be asked for at now, and those that fell due with the last of
 * them; the next time is set at once.
 */
extern int campaign_polls_take(int64 workspace, TimestampTz now, int limit, Poll **polls);

/* Is this attempt of it awaited still? Then it is locked. */
extern bool campaign_polls_lock(int64 workspace, int64 action, int attempt);

#endif
