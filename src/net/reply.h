/*
 * reply.h
 *		A reply of an SMTP server, line by line (RFC 5321 4.2, RFC 3463).
 *
 * Strict: what is no reply, or might be read in two ways, is none. The text is for people and is kept
 * only so far as it fits.
 */
#ifndef CAMPAIGN_NET_REPLY_H
#define CAMPAIGN_NET_REPLY_H

#include <stdbool.h>
#include <stddef.h>

/* Longer lines are refused; the standard allows 512. */
#define NET_REPLY_LINE_MAX 2048
#define NET_REPLY_LINES_MAX 100

typedef struct NetReply
{
	int status;        /* 200 .. 559 */
	char enhanced[12]; /* as "5.1.1", "" if it gave none */
	char text[512];    /* of all lines, after the codes, with blanks between */
	size_t text_len;
	int lines;
} NetReply;

typedef enum NetReplyProgress
{
	NET_REPLY_MORE,
	NET_REPLY_WHOLE,
	NET_REPLY_MALFORMED
} NetReplyProgress;

extern void campaign_net_reply_begin(NetReply *reply);

/* A line without its end. */
extern NetReplyProgress campaign_net_reply_line(NetReply *reply, const char *line, size_t len);

#endif
