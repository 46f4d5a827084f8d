/*
 * exchanges.h
 *		How far actions have come at services that adapters speak to: rows of campaign.exchange, and
 *		what those services call people.
 */
#ifndef CAMPAIGN_EXCHANGES_H
#define CAMPAIGN_EXCHANGES_H

#include "postgres.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

typedef struct Exchange
{
	int64 action;
	int position;
	bool looking;
	bool maybe_sent;
	bool alone; /* it shares no request any more */
	int attempts_before;
	Jsonb *request; /* frozen; NULL = not yet */
	Jsonb *results; /* an object */
	/* read beside it */
	bool is_new;    /* there is no row yet */
	Jsonb *kept;    /* an object */
	Jsonb *content; /* of the action; NULL before its first start */
	int64 prospect;
	int64 account;
} Exchange;

typedef struct ExchangeKey
{
	int64 action;
	int64 prospect;
	int64 account;
} ExchangeKey;

/* Of each action, in the order of the keys; those without a row are new, and stand at position 0. */
extern void campaign_exchanges_read(int64 workspace, const ExchangeKey *keys, int n,
									Exchange *exchanges);

extern void campaign_exchanges_write(int64 workspace, const Exchange *exchanges, int n);

/* A value that a service gave: of the prospect at the account. */
typedef struct KeptValue
{
	int64 prospect;
	int64 account;
	const char *name;
	JsonbValue *value;
} KeptValue;

extern void campaign_exchanges_keep(int64 workspace, const KeptValue *values, int n);

/* What these were to say is rendered anew when they start again, unless somebody has approved it. */
extern void campaign_exchanges_forget(int64 workspace, const int64 *actions, int n);

/* These lanes start nothing before these times; they stay closed for longer if they were. */
extern void campaign_exchanges_close_lanes(int64 workspace, const int64 *lanes,
										   const TimestampTz *until, int n);

#endif
