/*
 * line_bytes.h
 *		What leaves on a line that stands, and what comes.
 *
 * For line.c, which opens and ends lines, and wakes their owners.
 */
#ifndef CAMPAIGN_NET_LINE_BYTES_H
#define CAMPAIGN_NET_LINE_BYTES_H

#include "net/incoming.h"
#include "net/line.h"
#include "net/line_opening.h"
#include "net/outgoing.h"

struct NetLine
{
	struct NetLine *next;
	NetLines *lines;
	NetLineState state;
	NetLineFault fault;
	char detail[120];
	NetOpening opening;
	int fd;        /* once it stands */
	int64_t due;   /* it ends then; INT64_MAX = never */
	bool stirred;  /* wake is to be called */
	bool closed;   /* by its owner: to be freed */
	bool unheard;  /* what is written does not get through any more */
	bool watching; /* for room to write, too */
	NetOutgoing out;
	NetIncoming in;
	void (*wake)(void *arg);
	void *arg;
};

/* Lets as much leave as the network takes. */
extern void campaign_net_line_bytes_flush(NetLine *line);

/* ---- from line.c ---- */

/* Says for what the loop is to wake the line. */
extern void campaign_net_line_watch(NetLine *line, int what);

/* The line has ended. */
extern void campaign_net_line_end(NetLine *line, NetLineFault fault);

#endif
