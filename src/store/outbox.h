/*
 * outbox.h
 *		Rows of campaign.outbox: what channels that need no network were given.
 */
#ifndef CAMPAIGN_OUTBOX_H
#define CAMPAIGN_OUTBOX_H

#include "postgres.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

typedef struct OutboxRow
{
	int64 channel;
	int64 account;
	int64 action;
	int64 prospect;
	const char *kind;
	const char *key;
	Jsonb *content;
} OutboxRow;

/* A key that is there already is an error: it would be a second delivery. */
extern void campaign_outbox_add(int64 workspace, const OutboxRow *rows, int n, TimestampTz at);

#endif
