/*
 * rehearse_people.c
 *		Whose runs a rehearsal lives through.
 */
#include "engine/rehearse_people.h"

#include "utils/fmgrprotos.h"

#include "engine/run_calendar.h"
#include "engine/run_prospects.h"

/* The timers of runs are put aside while they are read, so that all is read of each. */
typedef struct Timer
{
	TimestampTz due_at;
	TimestampTz parked_due_at;
} Timer;

/* Who is due first; of those who are due at once, whoever was so first. */
static int
compare_timers(const pairingheap_node *a, const pairingheap_node *b, void *arg)
{
	const Figure *left = pairingheap_const_container(Figure, timer, a);
	const Figure *right = pairingheap_const_container(Figure, timer, b);

	if (left->due_at != right->due_at)
		return left->due_at < right->due_at ? 1 : -1;
	return left->stamp < right->stamp ? 1 : -1;
}

static int
compare_persons(const void *a, const void *b)
{
	const Figure *left = *(Figure *const *) a;
	const Figure *right = *(Figure *const *) b;
	int order = strcmp(left->run->row->person, right->run->row->person);

	if (order != 0)
		return order;
	return left < right ? -1 : left > right;
}

/* As launch() and resume() have them go on. */
static void
revive(Run *run, TimestampTz now)
{
	Enrollment *row = run->row;
	const Graph *graph = run->campaign->graph;
	bool watched = graph->goal.source != GRAPH_ALWAYS || graph->exit_if.source != GRAPH_ALWAYS;
	TimestampTz due = row->due_at;
	TimestampTz parked = row->parked_due_at;

	if (!campaign_runs_moves(run) ||
		(parked == DT_NOEND && (row->halt != RUN_ON_CONDITION || due <= now || due == DT_NOEND)))
		return;
	row->parked_due_at = DT_NOEND;
	if (row->halt == RUN_AT_ENTRY)
		row->due_at = Max(parked, now);
	else if (row->halt == RUN_ON_CONDITION)
		row->due_at = Min(Min(due, parked), now);
	else
		row->due_at = watched ? now : parked;
	if (row->halt == RUN_AT_ENTRY && row->step == 0)
		row->base_at = Max(row->base_at, now);
	if (watched && (row->halt == RUN_ON_DELAY || row->halt == RUN_ON_CONDITION))
		row->parked_due_at = parked != DT_NOEND ? parked : due;
}

static void
set_timer(Run *run, const Timer *timer, bool parked, TimestampTz now)
{
	Enrollment *row = run->row;

	row->due_at = timer->due_at;
	row->parked_due_at = timer->parked_due_at;
	if (parked)
		revive(run, now);
	run->machine.base = row->base_at;
	run->machine.due_at = row->parked_due_at != DT_NOEND ? row->parked_due_at : row->due_at;
	if (row->halt == RUN_ON_ACTION || row->halt == RUN_ON_STAGE)
	{
		run->machine.due_at = DT_NOEND;
		row->due_at = DT_NOEND;
	}
}

/* Those inside, and behind them who begins now; how many. */
static int
read_rows(const Round *round, const RehearsalRequest *request, Enrollment **rows)
{
	Enrollment *inside;
	int n = campaign_enrollments_inside(round->workspace, request->campaign, request->prospects,
										Max(request->n_prospects, 0), request->n_prospects < 0,
										&inside);

	*rows = palloc(Max(n + request->n_newcomers, 1) * sizeof(Enrollment));
	memcpy(*rows, inside, n * sizeof(Enrollment));
	pfree(inside);
	campaign_enrollments_imagine(round->workspace, request->campaign, request->newcomers,
								 request->n_newcomers, round->imagined, round->now, *rows + n);
	return n + request->n_newcomers;
}

/* True if a path of the campaign has the variable that stands for the present time. */
static bool
asks_time(const Definition *definition)
{
	int i;

	for (i = 0; i < definition->n_paths; i++)
	{
		Datum text = DirectFunctionCall1(jsonpath_out, PointerGetDatum(definition->paths[i]));

		if (strstr(DatumGetCString(text), "$\"now\"") != NULL)
			return true;
	}
	return false;
}

/* All days and dates that any step may ask for, not only those of the steps that come next. */
static void
read_calendar(Runs *runs)
{
	unsigned *reads = palloc(Max(runs->n, 1) * sizeof(unsigned));
	int i;

	for (i = 0; i < runs->n; i++)
		reads[i] = GRAPH_READS_HOLIDAYS |
				   (runs->items[i].campaign->definition->n_dates > 0 ? GRAPH_READS_DATES : 0);
	campaign_run_calendar_read(runs, reads);
}

/* The rows of all who are due now, which is everybody, for what any step may ask of them. */
static void
read_sources(Runs *runs)
{
	int i;

	campaign_run_prospects_rows(runs);
	for (i = 0; i < runs->n; i++)
		if (runs->items[i].row_missing)
			ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
							errmsg("the source of the campaign's audience cannot be read"),
							errdetail("Steps of the campaign ask about its rows."),
							errhint("SELECT * FROM campaign.preflight(" INT64_FORMAT ") says why.",
									runs->items[i].row->campaign)));
}

void
campaign_rehearse_people_open(People *people, const Round *round, const RehearsalRequest *request)
{
	Enrollment *rows;
	int n = read_rows(round, request, &rows);
	Timer *timers = palloc(Max(n, 1) * sizeof(Timer));
	int i;

	for (i = 0; i < n; i++)
	{
		timers[i] = (Timer){rows[i].due_at, rows[i].parked_due_at};
		rows[i].due_at = round->now;
		rows[i].parked_due_at = DT_NOEND;
	}
	memset(people, 0, sizeof(*people));
	campaign_runs_open(&people->runs, round, rows, n, RUNS_FACTS_ALL, false);
	read_sources(&people->runs);
	read_calendar(&people->runs);
	people->n = people->runs.n;
	people->timers = pairingheap_allocate(compare_timers, NULL);
	people->figures = palloc0(Max(people->n, 1) * sizeof(Figure));
	people->by_person = palloc(Max(people->n, 1) * sizeof(Figure *));
	for (i = 0; i < people->runs.campaigns->n; i++)
	{
		CompiledCampaign *campaign = &people->runs.campaigns->items[i];
		CampaignRow *row = palloc(sizeof(CampaignRow));

		*row = *campaign->row;
		row->live = true;
		campaign->row = row;
		people->asks_time = asks_time(campaign->definition);
	}
	for (i = 0; i < people->n; i++)
	{
		Figure *figure = &people->figures[i];

		figure->run = &people->runs.items[i];
		if (figure->run->imagined != NULL)
			figure->attributes = figure->run->imagined->document;
		people->by_person[i] = figure;
		set_timer(figure->run, &timers[i], request->parked, round->now);
		figure->due_at = figure->run->row->due_at;
		figure->stamp = people->stamps++;
		figure->timed = figure->due_at != DT_NOEND;
		if (figure->timed)
			pairingheap_add(people->timers, &figure->timer);
	}
	qsort(people->by_person, people->n, sizeof(Figure *), compare_persons);
}

void
campaign_rehearse_people_schedule(People *people, Figure *figure, TimestampTz now)
{
	Run *run = figure->run;
	TimestampTz due = run->row->due_at;

	if (figure->timed)
		pairingheap_remove(people->timers, &figure->timer);
	if (due > now && due < run->machine.due_at && !people->asks_time)
		due = run->machine.due_at;
	figure->timed = due != DT_NOEND && campaign_runs_moves(run);
	figure->due_at = due;
	figure->stamp = people->stamps++;
	if (figure->timed)
		pairingheap_add(people->timers, &figure->timer);
}

int
campaign_rehearse_people_due(People *people, TimestampTz now, int limit, Figure **figures)
{
	int n = 0;

	while (n < limit && campaign_rehearse_people_next(people) <= now)
	{
		pairingheap_node *node = pairingheap_remove_first(people->timers);

		figures[n] = pairingheap_container(Figure, timer, node);
		figures[n++]->timed = false;
	}
	return n;
}

TimestampTz
campaign_rehearse_people_next(const People *people)
{
	if (pairingheap_is_empty(people->timers))
		return DT_NOEND;
	return pairingheap_container(Figure, timer, pairingheap_first(people->timers))->due_at;
}

int
campaign_rehearse_people_person(const People *people, const char *person)
{
	int low = 0;
	int high = people->n;

	while (low < high)
	{
		int middle = (low + high) / 2;

		if (strcmp(people->by_person[middle]->run->row->person, person) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
