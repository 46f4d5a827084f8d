/*
 * place.c
 *		One of the transfers that a loop can carry at a time.
 */
#include "net/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/answer.h"
#include "net/dial.h"
#include "net/versions.h"
#include "net/vet.h"

/* Copies up to this size stay with the place for the next request. */
#define COPY_KEPT (64 * 1024)

/* What is the same for every request. */
static bool
set_once(NetPlace *place)
{
	CURL *easy = place->easy;
	NetFailure *failure = place->failure;

	return NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_PRIVATE, (void *) place)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, place->error)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L)) &&
		   NET_EASY(failure, NET_SET_QUICK_EXIT(easy)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https")) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https")) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_PROXY, "")) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_NOPROXY, "*")) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED)) &&
		   NET_EASY(failure,
					curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1)) &&
		   NET_EASY(failure,
					curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_USERAGENT, "campaign")) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_POST, 1L)) &&
		   campaign_net_dial_set(place) && campaign_net_answer_set(place);
}

static bool
make_easy(NetPlace *place, const char *ca_file)
{
	if (place->easy != NULL)
		curl_easy_cleanup(place->easy);
	place->easy = curl_easy_init();
	if (place->easy == NULL)
		return false;
	place->easy_http = false;
	place->easy_fresh = false;
	place->easy_named = false;
	if (set_once(place) &&
		(ca_file == NULL ||
		 NET_EASY(place->failure, curl_easy_setopt(place->easy, CURLOPT_CAINFO, ca_file))))
		return true;
	curl_easy_cleanup(place->easy);
	place->easy = NULL;
	return false;
}

/* The header lines of a request are written twice: into nothing to learn the size, then for good. */
typedef struct HeaderWriter
{
	struct curl_slist *nodes; /* NULL = measure only */
	char *at;
	size_t bytes;
	int n;
} HeaderWriter;

/* Adds a line made of the three parts. */
static void
write_line(HeaderWriter *writer, const char *name, const char *mark, const char *value)
{
	size_t name_len = strlen(name);
	size_t mark_len = strlen(mark);
	size_t value_len = strlen(value);

	if (writer->nodes != NULL)
	{
		struct curl_slist *node = &writer->nodes[writer->n];

		node->data = writer->at;
		node->next = NULL;
		if (writer->n > 0)
			node[-1].next = node;
		memcpy(writer->at, name, name_len);
		memcpy(writer->at + name_len, mark, mark_len);
		memcpy(writer->at + name_len + mark_len, value, value_len + 1);
		writer->at += name_len + mark_len + value_len + 1;
	}
	writer->bytes += name_len + mark_len + value_len + 1;
	writer->n++;
}

/* "Name;" is libcurl's way to write a header without a value. */
static void
write_header(HeaderWriter *writer, const char *name, const char *value)
{
	value += strspn(value, " \t");
	write_line(writer, name, value[0] != '\0' ? ": " : ";", value);
}

/* Takes a header away that libcurl would send by itself. */
static void
write_no_header(HeaderWriter *writer, const char *name)
{
	write_line(writer, name, ":", "");
}

static void
write_headers(HeaderWriter *writer, const NetRequest *request)
{
	int i;

	write_no_header(writer, "Expect");
	if (request->content_type != NULL)
		write_header(writer, "Content-Type", request->content_type);
	else if (!campaign_net_vet_has_header(request, "Content-Type"))
		write_no_header(writer, "Content-Type");
	if (request->key != NULL)
		write_header(writer, "Idempotency-Key", request->key);
	for (i = 0; i < request->n_headers; i++)
		write_header(writer, request->headers[i].name, request->headers[i].value);
}

/* Setting the fields has made it a POST, which only its name makes anything else but a GET. */
static bool
set_method(NetPlace *place, const char *method)
{
	bool get = strcmp(method, "GET") == 0;
	bool named = !get && strcmp(method, "POST") != 0;

	if ((named || place->easy_named) &&
		!NET_EASY(place->failure,
				  curl_easy_setopt(place->easy, CURLOPT_CUSTOMREQUEST, named ? method : NULL)))
		return false;
	place->easy_named = named;
	return !get || NET_EASY(place->failure, curl_easy_setopt(place->easy, CURLOPT_HTTPGET, 1L));
}

/* Copies headers, URL and body into one piece of memory and points libcurl at them. */
static bool
copy_request(NetPlace *place, const NetRequest *request)
{
	HeaderWriter writer = {NULL, NULL, 0, 0};
	size_t url_size = strlen(request->url) + 1;
	size_t nodes_size;
	size_t size;
	char *body;

	write_headers(&writer, request);
	nodes_size = (size_t) writer.n * sizeof(struct curl_slist);
	size = nodes_size + writer.bytes + url_size + request->body_len + 1;
	if (size > place->copy_size || place->copy_size > COPY_KEPT)
	{
		size_t wanted = size < 2048 ? 2048 : size;
		char *copy = malloc(wanted);

		if (copy == NULL)
			return false;
		free(place->copy);
		place->copy = copy;
		place->copy_size = wanted;
	}
	writer.nodes = (struct curl_slist *) (void *) place->copy;
	writer.at = place->copy + nodes_size;
	writer.n = 0;
	write_headers(&writer, request);
	place->url = memcpy(writer.at, request->url, url_size);
	body = writer.at + url_size;
	if (request->body_len > 0)
		memcpy(body, request->body, request->body_len);
	body[request->body_len] = '\0';
	place->body_len = request->body_len;
	return NET_EASY(place->failure, curl_easy_setopt(place->easy, CURLOPT_URL, place->url)) &&
		   NET_EASY(place->failure,
					curl_easy_setopt(place->easy, CURLOPT_HTTPHEADER, writer.nodes)) &&
		   NET_EASY(place->failure, curl_easy_setopt(place->easy, CURLOPT_POSTFIELDS, body)) &&
		   NET_EASY(place->failure, curl_easy_setopt(place->easy, CURLOPT_POSTFIELDSIZE_LARGE,
													 (curl_off_t) request->body_len)) &&
		   set_method(place, request->method == NULL ? "POST" : request->method);
}

/* The options that follow the request, touched only when they change. */
static bool
set_manner(NetPlace *place)
{
	NetFailure *failure = place->failure;
	CURL *easy = place->easy;

	if (place->easy_http != place->allow_http)
	{
		if (!NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR,
												place->allow_http ? "http,https" : "https")))
			return false;
		place->easy_http = place->allow_http;
	}
	if (place->easy_fresh != place->fresh)
	{
		if (!NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, (long) place->fresh)))
			return false;
		if (!NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, (long) place->fresh)))
			return false;
		place->easy_fresh = place->fresh;
	}
	return true;
}

static void
set_deadlines(NetPlace *place, const NetRequest *request, const NetLimits *limits, int64_t now)
{
	long total = limits->total_timeout_ms;

	if (request->total_timeout_ms > 0 && request->total_timeout_ms < total)
		total = request->total_timeout_ms;
	place->started = now;
	place->done_by = now + (int64_t) total * 1000;
	place->connect_by = now + (int64_t) limits->connect_timeout_ms * 1000;
	if (place->connect_by > place->done_by)
		place->connect_by = place->done_by;
}

bool
campaign_net_place_load(NetPlace *place, const NetRequest *request, const NetLimits *limits,
						int64_t now)
{
	place->tag = request->tag;
	place->private_networks = request->allow_private ? &limits->private_networks : NULL;
	place->allow_http = limits->allow_http && request->allow_http;
	place->fresh = request->fresh_connection;
	set_deadlines(place, request, limits, now);
	snprintf(place->wait_header, sizeof(place->wait_header), "%s",
			 request->retry_after_header == NULL ? "" : request->retry_after_header);
	return make_easy(place, limits->ca_file) && campaign_net_dial_reset(place, limits) &&
		   campaign_net_answer_reset(place, request->answer_cap > limits->body_cap
												? request->answer_cap
												: limits->body_cap) &&
		   set_manner(place) && copy_request(place, request);
}

void
campaign_net_place_clear(NetPlace *place)
{
	if (place->easy != NULL)
		curl_easy_cleanup(place->easy);
	free(place->copy);
	free(place->answer);
	free(place->result.body);
	memset(place, 0, sizeof(*place));
}
