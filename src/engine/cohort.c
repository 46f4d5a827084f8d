/*
 * cohort.c
 *		The slots of campaigns with cohorts as they begin, and the newcomers that each lets in.
 *
 * Everything is set-wise over all campaigns that are due: many begin at the same minute.
 */
#include "engine/cohort.h"

#include "miscadmin.h"

#include "store/campaigns.h"
#include "store/counters.h"
#include "store/events.h"
#include "store/newcomers.h"
#include "store/occurrences.h"
#include "store/places.h"
#include "store/wake.h"
#include "store/zone.h"

/* So many slots of one campaign are written down as missed in one round; the others in the next. */
#define MISSED_MAX 100
/* A slot that begins later than this after its start is late. */
#define LATE_USEC USECS_PER_MINUTE

typedef struct Cohorts
{
	const Round *round;
	SlotClock *clocks;
	int n_clocks;
	CampaignRow *rows;
	int n_rows;
	Occurrence *items;
	int n;
	int max;
	Newcomer *newcomers;
	int n_newcomers;
	EventLog events;
	Counters counters;
} Cohorts;

static const CampaignRow *
find_row(const Cohorts *cohorts, int64 campaign)
{
	int i;

	for (i = 0; i < cohorts->n_rows; i++)
		if (cohorts->rows[i].id == campaign)
			return &cohorts->rows[i];
	return NULL;
}

/* It begins in this round. */
static bool
begins(const Occurrence *item)
{
	return item->added && item->begun_at != DT_NOEND;
}

static Occurrence *
add_occurrence(Cohorts *cohorts, const CampaignRow *row, HoursSlot slot)
{
	TimestampTz now = cohorts->round->now;
	Occurrence *item;

	if (cohorts->n == cohorts->max)
	{
		cohorts->max = Max(2 * cohorts->max, 64);
		cohorts->items = cohorts->items == NULL
							 ? palloc(cohorts->max * sizeof(Occurrence))
							 : repalloc(cohorts->items, cohorts->max * sizeof(Occurrence));
	}
	item = &cohorts->items[cohorts->n++];
	memset(item, 0, sizeof(*item));
	item->campaign = row->id;
	item->starts_at = slot.starts;
	item->ends_at = slot.ends;
	item->day = campaign_calendar_local_day(campaign_zone_named(row->time_zone), slot.starts);
	item->cohort_size = row->cohort_size;
	item->begun_at = slot.ends > now ? now : DT_NOEND;
	item->state = slot.ends <= now ? "missed" : now - slot.starts > LATE_USEC ? "late" : "running";
	return item;
}

/* The occurrences of this campaign that are due: those that were missed, and one that begins now. */
static void
turn_clock(Cohorts *cohorts, SlotClock *clock, const CampaignRow *row)
{
	Zone zone = campaign_zone_named(row->time_zone);
	HoursSlot slot;
	int i;

	/* of a closed campaign in which nobody is left */
	if (clock->begun_until == DT_NOEND)
		return;
	for (i = 0; i < MISSED_MAX; i++)
	{
		slot = campaign_hours_next_slot(zone, row->slots, row->n_slots, clock->begun_until);
		if (slot.starts > cohorts->round->now)
			break;
		clock->begun_until = slot.starts;
		if (add_occurrence(cohorts, row, slot)->begun_at != DT_NOEND)
			break;
	}
	/* another one that is due already begins in the next round */
	slot = campaign_hours_next_slot(zone, row->slots, row->n_slots, clock->begun_until);
	clock->due_at = slot.starts == INSTANT_NEVER ? DT_NOEND : slot.starts;
}

/* A campaign that a command is just changing is left for the next round. */
static void
turn_clocks(Cohorts *cohorts)
{
	int64 *ids = palloc(Max(cohorts->n_clocks, 1) * sizeof(int64));
	int turned = 0;
	int i;

	for (i = 0; i < cohorts->n_clocks; i++)
		ids[i] = cohorts->clocks[i].campaign;
	cohorts->n_rows =
		campaign_campaigns_lock(cohorts->round->workspace, ids, cohorts->n_clocks, &cohorts->rows);
	for (i = 0; i < cohorts->n_clocks; i++)
	{
		const CampaignRow *row = find_row(cohorts, cohorts->clocks[i].campaign);
		SlotClock clock = cohorts->clocks[i];

		CHECK_FOR_INTERRUPTS();
		if (row == NULL)
			continue;
		if (row->live && row->cohort_size >= 0)
			turn_clock(cohorts, &clock, row);
		ids[turned] = row->id;
		cohorts->clocks[turned++] = clock;
	}
	cohorts->n_clocks = turned;
	campaign_occurrences_end(cohorts->round->workspace, ids, turned, cohorts->round->now);
	campaign_occurrences_add(cohorts->round->workspace, cohorts->items, cohorts->n);
	campaign_occurrences_set_clocks(cohorts->round->workspace, cohorts->clocks, turned);
}

static Occurrence *
begun_of(const Cohorts *cohorts, int64 campaign)
{
	int i;

	for (i = 0; i < cohorts->n; i++)
		if (begins(&cohorts->items[i]) && cohorts->items[i].campaign == campaign)
			return &cohorts->items[i];
	return NULL;
}

/* How many each may let in, by the cap: of those that have begun; how many these are. */
static int
find_room(const Cohorts *cohorts, int64 *campaigns, int *wanted)
{
	Places *places;
	int n = 0;
	int i;

	for (i = 0; i < cohorts->n; i++)
		if (begins(&cohorts->items[i]))
			campaigns[n++] = cohorts->items[i].campaign;
	if (n == 0)
		return 0;
	for (i = 0; i < n; i++)
		campaign_places_lock(campaigns[i]);
	places = palloc(n * sizeof(Places));
	campaign_places_read(cohorts->round->workspace, campaigns, n, places);
	for (i = 0; i < n; i++)
	{
		const CampaignRow *row = find_row(cohorts, campaigns[i]);

		wanted[i] = (int) Max(Min(row->cohort_size, row->active_cap - places[i].taken), 0);
		begun_of(cohorts, campaigns[i])->wanted = wanted[i];
	}
	return n;
}

/* What is missing comes from the audience: enrolled, and so among those who wait. True if any came. */
static bool
find_others(Cohorts *cohorts, const int64 *campaigns, const int *wanted, int n)
{
	int64 *asked = palloc(n * sizeof(int64));
	int *missing = palloc(n * sizeof(int));
	const char **faults = palloc0(n * sizeof(char *));
	int n_asked = 0;
	int next = 0;
	int found;
	int i;

	/* they are in the order of the campaigns */
	for (i = 0; i < n; i++)
	{
		int there = 0;

		while (next < cohorts->n_newcomers && cohorts->newcomers[next].campaign == campaigns[i])
		{
			there++;
			next++;
		}
		if (there >= wanted[i])
			continue;
		asked[n_asked] = campaigns[i];
		missing[n_asked++] = wanted[i] - there;
	}
	found = campaign_newcomers_find(cohorts->round->workspace, asked, missing, n_asked,
									cohorts->round->now, faults);
	for (i = 0; i < n_asked; i++)
		begun_of(cohorts, asked[i])->fault = faults[i];
	return found > 0;
}

static void
let_in(Cohorts *cohorts)
{
	const Round *round = cohorts->round;
	int64 *in = palloc(Max(cohorts->n_newcomers, 1) * sizeof(int64));
	int64 *out = palloc(Max(cohorts->n_newcomers, 1) * sizeof(int64));
	int n_in = 0;
	int n_out = 0;
	int i;

	campaign_newcomers_compare(round->workspace, cohorts->newcomers, cohorts->n_newcomers);
	for (i = 0; i < cohorts->n_newcomers; i++)
	{
		const Newcomer *newcomer = &cohorts->newcomers[i];
		Occurrence *occurrence = begun_of(cohorts, newcomer->campaign);

		occurrence->planned++;
		if (newcomer->duplicate)
		{
			out[n_out++] = newcomer->enrollment;
			continue;
		}
		in[n_in++] = newcomer->enrollment;
		occurrence->admitted++;
		campaign_places_count(&cohorts->counters, newcomer->campaign, 1);
		campaign_events_add(&cohorts->events, "unblocked", newcomer->campaign, newcomer->prospect,
							newcomer->enrollment, 0, 0, round->now, NULL, NULL);
	}
	campaign_newcomers_admit(round->workspace, in, n_in, round->now);
	/* they end at once, and took a place of the cohort */
	if (n_out > 0)
		campaign_advance_leave(round, out, n_out, "end", "duplicate");
}

static char *
utc_text(TimestampTz at)
{
	struct pg_tm tm;
	fsec_t fsec;

	if (timestamp2tm(at, NULL, &tm, &fsec, NULL, NULL) != 0)
		return NULL;
	return psprintf("%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year, tm.tm_mon, tm.tm_mday, tm.tm_hour,
					tm.tm_min, tm.tm_sec);
}

static void
note_occurrences(Cohorts *cohorts)
{
	int i;

	for (i = 0; i < cohorts->n; i++)
	{
		const Occurrence *item = &cohorts->items[i];

		if (item->added)
			campaign_events_add(
				&cohorts->events, item->begun_at == DT_NOEND ? "slot_missed" : "slot_begun",
				item->campaign, 0, 0, 0, -1, cohorts->round->now, NULL,
				campaign_events_detail((const char *[]){
					"starts_at", utc_text(item->starts_at), "ends_at", utc_text(item->ends_at),
					"late", strcmp(item->state, "late") == 0 ? "true" : NULL, "fault", item->fault,
					NULL}));
	}
}

int
campaign_cohort_round(const Round *round)
{
	Cohorts cohorts = {.round = round};
	int64 *campaigns;
	int *wanted;
	int n;

	cohorts.n_clocks =
		campaign_occurrences_due(round->workspace, round->now, round->limit, &cohorts.clocks);
	if (cohorts.n_clocks == 0)
		return 0;
	campaign_events_init(&cohorts.events, round->workspace, round->actor);
	campaign_counters_init(&cohorts.counters, round->workspace);
	turn_clocks(&cohorts);
	campaigns = palloc(Max(cohorts.n, 1) * sizeof(int64));
	wanted = palloc(Max(cohorts.n, 1) * sizeof(int));
	n = find_room(&cohorts, campaigns, wanted);
	if (n > 0)
	{
		cohorts.n_newcomers =
			campaign_newcomers_waiting(round->workspace, campaigns, wanted, n, &cohorts.newcomers);
		if (find_others(&cohorts, campaigns, wanted, n))
			cohorts.n_newcomers = campaign_newcomers_waiting(round->workspace, campaigns, wanted, n,
															 &cohorts.newcomers);
		let_in(&cohorts);
		campaign_occurrences_count(round->workspace, cohorts.items, cohorts.n);
	}
	note_occurrences(&cohorts);
	campaign_events_write(&cohorts.events);
	campaign_counters_write(&cohorts.counters);
	campaign_wake_request(WAKE_SCHEDULER);
	return cohorts.n_clocks;
}
