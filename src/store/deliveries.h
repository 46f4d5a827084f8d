/*
 * deliveries.h
 *		The writes of every delivery by the network, each one statement: the start, for a mail that its
 *		end may leave, and the outcome that all went well. Whatever else becomes of an action is in
 *		actions.h.
 */
#ifndef CAMPAIGN_DELIVERIES_H
#define CAMPAIGN_DELIVERIES_H

#include "postgres.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

/* An attempt that begins. The action is queued and locked. */
typedef struct BegunAttempt
{
	int64 action;
	const char *key;
	Jsonb *content; /* NULL = frozen by an attempt before */
} BegunAttempt;

/* An attempt that its gateway accepted. */
typedef struct AcceptedAttempt
{
	int64 action;
	int attempt;
	const char *person;
	Jsonb *outcome;
	TimestampTz at;
} AcceptedAttempt;

/* Under way in this incarnation from now on. */
extern void campaign_deliveries_begin(int64 workspace, int64 incarnation, TimestampTz now,
									  const BegunAttempt *attempts, int n);

/* A mail that is all there but the dot that ends it. */
typedef struct DottedAttempt
{
	int64 action;
	int attempt;
} DottedAttempt;

/*
 * Of those that this incarnation still has under way, in this attempt, nobody knows from now on. Their
 * ids, in no order.
 */
extern int campaign_deliveries_dot(int64 workspace, int64 incarnation, TimestampTz now,
								   const DottedAttempt *attempts, int n, int64 **dotted);

/*
 * Completes those that this incarnation still has under way, in this attempt; tells their runs by the
 * inbox, logs it and counts it. attempts are put in the order of locks. How many there were.
 */
extern int campaign_deliveries_complete(int64 workspace, int64 incarnation, TimestampTz now,
										AcceptedAttempt *attempts, int n);

#endif
