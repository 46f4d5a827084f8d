/*
 * quota.c
 *		Counting starts in windows that only go forward.
 */
#include "core/quota.h"

bool
campaign_quota_turn(QuotaUsage *usage, Instant start, Instant end)
{
	if (start < usage->end)
		return false;
	usage->start = start;
	usage->end = end;
	usage->used = 0;
	return true;
}

int64_t
campaign_quota_free(const QuotaUsage *usage, int64_t max)
{
	return max > usage->used ? max - usage->used : 0;
}

Instant
campaign_quota_ready_at(const QuotaUsage *usage, int64_t max, Instant now)
{
	if (max <= 0)
		return INSTANT_NEVER;
	return campaign_quota_free(usage, max) > 0 ? now : usage->end;
}

int64_t
campaign_quota_debit(QuotaUsage *usage, int64_t max, int64_t wanted)
{
	int64_t room = campaign_quota_free(usage, max);
	int64_t granted = wanted < room ? wanted : room;

	if (granted <= 0)
		return 0;
	usage->used += granted;
	return granted;
}

void
campaign_quota_refund(QuotaUsage *usage, int64_t count, Instant started_at)
{
	if (started_at < usage->start || started_at >= usage->end)
		return;
	usage->used = usage->used > count ? usage->used - count : 0;
}
