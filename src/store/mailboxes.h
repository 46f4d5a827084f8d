/*
 * mailboxes.h
 *		Rows of campaign.mailbox, and how far each mailbox has been read.
 *
 * Two statements here look across workspaces: which mailboxes are due, and when the next one is.
 */
#ifndef CAMPAIGN_MAILBOXES_H
#define CAMPAIGN_MAILBOXES_H

#include "postgres.h"
#include "utils/timestamp.h"

typedef struct Mailbox
{
	int64 workspace;
	int64 id;
	char *version; /* of its row: another one once it was altered */
	char *url;
	char *login;
	char *secret; /* its value, or NULL: there is none of that name */
	char *folder;
	char *since;      /* as 22-Nov-2026 */
	char *since_anew; /* the same, as far back as it is known what was read */
	bool is_token;
	bool marks_seen;
	char *move_to; /* what was about somebody is moved into this folder; NULL = nothing is moved */
	char *moves;   /* the first of the UIDs that are to be moved, as 3,7; NULL = none */
	int n_moves;
	bool keeps_text;
	bool allow_clear;
	bool allow_private;
	int64 poll_ms;
	uint32 uid_validity; /* 0 = never read */
	uint32 last_uid;
	uint32 marked_uid;
	int failures;
} Mailbox;

/* UIDs of Mailbox.moves. */
#define MAILBOX_MOVES_MAX 40

/* At most max mailboxes that are due at now, beside these, which are being read. */
extern int campaign_mailboxes_due(TimestampTz now, const int64 *busy, int n_busy, int max,
								  Mailbox **mailboxes);

/* When the next one is due, beside these; DT_NOEND: none ever. */
extern TimestampTz campaign_mailboxes_next(const int64 *busy, int n_busy);

/*
 * Locks how far it was read. False if it was altered, or read by somebody else since: then nothing
 * that was found in it may be written.
 */
extern bool campaign_mailboxes_lock(const Mailbox *mailbox);

/* A message was applied: everything up to it is. If it was about somebody, it may be to be moved. */
extern void campaign_mailboxes_advance(const Mailbox *mailbox, uint32 uid_validity, uint32 uid,
									   bool matched);

typedef struct MailboxReading
{
	uint32 uid_validity;
	uint32 upto;           /* all up to here is applied */
	uint32 marked;         /* and marked up to here */
	int n_moved;           /* of the UIDs that were to be moved, the first */
	const char *not_moved; /* why none were, NULL = nothing went wrong */
} MailboxReading;

/* A reading is over. */
extern void campaign_mailboxes_read(const Mailbox *mailbox, const MailboxReading *reading,
									TimestampTz now, TimestampTz next);

/* It could not be read. */
extern void campaign_mailboxes_failed(const Mailbox *mailbox, const char *code, const char *detail,
									  TimestampTz now, TimestampTz next);

#endif
