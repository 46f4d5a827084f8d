/*
 * received.h
 *		What a received message is: a reply, an automatic reply, a report on a delivery, a complaint;
 *		whom it is from, and what it answers.
 *
 * Read by GMime from whatever bytes came. All that is kept is bounded, so a result is one plain
 * structure that owns nothing. Text is UTF-8 without control bytes other than tab and newline. Ids of
 * messages stand without angle brackets; one that is longer than the limit is left out, never cut.
 *
 * Which run or person a message belongs to, and what follows from it, is not decided here.
 *
 * The bytes should be bounded by the caller, at RECEIVED_BYTES_MAX; of more, the rest is not read.
 * GMime ends the process when there is no memory at all.
 */
#ifndef CAMPAIGN_NET_RECEIVED_H
#define CAMPAIGN_NET_RECEIVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECEIVED_BYTES_MAX (1024 * 1024)
#define RECEIVED_ADDRESS 321 /* 64 @ 255, and the end */
#define RECEIVED_ID 256
#define RECEIVED_IDS 32
#define RECEIVED_TEXT 4096
#define RECEIVED_RECIPIENTS 8
#define RECEIVED_TO 8

typedef enum ReceivedKind
{
	RECEIVED_REPLY,     /* nothing says that a machine wrote it */
	RECEIVED_AUTOMATIC, /* out of office, confirmation of receipt, notice of a machine */
	RECEIVED_DELIVERY,  /* RFC 3464: what became of a message; see recipients */
	RECEIVED_COMPLAINT  /* RFC 5965: see feedback */
} ReceivedKind;

/* What showed that a message is automatic, the surest first. */
typedef enum ReceivedSign
{
	RECEIVED_SIGN_NONE,
	RECEIVED_SIGN_AUTO_SUBMITTED, /* Auto-Submitted, RFC 3834 */
	RECEIVED_SIGN_HEADER,         /* X-Autoreply, X-Autorespond and their like */
	RECEIVED_SIGN_PRECEDENCE,     /* bulk, junk, auto_reply */
	RECEIVED_SIGN_SENDER,         /* an empty return path, or a mail system's own address */
	RECEIVED_SIGN_RECEIPT,        /* RFC 8098: a receipt of reading */
	RECEIVED_SIGN_WEAK            /* two things of which neither says it alone */
} ReceivedSign;

typedef enum ReceivedFate
{
	RECEIVED_FATE_UNKNOWN,
	RECEIVED_FATE_DELIVERED, /* delivered, relayed or expanded */
	RECEIVED_FATE_DELAYED,
	RECEIVED_FATE_SOFT, /* failed, which may go otherwise another time */
	RECEIVED_FATE_HARD  /* failed because of the address */
} ReceivedFate;

typedef enum ReceivedFeedback
{
	RECEIVED_FEEDBACK_ABUSE, /* abuse, fraud, virus, other */
	RECEIVED_FEEDBACK_OPT_OUT,
	RECEIVED_FEEDBACK_NOT_SPAM,
	RECEIVED_FEEDBACK_TECHNICAL /* about authentication: no person complains */
} ReceivedFeedback;

typedef struct ReceivedRecipient
{
	char address[RECEIVED_ADDRESS]; /* the original one if it is said, else the final one */
	ReceivedFate fate;
	char status[16];      /* as 5.1.1; "" if none */
	char diagnostic[200]; /* what the other server said; "" if nothing */
} ReceivedRecipient;

typedef struct Received
{
	ReceivedKind kind;
	char from[RECEIVED_ADDRESS];            /* the first address; "" if there is none */
	char to[RECEIVED_TO][RECEIVED_ADDRESS]; /* the first of To, and where it was delivered */
	int n_to;
	char message_id[RECEIVED_ID];
	char ids[RECEIVED_IDS]
			[RECEIVED_ID]; /* what it answers: In-Reply-To, then References, last first */
	int n_ids;
	int64_t date; /* seconds since 1970; 0 = not said */
	char subject[256];
	char text[RECEIVED_TEXT]; /* the first text, without tags; cut at a whole character */
	bool to_many;             /* sent to many: a newsletter, a mailing list */

	/* of an automatic one */
	ReceivedSign sign;
	int64_t away_until; /* seconds since 1970; 0 = not said. See campaign_net_away_until() */

	/* of a report or a complaint */
	char original_id[RECEIVED_ID]; /* Message-ID of the message that it is about; "" if not said */
	ReceivedRecipient recipients[RECEIVED_RECIPIENTS];
	int n_recipients;
	ReceivedFeedback feedback;
} Received;

/* Never fails: bytes that are no message are one without sender and text. */
extern void campaign_net_received_read(Received *received, const char *bytes, size_t len);

#endif
