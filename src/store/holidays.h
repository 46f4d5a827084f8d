/*
 * holidays.h
 *		Days on which no business is done, for everybody and by the prospects' countries.
 */
#ifndef CAMPAIGN_HOLIDAYS_H
#define CAMPAIGN_HOLIDAYS_H

#include "postgres.h"
#include "utils/date.h"

typedef struct Holiday
{
	char *country; /* in lower case; NULL = everywhere */
	DateADT day;
} Holiday;

typedef struct ProspectCountry
{
	int64 prospect;
	char *country; /* in lower case */
} ProspectCountry;

/* Where these prospects are, in their order; those of whom it is not known are left out. */
extern int campaign_holidays_countries(int64 workspace, const int64 *prospects, int n,
									   ProspectCountry **countries);

/* The holidays of everybody and of these countries, in order of days. */
extern int campaign_holidays_read(int64 workspace, const ProspectCountry *countries, int n,
								  Holiday **holidays);

#endif
