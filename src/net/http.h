/*
 * http.h
 *		One request and what became of it, for the transfers of a loop.
 *
 * A request either leaves as given or is refused whole: redirects are not followed, no proxy, cookie,
 * .netrc or environment takes part, certificates are always verified. What a result says of a failed
 * request is what the sender can know for sure: NET_NOT_CONNECTED means that no byte of it left;
 * NET_CUT and NET_OTHER mean that the receiver may have acted on it. What follows from that is not
 * decided here.
 */
#ifndef CAMPAIGN_NET_HTTP_H
#define CAMPAIGN_NET_HTTP_H

#include "net/loop.h"

typedef struct NetHeader
{
	const char *name;
	const char *value;
} NetHeader;

/* Everything is copied; the caller may free it when campaign_net_submit returns. */
typedef struct NetRequest
{
	uint64_t tag;       /* comes back in the result */
	const char *method; /* GET, POST, PUT, PATCH or DELETE; NULL = POST */
	const char *url;
	const char *key;  /* Idempotency-Key, or NULL */
	const char *body; /* of a GET it is not sent, nor is content_type */
	size_t body_len;
	const char *content_type; /* or NULL */
	const NetHeader *headers;
	int n_headers;
	const char *retry_after_header; /* read beside Retry-After, or NULL */
	size_t answer_cap;     /* bytes kept of the answer, where that is more than the loop keeps */
	bool fresh_connection; /* and no other request after it: libcurl then never repeats it */
	long total_timeout_ms; /* 0 = the loop's */
	bool allow_private;    /* to the networks that the loop lists */
	bool allow_http;
} NetRequest;

typedef enum NetFault
{
	NET_OK,            /* a complete answer, whatever its status */
	NET_NOT_CONNECTED, /* not resolved, not connected, no TLS: surely nothing left */
	NET_CUT,           /* broken off or timed out when bytes may have left */
	NET_TOO_LARGE,     /* an answer past the limits; status and the first bytes are given */
	NET_REFUSED,       /* by our own rules: scheme, private address, bad bytes; nothing left */
	NET_OTHER          /* anything else, as a malformed answer; bytes may have left */
} NetFault;

typedef struct NetResult
{
	uint64_t tag;
	NetFault fault;
	int status;         /* HTTP, 0 if none came */
	long retry_after_s; /* -1 if absent */
	char *body;         /* NUL-terminated, never NULL, owned by the result */
	size_t body_len;
	char detail[200]; /* "phase: what", "" for NET_OK; no user, path or query of the URL */
	double seconds;   /* since submit */
} NetResult;

/*
 * Begins a request. False if no place is free or memory is short: then nothing was begun. A request
 * that our rules refuse is accepted here and comes back as NET_REFUSED.
 */
extern bool campaign_net_submit(NetLoop *loop, const NetRequest *request);

/* The next finished request, in the order of finishing; false if there is none. */
extern bool campaign_net_take(NetLoop *loop, NetResult *result);

/* Frees what a result owns. */
extern void campaign_net_result_free(NetResult *result);

#endif
