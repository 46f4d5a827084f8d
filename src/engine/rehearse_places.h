/*
 * rehearse_places.h
 *		The cap of active runs in a rehearsal: how many are inside, and who waits for a place.
 */
#ifndef CAMPAIGN_REHEARSE_PLACES_H
#define CAMPAIGN_REHEARSE_PLACES_H

#include "engine/rehearse_people.h"

typedef struct ImaginedPlaces
{
	int64 taken;
	int64 cap;
	Figure **waiting; /* in the order in which they come in */
	int n_waiting;
	int first; /* of those who have not come in yet */
} ImaginedPlaces;

/* Who is inside has his place; newcomers get one or wait, in their order. */
extern void campaign_rehearse_places_open(ImaginedPlaces *places, const Round *round,
										  People *people);

/* A run that has ended gives up its place, if it had one. */
extern void campaign_rehearse_places_free(ImaginedPlaces *places, const Figure *figure);

/* Lets in whoever waits, as far as there are places; how many. */
extern int campaign_rehearse_places_fill(ImaginedPlaces *places, const Round *round,
										 People *people);

#endif
