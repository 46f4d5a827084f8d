/*
 * imagined.h
 *		Prospects that are not there: whom rows of a source would become, as rehearsals take them.
 *
 * Nothing is written of them, so no statement finds them. They have ids of their own, below 0, and what
 * statements would tell of a prospect is taken from here for these ids.
 */
#ifndef CAMPAIGN_IMAGINED_H
#define CAMPAIGN_IMAGINED_H

#include "postgres.h"
#include "utils/jsonb.h"

typedef struct ImaginedProspect
{
	Datum columns;   /* a row of campaign.prospect */
	Jsonb *document; /* what paths see of it */
	char *external_id;
	char *person;
	char *email;              /* or NULL */
	char *professional_email; /* or NULL */
	char *country;            /* in lower case, or NULL */
	bool opted_in;
} ImaginedProspect;

typedef struct ImaginedProspects
{
	ImaginedProspect *items; /* the id of the first is -1, of the second -2, and so on */
	int n;
} ImaginedProspects;

/* Of rows of campaign.prospect, and as many documents. */
extern ImaginedProspects *campaign_imagined_make(const Datum *rows, const Datum *documents, int n);

/* The one of this id; NULL if it is a prospect's, or nobody is imagined (all NULL). */
extern const ImaginedProspect *campaign_imagined_find(const ImaginedProspects *all, int64 prospect);

#endif
