/*
 * relay.h
 *		Mails on their way, and the sessions with mail servers that carry them, for a loop.
 *
 * A session is kept for a while when its message is done, and takes the next one for the same server
 * with the same login. A message that an old session drops before the dot, as when the server had hung
 * up meanwhile, is tried once more at once on a new one: nothing of it can have got through.
 *
 * Each message stops before its dot (smtp.h) until the caller says that it may go.
 */
#ifndef CAMPAIGN_NET_RELAY_H
#define CAMPAIGN_NET_RELAY_H

#include "net/smtp.h"

typedef struct NetRelay NetRelay;

typedef struct NetMailRequest
{
	uint64_t tag;          /* comes back in the result */
	NetLineRequest server; /* copied; wake, arg and line_max are not looked at */
	bool (*build)(NetMailJob *job, bool eight_bit, bool utf8, char **bytes, size_t *len,
				  char *error, size_t error_size); /* see NetMailJob */
	void (*forget)(void *arg);                     /* once it is not needed any more */
	void *arg;
	long command_timeout_ms;
	long dot_timeout_ms;
	int messages_max; /* of one session */
} NetMailRequest;

/* NULL: no memory. Close it before the loop. idle_ms: how long sessions are kept for more. */
extern NetRelay *campaign_net_relay_open(NetLoop *loop, long idle_ms);
extern void campaign_net_relay_close(NetRelay *relay);

/* False: no memory or no line is free; nothing was begun, and arg is still the caller's. */
extern bool campaign_net_relay_submit(NetRelay *relay, const NetMailRequest *request);

/* To be called after each turn of the loop. */
extern void campaign_net_relay_turn(NetRelay *relay);

/* A message that has come to its dot, each once; false if there is none. */
extern bool campaign_net_relay_ready(NetRelay *relay, uint64_t *tag);

/* Lets its dot leave, or calls it off. False: it has come to its end meanwhile, see its result. */
extern bool campaign_net_relay_release(NetRelay *relay, uint64_t tag, bool go);

/* The next finished one, in order of finishing; false if there is none. */
extern bool campaign_net_relay_take(NetRelay *relay, NetMailResult *result);

/* Sessions, with work or without. */
extern int campaign_net_relay_sessions(const NetRelay *relay);

/* How long may be waited before its next turn, whatever the loop says: 0 = not at all; -1 = no limit. */
extern long campaign_net_relay_timeout_ms(const NetRelay *relay);

#endif
