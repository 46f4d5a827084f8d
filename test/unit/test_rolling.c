/*
 * test_rolling.c
 *		Quotas that hold in every window, wherever it begins: small ones exactly, and all of them
 *		against a checker that knows every start, through clocks that jump.
 */
#include "core/rolling.h"

#include <stdlib.h>

#include "core/scatter.h"
#include "unit.h"

#define WEEK (7 * INSTANT_DAY)
#define STARTS_MAX 200000

typedef struct History
{
	int n;
	Instant at[STARTS_MAX]; /* one for each start, by the clock as it was read */
} History;

static History history;

static int
compare(const void *a, const void *b)
{
	Instant left = *(const Instant *) a;
	Instant right = *(const Instant *) b;

	return left < right ? -1 : left > right;
}

/* The most starts that any window of this length holds: one that begins with a start is enough. */
static int
fullest(Instant length)
{
	int first = 0;
	int most = 0;

	qsort(history.at, (size_t) history.n, sizeof(Instant), compare);
	for (int last = 0; last < history.n; last++)
	{
		while (history.at[last] - history.at[first] >= length)
			first++;
		if (last - first + 1 > most)
			most = last - first + 1;
	}
	return most;
}

static void
start(Rolling *rolling, Instant length, int64_t count, Instant now)
{
	campaign_rolling_add(rolling, length, count, now, now);
	for (int64_t i = 0; i < count && history.n < STARTS_MAX; i++)
		history.at[history.n++] = now;
}

/* As many as wanted, or as many as there is room for. */
static int64_t
use(Rolling *rolling, Instant length, int64_t max, int64_t wanted, Instant now)
{
	int64_t room = campaign_rolling_free(rolling, length, max, now);
	int64_t count = wanted < room ? wanted : room;

	start(rolling, length, count, now);
	return count;
}

static void
test_exact(void)
{
	Rolling rolling = ROLLING_UNUSED;

	IS(campaign_rolling_free(&rolling, WEEK, 3, 0), 3, "all is free at first");
	IS(campaign_rolling_ready_at(&rolling, WEEK, 3, 5), 5, "and the next may start now");
	campaign_rolling_add(&rolling, WEEK, 2, INSTANT_DAY, INSTANT_DAY);
	campaign_rolling_add(&rolling, WEEK, 1, 3 * INSTANT_DAY, 3 * INSTANT_DAY);
	IS(campaign_rolling_free(&rolling, WEEK, 3, 4 * INSTANT_DAY), 0, "three in a week are full");
	IS(campaign_rolling_ready_at(&rolling, WEEK, 3, 4 * INSTANT_DAY), 8 * INSTANT_DAY,
	   "the next may start a week after the first, to the microsecond");
	IS(campaign_rolling_free(&rolling, WEEK, 3, 8 * INSTANT_DAY - 1), 0, "not before");
	IS(campaign_rolling_free(&rolling, WEEK, 3, 8 * INSTANT_DAY), 2, "then two may");
	IS(campaign_rolling_ready_at(&rolling, WEEK, 1, 4 * INSTANT_DAY), 10 * INSTANT_DAY,
	   "a maximum that was lowered waits for the last one too");
	IS(campaign_rolling_ready_at(&rolling, WEEK, 4, 4 * INSTANT_DAY), 4 * INSTANT_DAY,
	   "one that was raised lets the next go at once");
	IS(campaign_rolling_ready_at(&rolling, WEEK, 0, 4 * INSTANT_DAY), INSTANT_NEVER,
	   "with a maximum of 0 nothing ever starts");
}

static void
test_refund(void)
{
	Rolling rolling = ROLLING_UNUSED;

	campaign_rolling_add(&rolling, WEEK, 2, INSTANT_DAY, INSTANT_DAY);
	campaign_rolling_add(&rolling, WEEK, 1, 2 * INSTANT_DAY, 2 * INSTANT_DAY);
	campaign_rolling_refund(&rolling, 1, INSTANT_DAY);
	IS(campaign_rolling_used(&rolling, WEEK, 3 * INSTANT_DAY), 2,
	   "a start that came to nothing is given back");
	campaign_rolling_refund(&rolling, 1, 2 * INSTANT_DAY);
	IS(campaign_rolling_ready_at(&rolling, WEEK, 1, 3 * INSTANT_DAY), 8 * INSTANT_DAY,
	   "where it was counted");
	campaign_rolling_refund(&rolling, 1, 3 * INSTANT_DAY);
	IS(campaign_rolling_used(&rolling, WEEK, 3 * INSTANT_DAY), 1,
	   "one that is not known is not given back");
	campaign_rolling_add(&rolling, WEEK, 1, 20 * INSTANT_DAY, 20 * INSTANT_DAY);
	campaign_rolling_refund(&rolling, 1, INSTANT_DAY);
	IS(campaign_rolling_used(&rolling, WEEK, 20 * INSTANT_DAY), 1,
	   "nor one that counts no more, which would free a place of another");
}

static void
test_clock(void)
{
	Rolling rolling = ROLLING_UNUSED;

	campaign_rolling_add(&rolling, INSTANT_HOUR, 5, INSTANT_DAY, INSTANT_DAY);
	IS(campaign_rolling_free(&rolling, INSTANT_HOUR, 5, 0), 0,
	   "a clock that goes back finds what it counted");
	campaign_rolling_add(&rolling, INSTANT_HOUR, 1, 2 * INSTANT_DAY, 2 * INSTANT_DAY);
	IS(campaign_rolling_free(&rolling, INSTANT_HOUR, 5, INSTANT_DAY + 1), 0,
	   "and starts nothing where it would count again what was dropped");
	IS(campaign_rolling_ready_at(&rolling, INSTANT_HOUR, 5, INSTANT_DAY + 1),
	   INSTANT_DAY + INSTANT_HOUR, "until that is over");
	IS(campaign_rolling_free(&rolling, INSTANT_HOUR, 5, INSTANT_DAY + INSTANT_HOUR), 4,
	   "what was counted ahead goes on counting");
}

/* Starts at random, in steps of time that are sometimes none, and now and then a jump. */
static int
run(uint64_t seed, Instant length, int64_t max, bool jumps)
{
	static const Instant jump[] = {INSTANT_HOUR, INSTANT_DAY, -INSTANT_HOUR, -INSTANT_DAY,
								   -INSTANT_SECOND};
	Rolling rolling = ROLLING_UNUSED;
	Instant now = 0;

	history.n = 0;
	for (int i = 0; i < 4000; i++)
	{
		uint64_t dice = campaign_scatter(seed * 1000003 + (uint64_t) i);

		now += (Instant) (dice % 7 == 0 ? 0 : campaign_scatter(dice) % (uint64_t) (length / 50));
		if (jumps && dice % 97 == 0)
			now += jump[campaign_scatter(dice + 1) % 5];
		if (dice % 5 == 0)
			now = campaign_rolling_ready_at(&rolling, length, max, now);
		use(&rolling, length, max,
			(int64_t) (campaign_scatter(dice + 2) % (uint64_t) (max / 20 + 2)), now);
		if (rolling.n > ROLLING_MAX)
			return -1;
	}
	return fullest(length);
}

static void
test_every_window(void)
{
	static const int64_t maxima[] = {1, 3, 20, 200, 1000};
	int worst = 0;
	int bad = 0;

	for (uint64_t seed = 0; seed < 200; seed++)
	{
		int64_t max = maxima[seed % 5];
		int most = run(seed, seed % 2 == 0 ? INSTANT_HOUR : INSTANT_DAY, max, seed % 3 != 0);

		if (most < 0 || most > max)
			bad++;
		if (most == max)
			worst++;
	}
	IS(bad, 0, "in 200 random histories no window holds more than its maximum");
	OK(worst > 150, "and most come to it");
}

/* One after the other as soon as each may start, or spread as widely as they can be. */
static int64_t
demand(Instant length, int64_t max, Instant gap, int periods)
{
	Rolling rolling = ROLLING_UNUSED;
	Instant now = 0;
	int64_t started = 0;

	history.n = 0;
	while (now < periods * length)
	{
		started += use(&rolling, length, max, 1, now);
		now = campaign_rolling_ready_at(&rolling, length, max, now + gap);
	}
	return started;
}

static void
test_used_up(void)
{
	OK(demand(WEEK, 5, INSTANT_MINUTE, 20) == 100, "a small quota is used to the last one");
	OK(demand(WEEK, 2500, INSTANT_MINUTE, 20) >= 2500 * 20 * 95 / 100,
	   "of a large one at least 95 % are used where more is wanted");
	OK(fullest(WEEK) <= 2500, "and no more than 100 % in any window");
	OK(demand(WEEK, 2500, WEEK / 4000, 20) >= 2500 * 20 * 95 / 100,
	   "also where they are spread evenly");
	OK(fullest(WEEK) <= 2500, "with as little in every window");
}

int
main(void)
{
	test_exact();
	test_refund();
	test_clock();
	test_every_window();
	test_used_up();
	return unit_done();
}
