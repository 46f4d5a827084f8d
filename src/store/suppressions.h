/*
 * suppressions.h
 *		Rows of campaign.suppression that facts add: opt-outs, complaints.
 */
#ifndef CAMPAIGN_SUPPRESSIONS_H
#define CAMPAIGN_SUPPRESSIONS_H

#include "postgres.h"
#include "utils/timestamp.h"

typedef struct Suppression
{
	const char *kind; /* email, domain, linkedin, person */
	const char *value;
	const char *reason;
} Suppression;

/*
 * Part of a statement: whether the stop list of workspace $1 names the prospect p. It says what
 * campaign.is_suppressed() says, which costs four times as much, being called for each row.
 */
#define SUPPRESSED                                                                                 \
	"(EXISTS (SELECT FROM campaign.suppression s WHERE s.workspace_id = $1"                        \
	" AND s.kind = 'person' AND s.value = p.person_key)"                                           \
	" OR EXISTS (SELECT FROM campaign.suppression s WHERE s.workspace_id = $1"                     \
	" AND (s.kind, s.value) IN (('email', pg_catalog.lower(p.email)),"                             \
	" ('email', pg_catalog.lower(p.professional_email)),"                                          \
	" ('domain', pg_catalog.lower(pg_catalog.split_part(p.email, '@', 2))),"                       \
	" ('domain', pg_catalog.lower(pg_catalog.split_part(p.professional_email, '@', 2))),"          \
	" ('linkedin', pg_catalog.lower(p.linkedin_url)))))"

/* Adds what is not there yet. */
extern void campaign_suppressions_add(int64 workspace, const Suppression *suppressions, int n,
									  TimestampTz now);

#endif
