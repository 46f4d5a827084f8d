/*
 * incoming.c
 *		Bytes that have come on a connection and were not taken, as lines.
 */
#include "net/incoming.h"

#include <stdlib.h>
#include <string.h>

/* The first piece of memory; it grows up to a line's limit. */
#define FIRST_SIZE 4096

NetIncomingLine
campaign_net_incoming_line(NetIncoming *incoming, const char **text, size_t *len)
{
	char *begin;
	char *feed = NULL;

	if (incoming->bytes == NULL)
		return NET_INCOMING_NONE;
	begin = incoming->bytes + incoming->start;
	if (incoming->looked_at < incoming->end)
		feed = memchr(incoming->bytes + incoming->looked_at, '\n',
					  incoming->end - incoming->looked_at);
	if (feed == NULL)
	{
		incoming->looked_at = incoming->end;
		return incoming->end - incoming->start > incoming->line_max + 1 ? NET_INCOMING_TOO_LONG
																		: NET_INCOMING_NONE;
	}
	incoming->start = incoming->looked_at = (size_t) (feed + 1 - incoming->bytes);
	if (feed == begin || feed[-1] != '\r' || memchr(begin, '\0', (size_t) (feed - begin)) != NULL)
		return NET_INCOMING_MALFORMED;
	feed[-1] = '\0';
	*text = begin;
	*len = (size_t) (feed - 1 - begin);
	return *len > incoming->line_max ? NET_INCOMING_TOO_LONG : NET_INCOMING_LINE;
}

size_t
campaign_net_incoming_bytes(NetIncoming *incoming, char *bytes, size_t max)
{
	size_t len = incoming->end - incoming->start;

	if (len > max)
		len = max;
	if (len == 0)
		return 0;
	memcpy(bytes, incoming->bytes + incoming->start, len);
	incoming->start += len;
	if (incoming->looked_at < incoming->start)
		incoming->looked_at = incoming->start;
	return len;
}

char *
campaign_net_incoming_room(NetIncoming *incoming, size_t *room)
{
	size_t most = incoming->line_max + 2 > FIRST_SIZE ? incoming->line_max + 2 : FIRST_SIZE;

	if (incoming->start == incoming->end)
		incoming->start = incoming->end = incoming->looked_at = 0;
	if (incoming->end == incoming->size && incoming->start > 0)
	{
		memmove(incoming->bytes, incoming->bytes + incoming->start,
				incoming->end - incoming->start);
		incoming->end -= incoming->start;
		incoming->looked_at -= incoming->start;
		incoming->start = 0;
	}
	if (incoming->end == incoming->size)
	{
		size_t size = incoming->size == 0 ? FIRST_SIZE : incoming->size * 2;
		char *bytes;

		if (size > most)
			size = most;
		bytes = realloc(incoming->bytes, size);
		if (bytes == NULL)
			return NULL;
		incoming->bytes = bytes;
		incoming->size = size;
	}
	*room = incoming->size - incoming->end;
	return incoming->bytes + incoming->end;
}

void
campaign_net_incoming_came(NetIncoming *incoming, size_t len)
{
	incoming->end += len;
}

void
campaign_net_incoming_clear(NetIncoming *incoming)
{
	size_t line_max = incoming->line_max;

	free(incoming->bytes);
	memset(incoming, 0, sizeof(*incoming));
	incoming->line_max = line_max;
}
