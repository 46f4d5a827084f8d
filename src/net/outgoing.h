/*
 * outgoing.h
 *		Bytes that wait to be written to a connection.
 *
 * They lie in pieces that never move: TLS demands that a write which could not be finished is
 * repeated from the same place.
 */
#ifndef CAMPAIGN_NET_OUTGOING_H
#define CAMPAIGN_NET_OUTGOING_H

#include <stdbool.h>
#include <stddef.h>

struct NetPiece;

typedef struct NetOutgoing
{
	struct NetPiece *first;
	struct NetPiece *last;
	size_t bytes; /* of all pieces, not yet written */
} NetOutgoing;

/* Copies them to the end. False: no memory; then nothing was added. */
extern bool campaign_net_outgoing_add(NetOutgoing *outgoing, const char *bytes, size_t len);

/* What is to be written next; 0 = nothing. The same again until some of it is done. */
extern size_t campaign_net_outgoing_next(const NetOutgoing *outgoing, const char **bytes);
extern void campaign_net_outgoing_done(NetOutgoing *outgoing, size_t len);

extern void campaign_net_outgoing_clear(NetOutgoing *outgoing);

#endif
