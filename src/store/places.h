/*
 * places.h
 *		The places of campaigns: how many are taken, who waits for one, and who has to look.
 *
 * A campaign has as many places as its setting active_cap says. Every active run has one, but those of
 * status blocked, which wait over the cap. How many are taken is the sum of counters of kind place:
 * plus one for whoever comes in, less one for whoever leaves or is blocked, each in the transaction
 * that does it. So the sum of a snapshot is right for that snapshot, and nobody waits for anybody.
 */
#ifndef CAMPAIGN_PLACES_H
#define CAMPAIGN_PLACES_H

#include "postgres.h"
#include "utils/timestamp.h"

#include "store/counters.h"

typedef struct Places
{
	int64 campaign;
	int64 taken;
	int deltas;   /* rows of which the sum was made */
	bool awaited; /* somebody waits over the cap */
} Places;

/* Somebody who has come in. */
typedef struct Admitted
{
	int64 enrollment;
	int64 prospect;
} Admitted;

/* A campaign whose places somebody has asked to be looked at. */
typedef struct PlaceRequest
{
	int64 id;
	int64 campaign;
} PlaceRequest;

/* How it stands with these campaigns, in their order. */
extern void campaign_places_read(int64 workspace, const int64 *campaigns, int n, Places *places);

/*
 * Held until the transaction ends, by rounds alone: whoever gives places away, or lets newcomers pass
 * in a campaign where somebody waits, takes it first and reads again.
 */
extern void campaign_places_lock(int64 campaign);

/* Sums up the deltas of a campaign; it is locked. */
extern void campaign_places_fold(int64 workspace, int64 campaign);

/* Notes that n places more (or, below 0, fewer) are taken. */
extern void campaign_places_count(Counters *counters, int64 campaign, int64 n);

/*
 * Lets in at most max of those who wait, first come first served, passing over locked ones: due at
 * now, or when the campaign starts, or parked where it does not run. Nobody comes in while a first
 * batch has not been continued. Not counted here.
 */
extern int campaign_places_fill(int64 workspace, int64 campaign, int max, bool live,
								TimestampTz now, Admitted **admitted);

/*
 * Requests of a workspace, at most max, and whether slots of it are due at now; and those of these ids, or
 * of no campaign any more, taken away.
 */
extern int campaign_places_requests(int64 workspace, int max, TimestampTz now,
									PlaceRequest **requests, bool *slots_due);
extern void campaign_places_answered(int64 workspace, const int64 *ids, int n);

/* Asks the rounds to look at these campaigns once this transaction has committed. */
extern void campaign_places_request(int64 workspace, const int64 *campaigns, int n);

#endif
