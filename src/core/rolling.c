/*
 * rolling.c
 *		How many starts lie in the last so long.
 */
#include "core/rolling.h"

#include <string.h>

/* Where a window that ends at now begins: what started then or before counts no more. */
static Instant
edge(Instant length, Instant now)
{
	return now < INT64_MIN + length ? INT64_MIN : now - length;
}

int64_t
campaign_rolling_used(const Rolling *rolling, Instant length, Instant now)
{
	int64_t used = 0;

	for (int i = 0; i < rolling->n; i++)
		if (rolling->starts[i].at > edge(length, now))
			used += rolling->starts[i].count;
	return used;
}

int64_t
campaign_rolling_free(const Rolling *rolling, Instant length, int64_t max, Instant now)
{
	int64_t used = campaign_rolling_used(rolling, length, now);

	if (rolling->dropped > edge(length, now))
		return 0;
	return max > used ? max - used : 0;
}

Instant
campaign_rolling_ready_at(const Rolling *rolling, Instant length, int64_t max, Instant now)
{
	Instant at = now;
	int64_t later = 0;

	if (max <= 0)
		return INSTANT_NEVER;
	if (rolling->dropped > edge(length, now))
		at = rolling->dropped + length;
	for (int i = 0; i < rolling->n; i++)
		later += rolling->starts[i].count;
	for (int i = 0; i < rolling->n && later >= max; i++)
	{
		if (rolling->starts[i].at > edge(length, at))
			at = rolling->starts[i].at + length;
		later -= rolling->starts[i].count;
	}
	return at;
}

static void
drop(Rolling *rolling, Instant before)
{
	int gone = 0;

	while (gone < rolling->n && rolling->starts[gone].at <= before)
		gone++;
	if (gone == 0)
		return;
	if (rolling->starts[gone - 1].at > rolling->dropped)
		rolling->dropped = rolling->starts[gone - 1].at;
	rolling->n -= gone;
	memmove(rolling->starts, &rolling->starts[gone], (size_t) rolling->n * sizeof(RollingStarts));
}

static void
take_out(Rolling *rolling, int which)
{
	rolling->n--;
	memmove(&rolling->starts[which], &rolling->starts[which + 1],
			(size_t) (rolling->n - which) * sizeof(RollingStarts));
}

/* Unites the two neighbours where the least is counted for longer than it has to be. */
static void
unite(Rolling *rolling)
{
	double least = 0;
	int best = -1;

	for (int i = 0; i + 1 < rolling->n; i++)
	{
		double cost = (double) rolling->starts[i].count *
					  (double) (rolling->starts[i + 1].at - rolling->starts[i].at);

		if (best < 0 || cost < least)
		{
			best = i;
			least = cost;
		}
	}
	rolling->starts[best + 1].count += rolling->starts[best].count;
	take_out(rolling, best);
}

void
campaign_rolling_add(Rolling *rolling, Instant length, int64_t count, Instant at, Instant now)
{
	int i;

	if (count <= 0)
		return;
	drop(rolling, edge(length, now));
	for (i = rolling->n; i > 0 && rolling->starts[i - 1].at >= at; i--)
		if (rolling->starts[i - 1].at == at)
		{
			rolling->starts[i - 1].count += count;
			return;
		}
	if (rolling->n == ROLLING_MAX)
	{
		unite(rolling);
		for (i = rolling->n; i > 0 && rolling->starts[i - 1].at >= at; i--)
			;
	}
	memmove(&rolling->starts[i + 1], &rolling->starts[i],
			(size_t) (rolling->n - i) * sizeof(RollingStarts));
	rolling->starts[i] = (RollingStarts){at, count};
	rolling->n++;
}

void
campaign_rolling_refund(Rolling *rolling, int64_t count, Instant started_at)
{
	int i;

	if (started_at <= rolling->dropped)
		return;
	for (i = 0; i < rolling->n && rolling->starts[i].at < started_at; i++)
		;
	if (i == rolling->n)
		return;
	rolling->starts[i].count -= count;
	if (rolling->starts[i].count <= 0)
		take_out(rolling, i);
}
