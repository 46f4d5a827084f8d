/*
 * rehearse_places.h
 *		The cap of active runs in a rehearsal: how many are inside, and who waits for a place or a slot.
 */
#ifndef CAMPAIGN_REHEARSE_PLACES_H
#define CAMPAIGN_REHEARSE_PLACES_H

#include "engine/rehearse_people.h"

typedef struct ImaginedPlaces
{
	const CampaignRow *campaign; /* NULL = nobody is there */
	TimestampTz begun_until; /* slots that began up to then are over; of a campaign with cohorts */
	int64 taken;
	int64 cap;
	Figure **waiting; /* in the order in which they come in */
	int n_waiting;
	int first; /* of those who have not been looked at yet */
} ImaginedPlaces;

/*
 * Who is inside has his place; newcomers get one or wait, in their order. In a campaign with cohorts all of
 * them wait for a slot that begins after slots_since.
 */
extern void campaign_rehearse_places_open(ImaginedPlaces *places, const Round *round,
										  People *people, TimestampTz slots_since);

/* True if who waits comes in with a slot, which engine/rehearse_cohort begins. */
extern bool campaign_rehearse_places_by_slots(const ImaginedPlaces *places);

/* The first who waits still, who does not any more; NULL = nobody does. */
extern Figure *campaign_rehearse_places_first(ImaginedPlaces *places);

/* Gives a place to one who has waited. */
extern void campaign_rehearse_places_admit(ImaginedPlaces *places, const Round *round,
										   People *people, Figure *figure);

/* A run that has ended gives up its place, if it had one. */
extern void campaign_rehearse_places_free(ImaginedPlaces *places, const Figure *figure);

/* Lets in whoever waits for a place alone, as far as there are some; how many. */
extern int campaign_rehearse_places_fill(ImaginedPlaces *places, const Round *round,
										 People *people);

#endif
