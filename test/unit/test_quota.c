/*
 * test_quota.c
 *		The usage of a quota, in windows that only go forward.
 */
#include "core/quota.h"
#include "unit.h"

#define WEEK (7 * INSTANT_DAY)
#define WEEKLY 200

static void
test_weekly(void)
{
	QuotaUsage usage = QUOTA_UNUSED;

	OK(campaign_quota_turn(&usage, 10 * WEEK, 11 * WEEK), "the first window is gone on to");
	IS(campaign_quota_free(&usage, WEEKLY), 200, "all is free in it");
	IS(campaign_quota_debit(&usage, WEEKLY, 150), 150, "what there is room for is granted");
	IS(campaign_quota_debit(&usage, WEEKLY, 100), 50, "S2.24: 200 in a week and no more");
	IS(campaign_quota_debit(&usage, WEEKLY, 1), 0, "S2.24: the 201st is not granted");
	IS(usage.used, 200, "and not counted");
	IS(campaign_quota_ready_at(&usage, WEEKLY, 10 * WEEK + 5), 11 * WEEK,
	   "S2.24: it may start when the next week begins");
	OK(!campaign_quota_turn(&usage, 10 * WEEK, 11 * WEEK), "within the week nothing is reset");
	OK(campaign_quota_turn(&usage, 11 * WEEK, 12 * WEEK), "the next week resets");
	IS(campaign_quota_free(&usage, WEEKLY), 200, "to all");
	IS(campaign_quota_ready_at(&usage, WEEKLY, 11 * WEEK + 5), 11 * WEEK + 5,
	   "where there is room, now");
}

static void
test_clock(void)
{
	QuotaUsage usage = QUOTA_UNUSED;

	campaign_quota_turn(&usage, 10 * WEEK, 11 * WEEK);
	campaign_quota_debit(&usage, WEEKLY, 180);
	OK(!campaign_quota_turn(&usage, 9 * WEEK, 10 * WEEK) && usage.start == 10 * WEEK,
	   "a clock that goes back opens no earlier window");
	IS(campaign_quota_free(&usage, WEEKLY), 20, "and what was used stays used");
	campaign_quota_debit(&usage, WEEKLY, 20);
	IS(campaign_quota_ready_at(&usage, WEEKLY, 9 * WEEK), 11 * WEEK,
	   "a full window stays full to its own end");
	OK(!campaign_quota_turn(&usage, 10 * WEEK + INSTANT_HOUR, 11 * WEEK + INSTANT_HOUR),
	   "a window that overlaps the counted one does not reset it");
	OK(campaign_quota_turn(&usage, 11 * WEEK + INSTANT_HOUR, 12 * WEEK + INSTANT_HOUR),
	   "the first that does not overlap does");
	OK(campaign_quota_turn(&usage, 90 * WEEK, 91 * WEEK), "windows may be left out");
}

static void
test_numbers(void)
{
	QuotaUsage usage = QUOTA_UNUSED;

	campaign_quota_turn(&usage, 0, WEEK);
	IS(campaign_quota_debit(&usage, 10, -5), 0,
	   "nothing is granted to who wants less than nothing");
	IS(campaign_quota_debit(&usage, 10, 10), 10, "all at once");
	IS(campaign_quota_free(&usage, 5), 0, "a maximum that was lowered leaves nothing free");
	IS(campaign_quota_free(&usage, 12), 2, "one that was raised leaves the difference");
	IS(campaign_quota_ready_at(&usage, 0, 1), INSTANT_NEVER,
	   "with a maximum of 0 nothing ever starts");
	campaign_quota_refund(&usage, 3, 5);
	IS(usage.used, 7, "a start that came to nothing is given back");
	campaign_quota_refund(&usage, 3, WEEK);
	campaign_quota_refund(&usage, 3, -1);
	IS(usage.used, 7, "but not to another window than its own");
	campaign_quota_refund(&usage, 30, 5);
	IS(usage.used, 0, "and no more than was used");
}

int
main(void)
{
	test_weekly();
	test_clock();
	test_numbers();
	return unit_done();
}
