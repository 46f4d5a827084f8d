/*
 * invited.h
 *		Invitations that have left: whose they are, and whether they said something.
 */
#ifndef CAMPAIGN_INVITED_H
#define CAMPAIGN_INVITED_H

#include "postgres.h"
#include "utils/date.h"
#include "utils/timestamp.h"

typedef struct Invited
{
	int64 action;
	int64 campaign;
	int64 enrollment;
	int64 prospect;
	int64 account;
	int step;
	bool with_note;
	DateADT day; /* today in the campaign's time zone */
} Invited;

/* Those of the actions that are invitations, ordered by action. */
extern int campaign_invited_read(int64 workspace, const int64 *actions, int n, TimestampTz now,
								 Invited **invited);

#endif
