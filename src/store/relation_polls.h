/*
 * relation_polls.h
 *		Asking services for the relations of accounts: rows of campaign.relation_poll.
 */
#ifndef CAMPAIGN_RELATION_POLLS_H
#define CAMPAIGN_RELATION_POLLS_H

#include "postgres.h"
#include "utils/timestamp.h"

/* An account that is to be asked about now. */
typedef struct RelationPoll
{
	int64 account;
	int64 channel;
	char *address;
	char *adapter;
	char *url;
	char *secret; /* its value, or NULL */
	bool allow_http;
	bool allow_private;
	long timeout_ms;
} RelationPoll;

/* From now on these are asked about, if their adapters have a row for it. */
extern void campaign_relation_polls_want(int64 workspace, const int64 *accounts, int n,
										 TimestampTz now);

/*
 * Takes up to limit accounts that are due and can be asked about. Those without invitations that are
 * pending are forgotten. One that never answers comes again all the same.
 */
extern int campaign_relation_polls_take(int64 workspace, TimestampTz now, int limit,
										RelationPoll **polls);

/* The service has answered, about what was asked last: it comes again after so long. */
extern void campaign_relation_polls_done(int64 workspace, int64 account, TimestampTz now,
										 int64 every);

/*
 * Reports as connected whom the account has invited and the service names by one of these values,
 * which they are kept under by name. Nobody knows since when they are: as of the time before, when
 * they were not. How many.
 */
extern int campaign_relation_polls_report(int64 workspace, int64 account, const char *name,
										  const char *const *values, int n);

/*
 * Of pairs of an account and a deadline, those of accounts that have not been asked about since: they
 * are due at once, and to_ask[i] is set for each, unless its service has not answered for long.
 */
extern void campaign_relation_polls_ask_before(int64 workspace, TimestampTz now,
											   const int64 *accounts, const TimestampTz *deadlines,
											   int n, bool *to_ask);

#endif
