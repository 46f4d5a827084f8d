/*
 * incoming.h
 *		Bytes that have come on a connection and were not taken, as lines.
 *
 * A line ends in CR LF and nothing else, and is never longer than the limit: memory does not grow
 * with what a server sends.
 */
#ifndef CAMPAIGN_NET_INCOMING_H
#define CAMPAIGN_NET_INCOMING_H

#include <stdbool.h>
#include <stddef.h>

typedef struct NetIncoming
{
	size_t line_max; /* without its end; set by the owner, all else begins as 0 */
	char *bytes;     /* what has come is at start .. end; up to looked_at no line ends */
	size_t size;
	size_t start;
	size_t end;
	size_t looked_at;
} NetIncoming;

typedef enum NetIncomingLine
{
	NET_INCOMING_LINE,
	NET_INCOMING_NONE, /* no whole line has come */
	NET_INCOMING_TOO_LONG,
	NET_INCOMING_MALFORMED /* it ends otherwise, or holds a NUL */
} NetIncomingLine;

/* The next line, without its end but with a NUL after it, until the next call. */
extern NetIncomingLine campaign_net_incoming_line(NetIncoming *incoming, const char **text,
												  size_t *len);

/* Copies up to max bytes as they are, and returns how many. */
extern size_t campaign_net_incoming_bytes(NetIncoming *incoming, char *bytes, size_t max);

/* Where and how much may be read next, once there is no line; NULL = no memory. */
extern char *campaign_net_incoming_room(NetIncoming *incoming, size_t *room);
extern void campaign_net_incoming_came(NetIncoming *incoming, size_t len);

extern void campaign_net_incoming_clear(NetIncoming *incoming);

#endif
