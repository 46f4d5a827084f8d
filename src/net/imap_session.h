/*
 * imap_session.h
 *		One reading of a mailbox, as a machine that is given what a server says and says what to write.
 *
 * It reads no socket, so that any bytes can be tried on it. The connection is in imap.h.
 *
 * A folder is opened by EXAMINE and messages are fetched by BODY.PEEK[], so nothing in the mailbox is
 * changed. Only a reading that is told to mark something (mark_to) or to move something (moves) opens it by
 * SELECT, sets \Seen, and moves by UID MOVE (RFC 6851). What cannot be moved is read all the same.
 *
 * Messages are known by their UIDs, which grow. What was read up to which UID is the caller's to
 * remember, together with UIDVALIDITY: where that is another one, UIDs begin anew, and so does the
 * reading, from the date since_anew on, so that the caller can know what he was given before. Searches go
 * by ranges of UIDs, so that no answer is longer than a line may be.
 */
#ifndef CAMPAIGN_NET_IMAP_SESSION_H
#define CAMPAIGN_NET_IMAP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/imap_answer.h"

#define IMAP_MESSAGES_MAX 50
/* UIDs of one search: an answer has no more numbers than these. */
#define IMAP_WINDOW 5000
/* Messages that are moved at once: a command has no more numbers than these. */
#define IMAP_MOVES_MAX 40
/* Of a line; a window of UIDs of ten digits each fits in. */
#define IMAP_LINE_MAX ((size_t) 64 * 1024)

/* What to read. The texts have to live as long as the session. */
typedef struct ImapWish
{
	const char *folder;
	const char *since; /* as 22-Nov-2026: older messages are passed over; NULL = none are */
	const char
		*since_anew; /* the same where UIDs begin anew though it was read before; NULL = none are */
	uint32_t uid_validity; /* remembered; 0 = never read */
	uint32_t after_uid;    /* read up to this one */
	uint32_t mark_from;    /* sets \Seen from this UID */
	uint32_t mark_to;      /* up to this one; 0 = marks nothing */
	const char *moves;     /* UIDs like 3,7 that are moved, at most IMAP_MOVES_MAX; NULL = none */
	const char *move_to;   /* into this folder */
	size_t message_max;    /* bytes of a message that are fetched, from its beginning */
} ImapWish;

typedef struct ImapMessage
{
	uint32_t uid;
	uint32_t size; /* of the whole message */
	char *bytes;
	size_t len;
} ImapMessage;

typedef enum ImapFault
{
	IMAP_FINE,
	IMAP_NO_FOLDER, /* the server does not open it */
	IMAP_DENIED,    /* it refuses a later command */
	IMAP_GONE,      /* it says goodbye */
	IMAP_STRANGE,   /* what it says is not of the protocol, or past its bounds */
	IMAP_NO_MEMORY
} ImapFault;

typedef enum ImapStep
{
	IMAP_OPENING,
	IMAP_MARKING,
	IMAP_MOVING,
	IMAP_SEARCHING,
	IMAP_FETCHING,
	IMAP_ENDED
} ImapStep;

typedef struct ImapSession
{
	ImapWish wish;
	ImapStep step;
	int commands;
	char tag[16];
	char command[1024]; /* what is to be written next, "" if nothing is */
	char detail[100];   /* what the server said that refused; printable */

	/* what was found */
	ImapFault fault;
	uint32_t uid_validity;
	uint32_t uid_next; /* 0 = not said */
	bool anew;         /* UIDVALIDITY is not the remembered one */
	uint32_t upto;     /* all up to here is read, once the messages are applied */
	bool more;         /* and there is more */
	bool marked;
	bool moved;
	char not_moved
		[100]; /* what the server said to that, printable; "" = it was not asked, or has moved them */
	ImapMessage messages[IMAP_MESSAGES_MAX]; /* as they came; by UID at the end */
	int n_messages;

	/* the search under way */
	int windows;
	uint32_t window_to; /* UINT32_MAX = up to the last message */
	uint32_t found[IMAP_MESSAGES_MAX + 1];
	int n_found;

	/* the answer under way */
	bool in_fetch;
	bool in_other; /* one that is passed over */
	ImapItems items;
	char *body;
	size_t body_len;
	size_t literal; /* bytes that are still to come */
	bool keep;      /* and they are the body */
} ImapSession;

/* Begins: command says the first one. False: the folder's name cannot be written. */
extern bool campaign_net_imap_begin(ImapSession *session, const ImapWish *wish);

/* A line that came, where no literal is to come. */
extern void campaign_net_imap_take_line(ImapSession *session, const char *line);

/* Bytes of a literal; no more than session->literal. */
extern void campaign_net_imap_take_bytes(ImapSession *session, const char *bytes, size_t len);

/* Frees the messages. */
extern void campaign_net_imap_end(ImapSession *session);

/* ---- for imap_fetch.c ---- */

/* The reading is over, with what was found and why it broke. */
extern void campaign_net_imap_break(ImapSession *session, ImapFault fault, const char *said);

#endif
