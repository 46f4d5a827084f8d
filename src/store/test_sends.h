/*
 * test_sends.h
 *		Rows of campaign.test_send: texts that are sent for trial.
 */
#ifndef CAMPAIGN_TEST_SENDS_H
#define CAMPAIGN_TEST_SENDS_H

#include "postgres.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

/* One that was taken to be sent now; kept: its channel keeps what it is given, and it is done. */
typedef struct TestSend
{
	int64 id;
	bool kept;
	int64 channel;
	int64 account;
	int64 prospect;
	char *kind;
	char *key;
	Jsonb *content;
} TestSend;

/*
 * Takes up to limit that wait, of channels that need no network or, with network, of any; they are under
 * way with this incarnation, or done.
 */
extern int campaign_test_sends_take(int64 workspace, TimestampTz now, int limit, bool network,
									int64 incarnation, TestSend **tests);

/* What came of one that this incarnation has under way. */
extern void campaign_test_sends_end(int64 workspace, int64 incarnation, int64 id, bool accepted,
									Jsonb *outcome, TimestampTz at);

/* Those that other incarnations have under way: their workspaces and incarnations, each pair once. */
extern int campaign_test_sends_foreign(int64 incarnation, int64 **workspaces, int64 **incarnations);

/* Nobody will know what came of those; how many. */
extern int campaign_test_sends_forget(int64 workspace, int64 incarnation, TimestampTz now);

#endif
