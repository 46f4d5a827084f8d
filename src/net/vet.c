/*
 * vet.c
 *		Whether the bytes of a request may be given to libcurl at all, and what of a URL may be shown.
 */
#include "net/vet.h"

#include <string.h>
#include <strings.h>

/*
 * Headers that say where a message ends, who receives it, or what the connection is: they follow
 * from the request, and a second one would let two readers see two different messages.
 */
static const char *const reserved[] = {"Connection",
									   "Content-Length",
									   "Expect",
									   "Host",
									   "Idempotency-Key",
									   "Keep-Alive",
									   "Proxy-Authorization",
									   "Proxy-Connection",
									   "TE",
									   "Trailer",
									   "Transfer-Encoding",
									   "Upgrade"};

static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

/* Visible ASCII only: everything else has to be percent-encoded in a URL. */
static bool
visible(const char *text)
{
	const unsigned char *p;

	for (p = (const unsigned char *) text; *p != '\0'; p++)
		if (*p <= 0x20 || *p >= 0x7f)
			return false;
	return true;
}

/* What a header value may hold: no control byte but the tab. */
static bool
one_line(const char *text)
{
	const unsigned char *p;

	for (p = (const unsigned char *) text; *p != '\0'; p++)
		if ((*p < 0x20 && *p != '\t') || *p == 0x7f)
			return false;
	return true;
}

/* A "token" of RFC 9110: what a header name may be. */
static bool
token(const char *text)
{
	return text[0] != '\0' && visible(text) && strpbrk(text, "\"(),/:;<=>?@[\\]{}") == NULL;
}

static const char *
vet_header(const NetHeader *header)
{
	size_t i;

	if (header->name == NULL || !token(header->name))
		return "a header name has bytes that a name cannot have";
	if (header->value == NULL || !one_line(header->value))
		return "a header value has control bytes";
	for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (strcasecmp(header->name, reserved[i]) == 0)
			return "a header is one that only the sender itself may set";
	return NULL;
}

static bool
known_method(const char *method)
{
	size_t i;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcmp(method, methods[i]) == 0)
			return true;
	return false;
}

const char *
campaign_net_vet(const NetRequest *request, bool allow_http)
{
	const char *reason = NULL;
	int i;

	if (request->method != NULL && !known_method(request->method))
		return "the method is none of those that are sent";
	if (request->url == NULL || !visible(request->url))
		return "the URL has bytes that must be percent-encoded";
	if (strncasecmp(request->url, "https://", 8) != 0)
	{
		if (strncasecmp(request->url, "http://", 7) != 0)
			return "the URL is not of scheme https";
		if (!allow_http)
			return "the URL is of scheme http, which is not allowed here";
	}
	if (request->key != NULL && (request->key[0] == '\0' || !visible(request->key)))
		return "the idempotency key is empty or has bytes that are not visible ASCII";
	if (request->content_type != NULL && !one_line(request->content_type))
		return "the content type has control bytes";
	if (request->content_type != NULL && campaign_net_vet_has_header(request, "Content-Type"))
		return "the content type is given twice";
	for (i = 0; i < request->n_headers && reason == NULL; i++)
		reason = vet_header(&request->headers[i]);
	return reason;
}

bool
campaign_net_vet_has_header(const NetRequest *request, const char *name)
{
	int i;

	for (i = 0; i < request->n_headers; i++)
		if (request->headers[i].name != NULL && strcasecmp(request->headers[i].name, name) == 0)
			return true;
	return false;
}

void
campaign_net_vet_origin(const char *url, char *out, size_t size)
{
	const char *host = strstr(url, "://");
	const char *end;
	const char *p;
	size_t n = 0;

	if (host == NULL)
	{
		out[0] = '\0';
		return;
	}
	for (p = url; p < host + 3 && n + 1 < size; p++)
		out[n++] = *p;
	host += 3;
	end = host + strcspn(host, "/?#\\");
	for (p = host; p < end; p++)
		if (*p == '@')
			host = p + 1;
	for (p = host; p < end && n + 1 < size; p++)
		out[n++] = *p > 0x20 && *p < 0x7f ? *p : '?';
	out[n] = '\0';
}
