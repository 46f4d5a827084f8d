/*
 * look.h
 *		Looks at audiences: whoever newly matches is taken in without a call.
 *
 * A look runs the SQL of users, and takes as long as that does. So no round of others makes one: they are
 * shared out among two processes of a database, and an audience that takes long holds up none that does not.
 */
#ifndef CAMPAIGN_LOOK_H
#define CAMPAIGN_LOOK_H

#include "postgres.h"
#include "utils/timestamp.h"

typedef enum LookShare
{
	LOOK_ALL, /* all audiences, however long they take: virtual time, and where one process has to do */
	LOOK_QUICK,  /* those of which the last look was quick; this one is given up if it is not */
	LOOK_LENGTHY /* the others */
} LookShare;

typedef struct DueAudience
{
	int64 workspace;
	int64 audience;
} DueAudience;

/* Audiences that are due or asked for, one of each workspace first; into an array of the current context. */
extern int campaign_look_due(TimestampTz now, LookShare share, DueAudience **due, int max);

/* When the next is due: DT_NOBEGIN if one is asked for, DT_NOEND if no campaign uses any. */
extern TimestampTz campaign_look_next(LookShare share);

/*
 * One look; how much it did. 0: it gave way to somebody who is changing the same, and the audience stays
 * due. What took longer than its share allows goes to the other one, and so does what does not any more.
 */
extern int campaign_look(const DueAudience *due, TimestampTz now, LookShare share);

#endif
