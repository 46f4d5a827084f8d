/*
 * letters.h
 *		What mails have beside their texts: what their account and channel say, and which mail the run
 *		got before. Rows of campaign.letter, by which answers are matched.
 */
#ifndef CAMPAIGN_LETTERS_H
#define CAMPAIGN_LETTERS_H

#include "postgres.h"
#include "utils/timestamp.h"

typedef struct LetterKey
{
	int64 enrollment;
	int64 account;
} LetterKey;

typedef struct LetterFrame
{
	char *reply_to;           /* of the account; it and all below may be NULL */
	char *unsubscribe_url;    /* of the channel, with {token} in it */
	char *unsubscribe_mailto; /* of the channel */
	char *footer;             /* of the channel, a template, as is */
	char *footer_html;
	char *previous; /* the id of the mail that the run got last */
	char *subject;  /* its subject */
	char *earlier; /* ids of those before it in the thread, the oldest first, with blanks between */
	uint8 *key;    /* to sign links with */
	int key_length;
} LetterFrame;

/* A mail that starts. */
typedef struct Letter
{
	const char *message_id;
	int64 action;
	int64 enrollment;
	int64 prospect;
	int64 account;
	const char *address;
	const char *subject;
	const char *earlier; /* as in LetterFrame, or NULL */
} Letter;

/* The frames of mails that are to start, in the order of the keys. */
extern void campaign_letters_look(int64 workspace, const LetterKey *keys, int n,
								  LetterFrame *frames);

/* They start. One that was put right and is rendered anew has the row of the first attempt. */
extern void campaign_letters_add(int64 workspace, const Letter *letters, int n, TimestampTz now);

#endif
