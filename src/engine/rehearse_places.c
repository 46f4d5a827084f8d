/*
 * rehearse_places.c
 *		The cap of active runs in a rehearsal, and who waits.
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
campaign_rehearse_places_open(ImaginedPlaces *places, const Round *round, People *people,
							  TimestampTz slots_since)
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
	places->campaign = people->runs.items[0].campaign->row;
	places->cap = places->campaign->active_cap;
	places->begun_until = slots_since;
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
		if (!campaign_rehearse_places_by_slots(places) && places->n_waiting == 0 &&
			places->taken < places->cap)
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

bool
campaign_rehearse_places_by_slots(const ImaginedPlaces *places)
{
	return places->campaign != NULL && places->campaign->cohort_size >= 0;
}

Figure *
campaign_rehearse_places_first(ImaginedPlaces *places)
{
	while (places->first < places->n_waiting)
	{
		Figure *figure = places->waiting[places->first++];

		/* whom a slot would let in, but for what holds him, is passed over by it */
		if (figure->run->row->end_kind == NULL &&
			(figure->run->row->held == NULL || !campaign_rehearse_places_by_slots(places)))
			return figure;
	}
	return NULL;
}

void
campaign_rehearse_places_admit(ImaginedPlaces *places, const Round *round, People *people,
							   Figure *figure)
{
	Enrollment *row = figure->run->row;

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
}

int
campaign_rehearse_places_fill(ImaginedPlaces *places, const Round *round, People *people)
{
	int came = 0;
	Figure *figure;

	if (campaign_rehearse_places_by_slots(places))
		return 0;
	while (places->taken < places->cap && came < round->limit &&
		   (figure = campaign_rehearse_places_first(places)) != NULL)
	{
		campaign_rehearse_places_admit(places, round, people, figure);
		came++;
	}
	return came;
}
