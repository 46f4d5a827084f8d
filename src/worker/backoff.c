/*
 * backoff.c
 *		How long to leave alone what has failed.
 */
#include "worker/backoff.h"

#include "common/pg_prng.h"

#define FIRST_MS 1000
#define MOST_MS 300000

typedef struct Blocked
{
	int64 which;
	int failures;
	TimestampTz until;
} Blocked;

/* Few at a time, hence an array. */
struct Backoff
{
	MemoryContext context;
	Blocked *blocked;
	int n;
	int room;
};

int64
campaign_backoff_ms(int failures, int64 first, int64 most)
{
	int64 ms = first;

	while (--failures > 0 && ms < most)
		ms *= 2;
	ms = Min(ms, most);
	return ms + (int64) (ms / 8.0 * pg_prng_double(&pg_global_prng_state));
}

Backoff *
campaign_backoff_open(void)
{
	Backoff *backoff = palloc0(sizeof(Backoff));

	backoff->context = CurrentMemoryContext;
	backoff->room = 8;
	backoff->blocked = palloc(backoff->room * sizeof(Blocked));
	return backoff;
}

static Blocked *
find(const Backoff *backoff, int64 which)
{
	int i;

	for (i = 0; i < backoff->n; i++)
	{
		if (backoff->blocked[i].which == which)
			return &backoff->blocked[i];
	}
	return NULL;
}

static Blocked *
add(Backoff *backoff, int64 which)
{
	Blocked *blocked;

	if (backoff->n == backoff->room)
	{
		backoff->room *= 2;
		backoff->blocked = repalloc(backoff->blocked, backoff->room * sizeof(Blocked));
	}
	blocked = &backoff->blocked[backoff->n++];
	blocked->which = which;
	blocked->failures = 0;
	return blocked;
}

bool
campaign_backoff_blocks(const Backoff *backoff, int64 which, TimestampTz now)
{
	const Blocked *blocked = find(backoff, which);

	return blocked != NULL && now < blocked->until;
}

void
campaign_backoff_failed(Backoff *backoff, int64 which, TimestampTz now)
{
	Blocked *blocked = find(backoff, which);

	if (blocked == NULL)
		blocked = add(backoff, which);
	blocked->failures++;
	blocked->until =
		TimestampTzPlusMilliseconds(now, campaign_backoff_ms(blocked->failures, FIRST_MS, MOST_MS));
}

void
campaign_backoff_passed(Backoff *backoff, int64 which)
{
	Blocked *blocked = find(backoff, which);

	if (blocked != NULL)
		*blocked = backoff->blocked[--backoff->n];
}

void
campaign_backoff_hasten(Backoff *backoff, TimestampTz until)
{
	int i;

	for (i = 0; i < backoff->n; i++)
		backoff->blocked[i].until = Min(backoff->blocked[i].until, until);
}

int
campaign_backoff_count(const Backoff *backoff)
{
	return backoff->n;
}

TimestampTz
campaign_backoff_next(const Backoff *backoff, TimestampTz now)
{
	TimestampTz next = DT_NOEND;
	int i;

	for (i = 0; i < backoff->n; i++)
	{
		if (now < backoff->blocked[i].until)
			next = Min(next, backoff->blocked[i].until);
	}
	return next;
}
