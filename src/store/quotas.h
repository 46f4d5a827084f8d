/*
 * quotas.h
 *		Limits that hold for accounts, and how much of them is used: view account_quota, table usage.
 */
#ifndef CAMPAIGN_QUOTAS_H
#define CAMPAIGN_QUOTAS_H

#include "postgres.h"
#include "utils/timestamp.h"

#include "core/quota.h"
#include "store/lanes.h"

/* One limit of one account and kind. Limits that count in the same row of usage share its id. */
typedef struct QuotaLimit
{
	int lane; /* which of the keys it is a limit of */
	int max;
	int64 usage_id;   /* 0 = no row yet */
	QuotaUsage usage; /* in the window of now */
} QuotaLimit;

/* The limits of these accounts and kinds, as used up to now. Locks nothing. */
extern int campaign_quotas_read(int64 workspace, const LaneKey *keys, int n, TimestampTz now,
								QuotaLimit **limits);

/* The same, with a locked row of usage for each, in id order. */
extern int campaign_quotas_lock(int64 workspace, const LaneKey *keys, int n, TimestampTz now,
								QuotaLimit **limits);

/* Writes the usage of locked limits. */
extern void campaign_quotas_write(int64 workspace, const QuotaLimit *limits, int n);

#endif
