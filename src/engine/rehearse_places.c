/*
 * rehearse_places.c
 *		The cap of active runs in a rehearsal.
 */
#include "engine/rehearse_places.h"

#include "store/places.h"

static int
compare_waiting(const void *a, const void *b)
{
	const Enrollment *left = (*(Figure *const *) a)->run->row;
	const Enrollment *right = (*(Figure *const *) b)->run->row;

	if (left->started_at != right->started_at)
		return left->started_at < right->started_at ? -1 : 1;
	return *(Figure *const *) a < *(Figure *const *) b ? -1 : 1;
}

static void
wait(ImaginedPlaces *places, Figure *figure, People *people)
{
	Enrollment *row = figure->run->row;

	row->status = "blocked";
	row->was_blocked = true;
	row->due_at = DT_NOEND;
	row->parked_due_at = DT_NOEND;
	figure->run->machine.due_at = DT_NOEND;
	campaign_rehearse_people_schedule(people, figure, row->started_at);
	places->waiting[places->n_waiting++] = figure;
}

void
campaign_rehearse_places_open(ImaginedPlaces *places, const Round *round, People *people)
{
	Places stored;
	int inside = 0;
	int i;

	memset(places, 0, sizeof(*places));
	if (people->n == 0)
		return;
	stored.campaign = people->runs.items[0].row->campaign;
	campaign_places_read(round->workspace, &stored.campaign, 1, &stored);
	places->taken = stored.taken;
	places->cap = people->runs.items[0].campaign->row->active_cap;
	places->waiting = palloc(people->n * sizeof(Figure *));
	for (i = 0; i < people->n && people->runs.items[i].row->id != 0; i++)
	{
		inside++;
		if (people->runs.items[i].row->was_blocked)
			places->waiting[places->n_waiting++] = &people->figures[i];
	}
	qsort(places->waiting, places->n_waiting, sizeof(Figure *), compare_waiting);
	for (i = inside; i < people->n; i++)
	{
		if (places->n_waiting == 0 && places->taken < places->cap)
			places->taken++;
		else
			wait(places, &people->figures[i], people);
	}
}

void
campaign_rehearse_places_free(ImaginedPlaces *places, const Figure *figure)
{
	if (!figure->run->row->was_blocked)
		places->taken--;
}

int
campaign_rehearse_places_fill(ImaginedPlaces *places, const Round *round, People *people)
{
	int came = 0;

	while (places->first < places->n_waiting && places->taken < places->cap && came < round->limit)
	{
		Figure *figure = places->waiting[places->first++];
		Enrollment *row = figure->run->row;

		if (row->end_kind != NULL)
			continue;
		row->status = "in_progress";
		row->was_blocked = false;
		row->base_at = round->now;
		row->step_at = round->now;
		row->due_at = row->held == NULL ? round->now : DT_NOEND;
		row->parked_due_at = row->held == NULL ? DT_NOEND : round->now;
		figure->run->machine.base = round->now;
		figure->run->machine.due_at = round->now;
		campaign_rehearse_people_schedule(people, figure, round->now);
		places->taken++;
		came++;
	}
	return came;
}
