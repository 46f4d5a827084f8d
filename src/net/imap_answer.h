/*
 * imap_answer.h
 *		What the lines of an IMAP server say (RFC 3501), as far as reading a mailbox needs it.
 *
 * A line that ends in {n} is followed by n bytes and goes on behind them; the pieces of a line are
 * given one after the other. What is not understood is passed over: servers tell of many things unasked.
 */
#ifndef CAMPAIGN_NET_IMAP_ANSWER_H
#define CAMPAIGN_NET_IMAP_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum ImapAnswer
{
	IMAP_OTHER,
	IMAP_DONE,    /* tagged OK: the command is carried out */
	IMAP_REFUSED, /* tagged NO */
	IMAP_BAD,     /* tagged BAD */
	IMAP_BYE,
	IMAP_UIDVALIDITY, /* with its number */
	IMAP_UIDNEXT,     /* the same */
	IMAP_SEARCH,      /* rest is the list of numbers */
	IMAP_FETCH        /* rest is the first piece of the items */
} ImapAnswer;

/* Of a line that begins an answer. tag is that of the command under way. */
extern ImapAnswer campaign_net_imap_answer(const char *line, const char *tag, uint32_t *number,
										   const char **rest);

/* Whether a piece ends in {n}; then n bytes come before the next piece. */
extern bool campaign_net_imap_literal(const char *piece, size_t *n);

/* The next number of a list; NULL when there is none. */
extern const char *campaign_net_imap_number(const char *list, uint32_t *number);

/* What the pieces of one answer FETCH have said. Begin with zeroes. */
typedef struct ImapItems
{
	uint32_t uid;      /* 0 = not said */
	uint32_t size;     /* of the whole message */
	bool body;         /* the last piece ends where the bytes of the message begin, */
	const char *inner; /* or has them between quotes: from here, */
	size_t inner_len;  /* these many, with their backslashes; NULL, 0: it has not */
} ImapItems;

extern void campaign_net_imap_items(const char *piece, ImapItems *items);

/* A name of a folder between quotes; false if it has bytes that cannot stand there, or is too long. */
extern bool campaign_net_imap_quote(const char *name, char *out, size_t size);

#endif
