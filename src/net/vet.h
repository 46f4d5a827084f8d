/*
 * vet.h
 *		Whether the bytes of a request may be given to libcurl at all, and what of a URL may be shown.
 *
 * libcurl writes header lines as it is given them: a line break in a value would be a header, or a
 * request, of its own.
 */
#ifndef CAMPAIGN_NET_VET_H
#define CAMPAIGN_NET_VET_H

#include "net/http.h"

/* Why the request must not be sent, as a text without any of its bytes, or NULL if it may. */
extern const char *campaign_net_vet(const NetRequest *request, bool allow_http);

/* True if name, in any case, is the name of one of the request's own headers. */
extern bool campaign_net_vet_has_header(const NetRequest *request, const char *name);

/* scheme://host:port of a URL, without user, path and query; what is not plain ASCII as '?'. */
extern void campaign_net_vet_origin(const char *url, char *out, size_t size);

#endif
