/*
 * run_calendar.c
 *		What the delays of runs go by that are no lengths of time.
 */
#include "engine/run_calendar.h"

#include "store/holidays.h"
#include "store/zone.h"

static int
compare_prospect(const void *key, const void *row)
{
	int64 left = *(const int64 *) key;
	int64 right = ((const ProspectCountry *) row)->prospect;

	return left < right ? -1 : left > right;
}

/* The days of everybody and of this country. */
static void
give_holidays(Run *run, const Holiday *holidays, int n, const char *country)
{
	Day *days = palloc(Max(n, 1) * sizeof(Day));
	int kept = 0;
	int i;

	for (i = 0; i < n; i++)
		if (holidays[i].country == NULL ||
			(country != NULL && strcmp(holidays[i].country, country) == 0))
			days[kept++] = holidays[i].day;
	run->calendar.holidays = days;
	run->calendar.n_holidays = kept;
}

static void
read_holidays(Runs *runs, const unsigned *reads)
{
	int64 *prospects = palloc(Max(runs->n, 1) * sizeof(int64));
	ProspectCountry *countries;
	Holiday *holidays;
	int n_countries;
	int n_holidays;
	int n = 0;
	int i;

	for (i = 0; i < runs->n; i++)
		if (reads[i] & GRAPH_READS_HOLIDAYS)
			prospects[n++] = runs->items[i].row->prospect;
	if (n == 0)
		return;
	n_countries = campaign_holidays_countries(runs->round->workspace, prospects, n, &countries);
	n_holidays = campaign_holidays_read(runs->round->workspace, countries, n_countries, &holidays);
	for (i = 0; i < runs->n; i++)
	{
		Run *run = &runs->items[i];
		ProspectCountry *country;

		if ((reads[i] & GRAPH_READS_HOLIDAYS) == 0)
			continue;
		country = bsearch(&run->row->prospect, countries, n_countries, sizeof(ProspectCountry),
						  compare_prospect);
		give_holidays(run, holidays, n_holidays, country == NULL ? NULL : country->country);
	}
}

void
campaign_run_calendar_read(Runs *runs, const unsigned *reads)
{
	const CompiledCampaign *known = NULL;
	Zone zone = {0};
	int i;

	for (i = 0; i < runs->n; i++)
	{
		Run *run = &runs->items[i];

		if (!run->campaign->graph->by_calendar)
			continue;
		if (run->campaign != known)
			zone = campaign_zone_named(run->campaign->row->time_zone);
		known = run->campaign;
		run->calendar.zone = zone;
		run->calendar.slots = known->row->slots;
		run->calendar.n_slots = known->row->n_slots;
		run->machine.calendar = &run->calendar;
	}
	if (known == NULL)
		return;
	read_holidays(runs, reads);
}
