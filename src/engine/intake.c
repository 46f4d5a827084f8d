/*
 * intake.c
 *		The round that applies what was reported: facts from outside, and outcomes of actions.
 *
 * All rows of a person are applied in the order in which they occurred, to every active run of the
 * person, in one transaction with their deletion. A person one of whose runs is locked by somebody
 * else waits for the next round, rows and all, so that order holds and nobody waits here.
 */
#include "engine/round.h"

#include "common/hashfn.h"

#include "engine/admit.h"
#include "engine/fact.h"
#include "engine/isolation.h"
#include "engine/resolution.h"
#include "store/fault.h"
#include "store/alone.h"
#include "store/inbox.h"
#include "store/settings.h"

/*
 * Persons fall into groups, and what was reported of one group is applied by one transaction at a time: of
 * somebody who has no run any more no lock of a run tells that another is just at it.
 */
#define GROUPS 4
/* So long a scheduler begins with the same group. */
#define TURN_USEC (USECS_PER_SEC / 20)

StaticAssertDecl(GROUPS % SETTINGS_SCHEDULERS_MAX == 0, "each scheduler finds a group");

/* Which persons can be applied now. */
typedef struct Reported
{
	char **persons;
	bool *complete; /* all runs of the person are locked by us */
	int n;
} Reported;

static int
compare_person(const void *key, const void *item)
{
	return strcmp(key, *(char *const *) item);
}

static int
compare_persons(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

static bool
is_complete(const Reported *reported, const char *person)
{
	char **found = bsearch(person, reported->persons, reported->n, sizeof(char *), compare_person);

	return found != NULL && reported->complete[found - reported->persons];
}

/* A run that was left out, because its campaign is just being changed, makes its person wait. */
static void
leave_out(Reported *reported, const Runs *runs, const Enrollment *rows, int n)
{
	int next = 0;
	int i;

	for (i = 0; i < n; i++)
	{
		char **found;

		if (next < runs->n && runs->items[next].row == &rows[i])
		{
			next++;
			continue;
		}
		found =
			bsearch(rows[i].person, reported->persons, reported->n, sizeof(char *), compare_person);
		reported->complete[found - reported->persons] = false;
	}
}

static int
compare_runs(const void *a, const void *b)
{
	const Enrollment *left = (*(Run *const *) a)->row;
	const Enrollment *right = (*(Run *const *) b)->row;
	int order = strcmp(left->person, right->person);

	if (order != 0)
		return order;
	return left->id < right->id ? -1 : left->id > right->id;
}

/* The runs in order of persons, to be walked beside the rows, which come in the same order. */
static Run **
runs_by_person(Runs *runs)
{
	Run **sorted = palloc(Max(runs->n, 1) * sizeof(Run *));
	int i;

	for (i = 0; i < runs->n; i++)
		sorted[i] = &runs->items[i];
	qsort(sorted, runs->n, sizeof(Run *), compare_runs);
	return sorted;
}

static int
apply_rows(Facts *facts, const Reported *reported, InboxRow *rows, int n)
{
	Runs *runs = facts->ledger->runs;
	Run **sorted = runs_by_person(runs);
	int64 *applied = palloc(Max(n, 1) * sizeof(int64));
	int n_applied = 0;
	int first = 0;
	int last;
	int i;

	for (i = 0; i < n; i++)
	{
		if (!is_complete(reported, rows[i].person))
			continue;
		while (first < runs->n && strcmp(sorted[first]->row->person, rows[i].person) < 0)
			first++;
		for (last = first; last < runs->n && strcmp(sorted[last]->row->person, rows[i].person) == 0;
			 last++)
			;
		campaign_fact_apply(facts, &rows[i], &sorted[first], last - first);
		applied[n_applied++] = rows[i].id;
	}
	campaign_inbox_delete(runs->round->workspace, applied, n_applied);
	return n_applied;
}

/* Applies what was reported of these persons, sorted. */
static int
apply_persons(const Round *round, char **persons, int n, const GoneProspects *gone)
{
	Reported reported = {persons, palloc(n * sizeof(bool)), n};
	Enrollment *enrollments;
	InboxRow *rows;
	Runs runs;
	Ledger ledger;
	Facts facts;
	int locked;

	locked = campaign_enrollments_lock_persons(round->workspace, persons, n, &enrollments,
											   reported.complete);
	campaign_runs_open(&runs, round, enrollments, locked, RUNS_FACTS_ALL, true);
	leave_out(&reported, &runs, enrollments, locked);
	/* read after the locks: what is reported from here on waits for the next round */
	n = campaign_inbox_read(round->workspace, persons, n, gone, &rows);
	CAMPAIGN_FAULT("intake.locked");

	campaign_ledger_open(&ledger, &runs);
	campaign_admit_newcomers(&ledger);
	campaign_fact_open(&facts, &ledger);
	n = apply_rows(&facts, &reported, rows, n);
	CAMPAIGN_FAULT("intake.write");
	campaign_ledger_write(&ledger);
	campaign_fact_write(&facts);
	campaign_admit_freed(&runs);
	CAMPAIGN_FAULT("intake.written");
	return n;
}

/* Persons of whom something was reported, to be served apart from each other. */
typedef struct Intake
{
	const Round *round;
	char **persons;
	GoneProspects gone;
} Intake;

static int
apply_part(void *arg, int first, int n)
{
	const Intake *intake = arg;

	return apply_persons(intake->round, &intake->persons[first], n, &intake->gone);
}

/* What was reported of the person is out of the way, and all his runs wait with it. */
static void
hold_person(void *arg, int which, const char *reason)
{
	const Intake *intake = arg;
	Enrollment *rows;
	bool complete;
	int n;

	n = campaign_enrollments_lock_persons(intake->round->workspace, &intake->persons[which], 1,
										  &rows, &complete);
	campaign_inbox_hold(intake->round->workspace, intake->persons[which], &intake->gone, reason);
	campaign_runs_hold(intake->round, rows, n, reason);
}

/* A person's is the same for whoever asks. */
static int
group_of(const char *person)
{
	return (int) (hash_bytes((const unsigned char *) person, (int) strlen(person)) % GROUPS);
}

/* Which groups these are of, as bits. */
static int
groups_of(char *const *persons, int n)
{
	int groups = 0;
	int i;

	for (i = 0; i < n; i++)
		groups |= 1 << group_of(persons[i]);
	return groups;
}

/*
 * Takes groups until the transaction ends, and of several schedulers each its part of them if there are so
 * many: whose turn is first goes round, so that none waits for one who is not there.
 */
static int
take_groups(const Round *round, int wanted)
{
	int parts = Max(round->parts, 1);
	int first = round->part * GROUPS / parts + (int) (round->now / TURN_USEC % GROUPS);
	int taken = 0;
	int n = 0;
	int i;

	for (i = 0; i < GROUPS && n < GROUPS / parts; i++)
	{
		int group = (first + i) % GROUPS;

		if ((wanted & (1 << group)) == 0 ||
			!campaign_alone_try("campaign intake", round->workspace * GROUPS + group))
			continue;
		taken |= 1 << group;
		n++;
	}
	return taken;
}

/* Those that nobody else applies facts of meanwhile; how many are left of n. */
static int
keep_taken(const Round *round, char **persons, int n)
{
	int taken = n > 0 ? take_groups(round, groups_of(persons, n)) : 0;
	int kept = 0;
	int i;

	for (i = 0; i < n; i++)
		if (taken & (1 << group_of(persons[i])))
			persons[kept++] = persons[i];
	return kept;
}

int
campaign_intake_round(const Round *round)
{
	Intake intake = {.round = round};
	IsolatedWork work = {apply_part, hold_person, &intake};
	int expired = campaign_round_is_owner(round) ? campaign_resolution_expire(round) : 0;
	int n = campaign_inbox_persons(round->workspace, round->limit * Max(round->parts, 1),
								   round->fronts, &intake.persons, &intake.gone);

	n = keep_taken(round, intake.persons, n);
	qsort(intake.persons, n, sizeof(char *), compare_persons);
	return expired + campaign_isolation_bisect(&work, n);
}
