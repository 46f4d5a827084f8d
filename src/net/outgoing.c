/*
 * outgoing.c
 *		Bytes that wait to be written to a connection.
 */
#include "net/outgoing.h"

#include <stdlib.h>
#include <string.h>

typedef struct NetPiece
{
	struct NetPiece *next;
	size_t len;
	size_t done;
	char bytes[];
} NetPiece;

bool
campaign_net_outgoing_add(NetOutgoing *outgoing, const char *bytes, size_t len)
{
	NetPiece *piece;

	if (len == 0)
		return true;
	piece = malloc(sizeof(NetPiece) + len);
	if (piece == NULL)
		return false;
	piece->next = NULL;
	piece->len = len;
	piece->done = 0;
	memcpy(piece->bytes, bytes, len);
	if (outgoing->last == NULL)
		outgoing->first = piece;
	else
		outgoing->last->next = piece;
	outgoing->last = piece;
	outgoing->bytes += len;
	return true;
}

size_t
campaign_net_outgoing_next(const NetOutgoing *outgoing, const char **bytes)
{
	if (outgoing->first == NULL)
		return 0;
	*bytes = outgoing->first->bytes + outgoing->first->done;
	return outgoing->first->len - outgoing->first->done;
}

void
campaign_net_outgoing_done(NetOutgoing *outgoing, size_t len)
{
	NetPiece *piece = outgoing->first;

	piece->done += len;
	outgoing->bytes -= len;
	if (piece->done < piece->len)
		return;
	outgoing->first = piece->next;
	if (outgoing->first == NULL)
		outgoing->last = NULL;
	free(piece);
}

void
campaign_net_outgoing_clear(NetOutgoing *outgoing)
{
	while (outgoing->first != NULL)
	{
		NetPiece *piece = outgoing->first;

		outgoing->first = piece->next;
		free(piece);
	}
	memset(outgoing, 0, sizeof(*outgoing));
}
