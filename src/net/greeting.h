/*
 * greeting.h
 *		What a mail server says until a session with it stands.
 *
 * libcurl speaks then, and skips what it does not understand. Here each line is looked at as it
 * comes: what no server of the protocol says ends the attempt, and what an SMTP server offers after
 * its last EHLO is kept. What it offered before TLS anybody may have written.
 */
#ifndef CAMPAIGN_NET_GREETING_H
#define CAMPAIGN_NET_GREETING_H

#include <stdbool.h>
#include <stddef.h>

#define NET_GREETING_LINE_MAX 2048
#define NET_GREETING_BYTES_MAX (64 * 1024)

typedef enum NetGreetingFault
{
	NET_GREETING_FINE,
	NET_GREETING_STRANGE, /* no line of the protocol */
	NET_GREETING_TOO_LONG /* a line, or all of them together */
} NetGreetingFault;

typedef struct NetGreeting
{
	bool smtp; /* else only lengths and bytes are looked at */
	NetGreetingFault fault;
	size_t bytes;
	bool in_reply; /* the last line said that more of its reply follows */
	int status;    /* of the last reply of SMTP, 0 = none */
	bool logged_in;
	bool offers_eight_bit;
	bool offers_utf8;
	bool offers_pipelining;
	bool limits_size;
	unsigned long long size_max; /* 0 = it says that it has a limit and not which */
} NetGreeting;

extern void campaign_net_greeting_begin(NetGreeting *greeting, bool smtp);

/* One line with its end. False: the session must not come about. */
extern bool campaign_net_greeting_line(NetGreeting *greeting, const char *line, size_t len);

#endif
