/*
 * run_calendar.c
 *		What the delays of runs go by that are no lengths of time.
 */
#include "engine/run_calendar.h"

#include "engine/date_value.h"
#include "engine/run_prospects.h"
#include "store/holidays.h"
#include "store/zone.h"

static int
compare_prospect(const void *key, const void *row)
{
	int64 left = *(const int64 *) key;
	int64 right = ((const ProspectCountry *) row)->prospect;

	return left < right ? -1 : left > right;
}

static int
compare_country(const void *a, const void *b)
{
	return compare_prospect(&((const ProspectCountry *) a)->prospect, b);
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

/* Behind those of prospects: where those are who are none; how many there are then. */
static int
imagine_countries(const ImaginedProspects *imagined, ProspectCountry **countries, int n)
{
	int i;

	if (imagined == NULL || imagined->n == 0)
		return n;
	*countries = repalloc(*countries, (n + imagined->n) * sizeof(ProspectCountry));
	for (i = 0; i < imagined->n; i++)
		if (imagined->items[i].country != NULL)
			(*countries)[n++] = (ProspectCountry){-i - 1, imagined->items[i].country};
	qsort(*countries, n, sizeof(ProspectCountry), compare_country);
	return n;
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
	n_countries = imagine_countries(runs->round->imagined, &countries, n_countries);
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

/* All dates of the run's campaign, of which there are few. */
static void
give_dates(Run *run, const DocumentQuestion *questions)
{
	const Definition *definition = run->campaign->definition;
	Instant *dates = palloc(Max(definition->n_dates, 1) * sizeof(Instant));
	int i;

	for (i = 0; i < definition->n_dates; i++)
		dates[i] = campaign_date_value_instant(&definition->dates[i], questions[i].value,
											   run->calendar.zone);
	run->calendar.dates = dates;
	run->states |= GRAPH_STATE_PATHS_KNOWN;
}

/* One that is not due does not come to a date: what is reported of it comes first, and may change it. */
static void
read_dates(Runs *runs, const unsigned *reads)
{
	DocumentKey *keys = palloc(Max(runs->n, 1) * sizeof(DocumentKey));
	Run **asked = palloc(Max(runs->n, 1) * sizeof(Run *));
	DocumentQuestion *questions;
	int n_questions = 0;
	int n = 0;
	int i;
	int k;

	for (i = 0; i < runs->n; i++)
	{
		Run *run = &runs->items[i];

		if ((reads[i] & GRAPH_READS_DATES) == 0 || run->row->due_at > runs->round->now ||
			run->row_missing)
			continue;
		keys[n] = campaign_run_prospects_document(run);
		asked[n++] = run;
		n_questions += run->campaign->definition->n_dates;
	}
	if (n == 0)
		return;
	questions = palloc0(n_questions * sizeof(DocumentQuestion));
	n_questions = 0;
	for (i = 0; i < n; i++)
		for (k = 0; k < asked[i]->campaign->definition->n_dates; k++)
		{
			questions[n_questions].document = i;
			questions[n_questions++].path = asked[i]->campaign->definition->dates[k].path;
		}
	campaign_documents_values(runs->round->workspace, runs->round->now, keys, n, questions,
							  n_questions);
	n_questions = 0;
	for (i = 0; i < n; i++)
	{
		give_dates(asked[i], &questions[n_questions]);
		n_questions += asked[i]->campaign->definition->n_dates;
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
	read_dates(runs, reads);
}
