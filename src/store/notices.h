/*
 * notices.h
 *		Rows of campaign.notice: what members are told over channels of the network.
 */
#ifndef CAMPAIGN_NOTICES_H
#define CAMPAIGN_NOTICES_H

#include "postgres.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "core/retry.h"
#include "store/lanes.h"

/* One that is under way, or was taken to be. */
typedef struct Notice
{
	int64 id;
	char *key;
	Jsonb *content;
	ReadyLane
		lane;    /* what its channel needs; not usable = the channel is gone, or lacks its secret */
	int attempt; /* its number, from 1 */
	bool maybe_sent;
	bool dotted; /* of a mail: its dot may have left */
	RetryLadder ladder;
	TimestampTz key_ends_at; /* the gateway knows the key until then; DT_NOEND = for ever */
} Notice;

/* What becomes of one. */
typedef struct NoticeChange
{
	int64 id;
	const char *state;
	bool maybe_sent;
	TimestampTz not_before;  /* DT_NOEND = unchanged */
	TimestampTz finished_at; /* DT_NOEND = null */
	Jsonb *outcome;
} NoticeChange;

/* Takes up to limit that wait: they are under way with this incarnation. */
extern int campaign_notices_take(int64 workspace, TimestampTz now, int limit, int64 incarnation,
								 Notice **notices);

/* Those of this incarnation, locked: of these ids, or all where ids is NULL. */
extern int campaign_notices_open(int64 workspace, int64 incarnation, const int64 *ids, int n,
								 Notice **notices);

/* What becomes of some that are locked. */
extern void campaign_notices_change(int64 workspace, const NoticeChange *changes, int n);

/* Notes that the dot of this mail may leave; false if it is not under way with this incarnation. */
extern bool campaign_notices_dot(int64 workspace, int64 incarnation, int64 id, TimestampTz now);

/* Those that other incarnations have under way: their workspaces and incarnations, each pair once. */
extern int campaign_notices_foreign(int64 incarnation, int64 **workspaces, int64 **incarnations);

#endif
