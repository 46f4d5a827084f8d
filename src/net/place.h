/*
 * place.h
 *		One of the transfers that a loop can carry at a time: its libcurl handle, the copy of its
 *		request, and what has been seen of the answer.
 *
 * The handle is made anew for each request: libcurl 7.88 leaves a pointer to the last header of a handle's
 * answer in it, frees that header when the next request begins, and writes there when the next answer has a
 * continued header first. Connections belong to the loop and stay. The callbacks run inside libcurl: they copy
 * bounded bytes and return codes, nothing else. They see all they need in the place.
 */
#ifndef CAMPAIGN_NET_PLACE_H
#define CAMPAIGN_NET_PLACE_H

#include "net/check.h"
#include "net/http.h"
#include "net/sockets.h"

typedef struct NetPlace
{
	struct NetPlace *next; /* in the list of free or of finished places */
	bool in_flight;        /* added to the multi handle */

	CURL *easy;          /* of this request, or of the last */
	bool easy_http;      /* what easy is set to now */
	bool easy_fresh;     /* the same */
	bool easy_named;     /* the same: a method that libcurl has to be told by name */
	NetSockets *sockets; /* of the loop */
	NetFailure *failure; /* of the loop */

	/* the request */
	uint64_t tag;
	char *copy; /* list of headers, URL and body, in one piece */
	size_t copy_size;
	const char *url; /* in copy */
	size_t body_len;
	const NetNetworks *private_networks; /* of the loop, NULL = none may be connected to */
	bool allow_http;
	bool fresh;
	char wait_header[64]; /* says how long to wait, beside Retry-After; "" = none */
	int64_t started;      /* microseconds of campaign_net_clock(), as the next two */
	int64_t connect_by;
	int64_t done_by;

	/* what has happened */
	bool tls_begun;     /* a socket is connected and TLS under way */
	bool begun;         /* bytes of the request may have left */
	bool too_late;      /* connected after done_by: not begun any more */
	int sockets_made;   /* addresses tried */
	bool not_public;    /* an address was refused */
	bool answered;      /* a status line has come */
	bool head_ended;    /* and the empty line after its headers */
	bool too_large;     /* the answer was stopped by our limits */
	bool out_of_memory; /* the answer was stopped for want of memory */
	size_t header_bytes;
	long retry_after_s;
	char *answer; /* never NULL while a request is loaded */
	size_t answer_len;
	size_t answer_size;
	size_t answer_cap;
	char error[CURL_ERROR_SIZE]; /* libcurl's own words */

	NetResult result; /* once finished */
} NetPlace;

/* Makes the place ready for a request. False: no memory; the place stays usable. */
extern bool campaign_net_place_load(NetPlace *place, const NetRequest *request,
									const NetLimits *limits, int64_t now);

/* Frees all; the handle must not be in the multi handle any more. */
extern void campaign_net_place_clear(NetPlace *place);

#endif
