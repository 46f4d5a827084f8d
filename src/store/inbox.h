/*
 * inbox.h
 *		Rows of campaign.inbox: what was reported and is not yet applied.
 */
#ifndef CAMPAIGN_INBOX_H
#define CAMPAIGN_INBOX_H

#include "postgres.h"
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

/* Persons of up to limit rows, oldest first: distinct. */
extern int campaign_inbox_persons(int64 workspace, int limit, char ***persons);

/* All rows of these persons, by person, then (occurred_at, id). */
extern int campaign_inbox_read(int64 workspace, char **persons, int n, InboxRow **rows);

extern void campaign_inbox_add(int64 workspace, const InboxRow *rows, int n);

/* What is there of this person is not read any more until it is let go. */
extern void campaign_inbox_hold(int64 workspace, const char *person, const char *reason);

extern void campaign_inbox_delete(int64 workspace, const int64 *ids, int n);

#endif
