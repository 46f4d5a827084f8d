/*
 * fuzz_quota.c
 *		Quotas against a slow model that knows every start: no window of the clock's readings holds more than
 *		its maximum, wherever it begins and however the clock jumps; and what is said to be ready is.
 */
#include "fuzz.h"

#include "core/quota.h"
#include "core/rolling.h"

#define STARTS_MAX 4000
#define MOVES_MAX 400

typedef struct Starts
{
	int n;
	Instant at[STARTS_MAX];
} Starts;

static Starts starts;

static void
note_starts(int64_t count, Instant at)
{
	for (; count > 0 && starts.n < STARTS_MAX; count--)
		starts.at[starts.n++] = at;
}

/* Takes back as many of that time; false, and none, if there are not so many. */
static bool
forget_starts(int64_t count, Instant at)
{
	int64_t there = 0;
	int kept = 0;

	for (int i = 0; i < starts.n; i++)
		there += starts.at[i] == at;
	if (there < count)
		return false;
	for (int i = 0; i < starts.n; i++)
		if (starts.at[i] != at || count-- <= 0)
			starts.at[kept++] = starts.at[i];
	starts.n = kept;
	return true;
}

/* How many lie in the window [from, from + length). */
static int64_t
in_window(Instant from, Instant length)
{
	int64_t n = 0;

	for (int i = 0; i < starts.n; i++)
		n += starts.at[i] >= from && starts.at[i] < from + length;
	return n;
}

/* A window that holds the most begins with a start. */
static void
check_windows(Instant length, int64_t max)
{
	for (int i = 0; i < starts.n; i++)
		hold(in_window(starts.at[i], length) <= max);
}

static Instant
move_clock(Choices *choices, Instant now, Instant length)
{
	switch (choose(choices, 8))
	{
		case 0:
			return now;
		case 1:
			return now + length;
		case 2:
			return now - length - (Instant) choose_byte(choices);
		case 3:
			return now + choose_between(choices, -10 * length, 10 * length);
		default:
			return now + (Instant) choose_byte(choices) * (length / 256 + 1) / 8;
	}
}

static void
as_rolling(Choices *choices)
{
	Rolling rolling = ROLLING_UNUSED;
	Instant length = choose(choices, 2) ? INSTANT_DAY : 1 + (Instant) choose_byte(choices);
	int64_t max = choose(choices, 40);
	Instant now = choose_between(choices, 0, 2 * INSTANT_DAY);

	for (int i = 0; i < MOVES_MAX && choices->len > 0; i++)
	{
		int64_t room = campaign_rolling_free(&rolling, length, max, now);
		Instant ready = campaign_rolling_ready_at(&rolling, length, max, now);
		int64_t wanted;

		hold(room >= 0 && room <= max && rolling.n >= 0 && rolling.n <= ROLLING_MAX);
		hold(max > 0 ? ready >= now : ready == INSTANT_NEVER);
		hold((ready == now) == (room > 0));
		hold(max == 0 || campaign_rolling_free(&rolling, length, max, ready) > 0);
		for (int e = 1; e < rolling.n; e++)
			hold(rolling.starts[e - 1].at < rolling.starts[e].at);
		wanted = choose(choices, 8);
		wanted = wanted < room ? wanted : room;
		if (starts.n + wanted > STARTS_MAX)
			break;
		campaign_rolling_add(&rolling, length, wanted, now, now);
		note_starts(wanted, now);
		if (wanted > 1 && choose(choices, 8) == 1 && forget_starts(1, now))
			campaign_rolling_refund(&rolling, 1, now);
		now = choose(choices, 4) == 0 && max > 0
				  ? campaign_rolling_ready_at(&rolling, length, max, now)
				  : move_clock(choices, now, length);
	}
	check_windows(length, max);
}

/* Windows that a calendar gives: they follow each other; the clock may go back into one that is over. */
static void
as_calendar(Choices *choices)
{
	QuotaUsage usage = QUOTA_UNUSED;
	Instant length = INSTANT_HOUR;
	int64_t max = choose(choices, 20);
	Instant now = choose_between(choices, 0, 2 * INSTANT_DAY);
	Instant begun[MOVES_MAX];
	int64_t counted[MOVES_MAX];
	int n = 0;

	for (int i = 0; i < MOVES_MAX && choices->len > 0; i++)
	{
		Instant start = (now >= 0 ? now / length : (now - length + 1) / length) * length;
		int64_t granted;

		if (campaign_quota_turn(&usage, start, start + length))
		{
			begun[n] = usage.start;
			counted[n++] = 0;
		}
		hold(n > 0 && usage.used >= 0 && campaign_quota_free(&usage, max) >= 0);
		hold((campaign_quota_ready_at(&usage, max, now) == now) ==
				 (campaign_quota_free(&usage, max) > 0) ||
			 max == 0 || usage.end == now);
		granted = campaign_quota_debit(&usage, max, choose(choices, 12));
		counted[n - 1] += granted;
		if (granted > 0 && choose(choices, 6) == 1)
		{
			campaign_quota_refund(&usage, 1, usage.start);
			counted[n - 1]--;
		}
		hold(usage.used == counted[n - 1] && usage.used <= max);
		/* of another window nothing comes back */
		campaign_quota_refund(&usage, 5, usage.start - 1);
		campaign_quota_refund(&usage, 5, usage.end);
		hold(usage.used == counted[n - 1]);
		now = move_clock(choices, now, length);
	}
	for (int i = 0; i < n; i++)
		hold(counted[i] <= max && (i == 0 || begun[i - 1] < begun[i]));
}

int
LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
	Choices choices = {bytes, len};

	starts.n = 0;
	if (choose(&choices, 2))
		as_calendar(&choices);
	else
		as_rolling(&choices);
	return 0;
}
