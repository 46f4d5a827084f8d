/*
 * inbox.h
 *		Rows of campaign.inbox: what was reported and is not yet applied.
 */
#ifndef CAMPAIGN_INBOX_H
#define CAMPAIGN_INBOX_H

#include "postgres.h"
#include "store/fronts.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

typedef struct InboxRow
{
	int64 id;
	const char *kind;
	const char *person;
	int64 prospect;
	int64 account;    /* 0 = not said */
	int64 enrollment; /* 0 = every run of the person */
	int64 action;
	const char *outcome; /* NULL = a fact; else complete, skipped, failed, refused, expired */
	const char *code;
	const char *actor;
	TimestampTz occurred_at;
	Jsonb *detail;
} InboxRow;

/* Prospects that are no more, of whom something waits: the rows name their persons. */
typedef struct GoneProspects
{
	int64 *ids;
	int n;
} GoneProspects;

/* Persons of up to limit rows, oldest first: distinct; and those of the rows' prospects that are no more. */
extern int campaign_inbox_persons(int64 workspace, int limit, Fronts *fronts, char ***persons,
								  GoneProspects *gone);

/* All rows of these persons, those of prospects that are no more as far as these are named, by person, then (occurred_at, id). */
extern int campaign_inbox_read(int64 workspace, char **persons, int n, const GoneProspects *gone,
							   InboxRow **rows);

extern void campaign_inbox_add(int64 workspace, const InboxRow *rows, int n);

/* What is there of this person is not read any more until it is let go. */
extern void campaign_inbox_hold(int64 workspace, const char *person, const GoneProspects *gone,
								const char *reason);

extern void campaign_inbox_delete(int64 workspace, const int64 *ids, int n);

#endif
