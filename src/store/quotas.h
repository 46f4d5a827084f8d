/*
 * quotas.h
 *		Limits that hold for accounts, and how much of them is used: views account_quota and
 *		account_pace, table usage.
 */
#ifndef CAMPAIGN_QUOTAS_H
#define CAMPAIGN_QUOTAS_H

#include "postgres.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "core/calendar.h"
#include "core/quota.h"
#include "core/rolling.h"
#include "store/lanes.h"

/* One limit of one account and kind. Limits that count in the same row of usage share its id. */
typedef struct QuotaLimit
{
	int lane; /* which of the keys it is a limit of */
	int max;
	TimestampTz max_until; /* when a ramp changes max next; DT_NOEND = it stays */
	bool is_pace;          /* the gap between two starts, or a rate: not what a quota is */
	int64 usage_id;        /* 0 = no row yet */
	QuotaUsage usage;      /* in the calendar window of now */
	Rolling *rolling;      /* what counts instead, shared by limits of one row; NULL = usage does */
	Instant length;        /* of every window of a rolling limit */
	Instant jitter;        /* a start counts for up to so much longer */
	bool has_ledger;       /* the row has one, wanted or not */
} QuotaLimit;

/* The limits of these accounts and kinds, as used up to now. Locks nothing. */
extern int campaign_quotas_read(int64 workspace, const LaneKey *keys, int n, TimestampTz now,
								QuotaLimit **limits);

/* The same, with a locked row of usage for each, in id order. */
extern int campaign_quotas_lock(int64 workspace, const LaneKey *keys, int n, TimestampTz now,
								QuotaLimit **limits);

/* What a limit goes by as time passes, for whoever lives through it in memory. */
typedef struct QuotaRule
{
	CalendarPeriod period;
	char *time_zone;
	int max; /* without its ramp */
	Jsonb *ramp;
	TimestampTz since; /* the first use, which the ramp counts from; DT_NOEND = none yet */
} QuotaRule;

/*
 * The limits of these accounts and kinds as used up to now, each with its rule. Locks nothing; usage_id is
 * below 0 where nothing has been used yet, and the same for limits that would count in one row.
 */
extern int campaign_quotas_rules(int64 workspace, const LaneKey *keys, int n, TimestampTz now,
								 QuotaLimit **limits, QuotaRule **rules);

/* Brings such a limit to now: its window, and what its ramp allows. */
extern void campaign_quotas_turn(QuotaLimit *limit, QuotaRule *rule, TimestampTz now);

/* How many more the limit allows to start at now. */
extern int64 campaign_quotas_free(const QuotaLimit *limit, TimestampTz now);

/* When a limit that allows nothing at now may allow something, or is to be looked at again. */
extern TimestampTz campaign_quotas_ready_at(const QuotaLimit *limit, TimestampTz now);

/* One start from all limits of this key, and so from those that count in the same rows. */
extern void campaign_quotas_debit(QuotaLimit *limits, int n, int lane, TimestampTz now);

/* Gives one start from this key back to all of its limits: it certainly came to nothing. */
extern void campaign_quotas_refund(QuotaLimit *limits, int n, int lane, TimestampTz started_at);

/* Writes the usage of locked limits. */
extern void campaign_quotas_write(int64 workspace, const QuotaLimit *limits, int n);

#endif
