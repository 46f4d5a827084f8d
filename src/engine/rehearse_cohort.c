/*
 * rehearse_cohort.c
 *		The slots of a campaign with cohorts as they begin in a rehearsal, and whom each lets in.
 */
#include "engine/rehearse_cohort.h"

#include "store/newcomers.h"
#include "store/zone.h"

static HoursSlot
next_slot(const ImaginedPlaces *places)
{
	const CampaignRow *row = places->campaign;

	return campaign_hours_next_slot(campaign_zone_named(row->time_zone), row->slots, row->n_slots,
									places->begun_until);
}

/* True if a slot begins now, on time or late. Those that are over were missed. */
static bool
turn_clock(Rehearsal *rehearsal)
{
	ImaginedPlaces *places = &rehearsal->places;
	HoursSlot slot;

	if (!campaign_rehearse_places_by_slots(places))
		return false;
	while ((slot = next_slot(places)).starts <= rehearsal->round.now)
	{
		places->begun_until = slot.starts;
		if (slot.ends > rehearsal->round.now)
			return true;
	}
	return false;
}

/* The first who wait, as many as the cohort and the cap let in; how many. */
static int
choose(Rehearsal *rehearsal, Figure ***figures, Newcomer **newcomers)
{
	ImaginedPlaces *places = &rehearsal->places;
	int64 room = Min(places->campaign->cohort_size, places->cap - places->taken);
	int n = 0;
	Figure *figure;

	*figures = palloc(Max(room, 1) * sizeof(Figure *));
	*newcomers = palloc0(Max(room, 1) * sizeof(Newcomer));
	while (n < room && (figure = campaign_rehearse_places_first(places)) != NULL)
	{
		const Enrollment *row = figure->run->row;

		(*newcomers)[n] = (Newcomer){row->id, row->campaign, row->prospect, false};
		(*figures)[n++] = figure;
	}
	return n;
}

int
campaign_rehearse_cohort_begin(Rehearsal *rehearsal)
{
	Figure **figures;
	Newcomer *newcomers;
	int n;
	int i;

	if (!turn_clock(rehearsal))
		return 0;
	n = choose(rehearsal, &figures, &newcomers);
	campaign_newcomers_compare(rehearsal->round.workspace, newcomers, n);
	for (i = 0; i < n; i++)
	{
		if (!newcomers[i].duplicate)
		{
			campaign_rehearse_places_admit(&rehearsal->places, &rehearsal->round,
										   &rehearsal->people, figures[i]);
			continue;
		}
		/* it takes a place of the cohort, and none of the cap */
		campaign_machine_leave(&figures[i]->run->machine, END_END, "duplicate",
							   campaign_rehearse_ledger_empty(rehearsal));
		campaign_rehearse_ledger_apply(rehearsal, figures[i]);
	}
	return n;
}

TimestampTz
campaign_rehearse_cohort_next(const Rehearsal *rehearsal)
{
	const ImaginedPlaces *places = &rehearsal->places;
	HoursSlot slot;

	if (!campaign_rehearse_places_by_slots(places) || places->first == places->n_waiting)
		return DT_NOEND;
	slot = next_slot(places);
	return slot.starts == INSTANT_NEVER ? DT_NOEND : slot.starts;
}
