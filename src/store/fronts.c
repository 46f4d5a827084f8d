/*
 * fronts.c
 *		Where what waits begins, as far as this process knows.
 */
#include "store/fronts.h"

#include "portability/instr_time.h"
#include "utils/hsearch.h"

/* A look that takes no longer than this is always a whole one. */
#define QUICK_USEC 2000
/* Whole looks take no more than this part of the time, */
#define WHOLE_SHARE 100
/* and one comes after so long whatever it takes. */
#define WHOLE_MOST_USEC (60 * USECS_PER_SEC)
/* Transactions that come to an end in another order than their times or ids differ by no more than this, mostly. */
#define LATE_USEC (2 * USECS_PER_SEC)
#define LATE_IDS 1000
/* So many are remembered; when there are more all are forgotten. */
#define FRONTS_MOST 10000

typedef struct FrontKey
{
	int64 kind;
	int64 workspace;
	int64 lane;
} FrontKey;

typedef struct Front
{
	FrontKey key;
	int64 passed;   /* nothing that waits lies before */
	int64 whole_at; /* when the whole is to be looked at */
} Front;

struct Fronts
{
	HTAB *slow; /* those that are not quick */
};

static int64
steady_usec(void)
{
	instr_time now;

	INSTR_TIME_SET_CURRENT(now);
	return (int64) INSTR_TIME_GET_MICROSEC(now);
}

static HTAB *
make_table(MemoryContext context)
{
	HASHCTL control = {.keysize = sizeof(FrontKey), .entrysize = sizeof(Front), .hcxt = context};

	return hash_create("campaign fronts", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

Fronts *
campaign_fronts_open(MemoryContext context)
{
	Fronts *fronts = MemoryContextAllocZero(context, sizeof(Fronts));

	fronts->slow = make_table(context);
	return fronts;
}

static Front *
find(const FrontLook *look, HASHACTION action, bool *found)
{
	FrontKey key = {look->kind, look->workspace, look->lane};

	return look->fronts == NULL ? NULL : hash_search(look->fronts->slow, &key, action, found);
}

static bool
is_of_ids(FrontKind kind)
{
	return kind == FRONT_REPORTED || kind == FRONT_REPORTED_INSIDE;
}

FrontLook
campaign_fronts_look(Fronts *fronts, FrontKind kind, int64 workspace, int64 lane)
{
	FrontLook look = {.fronts = fronts,
					  .kind = kind,
					  .workspace = workspace,
					  .lane = lane,
					  .from = PG_INT64_MIN,
					  .begun = fronts == NULL ? 0 : steady_usec()};
	const Front *front = find(&look, HASH_FIND, NULL);

	if (front == NULL || front->passed == PG_INT64_MIN || look.begun >= front->whole_at)
		return look;
	look.from = front->passed - (is_of_ids(kind) ? LATE_IDS : LATE_USEC);
	return look;
}

static void
forget_all(Fronts *fronts)
{
	HASH_SEQ_STATUS scan;
	Front *front;

	hash_seq_init(&scan, fronts->slow);
	while ((front = hash_seq_search(&scan)) != NULL)
		(void) hash_search(fronts->slow, &front->key, HASH_REMOVE, NULL);
}

void
campaign_fronts_seen(const FrontLook *look, int64 first, int parts)
{
	int64 now;
	int64 took;
	bool found;
	Front *front;

	if (look->fronts == NULL)
		return;
	now = steady_usec();
	took = (now - look->begun) / Max(parts, 1);
	if (look->from == PG_INT64_MIN && took < QUICK_USEC)
	{
		(void) find(look, HASH_REMOVE, NULL);
		return;
	}
	if (hash_get_num_entries(look->fronts->slow) >= FRONTS_MOST)
		forget_all(look->fronts);
	front = find(look, HASH_ENTER, &found);
	if (!found)
		front->passed = PG_INT64_MIN;
	if (first != FRONT_UNKNOWN)
		front->passed = first;
	if (!found || look->from == PG_INT64_MIN)
		front->whole_at = now + Min(WHOLE_SHARE * took, WHOLE_MOST_USEC);
}

TimestampTz
campaign_fronts_whole_at(const FrontLook *look, TimestampTz now)
{
	const Front *front;

	if (look->from == PG_INT64_MIN)
		return DT_NOEND;
	front = find(look, HASH_FIND, NULL);
	return front == NULL ? now : now + Max(front->whole_at - steady_usec(), 0);
}
