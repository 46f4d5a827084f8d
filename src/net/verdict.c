/*
 * verdict.c
 *		How a transfer ended.
 *
 * That nothing has left is never concluded from libcurl's code alone: a transfer counts as begun from
 * the moment that the connection stood and libcurl was let write (before_request in dial.c), and
 * libcurl's own count of the bytes written has to be 0 as well.
 */
#include "net/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "net/redact.h"
#include "net/vet.h"

static bool
nothing_left(const NetPlace *place)
{
	long bytes = 1;

	if (place->begun)
		return false;
	return NET_EASY(place->failure,
					curl_easy_getinfo(place->easy, CURLINFO_REQUEST_SIZE, &bytes)) &&
		   bytes == 0;
}

/* The codes of resolving, connecting and TLS; ABORTED is our own, for a connection too late. */
static bool
of_connecting(CURLcode code)
{
	switch (code)
	{
		case CURLE_COULDNT_RESOLVE_HOST:
		case CURLE_COULDNT_RESOLVE_PROXY:
		case CURLE_COULDNT_CONNECT:
		case CURLE_OPERATION_TIMEDOUT:
		case CURLE_SSL_CONNECT_ERROR:
		case CURLE_SSL_CACERT_BADFILE:
		case CURLE_SSL_CERTPROBLEM:
		case CURLE_SSL_CIPHER:
		case CURLE_SSL_CLIENTCERT:
		case CURLE_SSL_CRL_BADFILE:
		case CURLE_SSL_ENGINE_INITFAILED:
		case CURLE_SSL_INVALIDCERTSTATUS:
		case CURLE_SSL_ISSUER_ERROR:
		case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		case CURLE_PEER_FAILED_VERIFICATION:
		case CURLE_USE_SSL_FAILED:
		case CURLE_SEND_ERROR:
		case CURLE_RECV_ERROR:
		case CURLE_ABORTED_BY_CALLBACK:
			return true;
		default:
			return false;
	}
}

static bool
of_cutting(CURLcode code)
{
	switch (code)
	{
		case CURLE_GOT_NOTHING:
		case CURLE_SEND_ERROR:
		case CURLE_RECV_ERROR:
		case CURLE_PARTIAL_FILE:
		case CURLE_OPERATION_TIMEDOUT:
		case CURLE_COULDNT_CONNECT:      /* when libcurl had to connect anew for a second try */
		case CURLE_COULDNT_RESOLVE_HOST: /* the same */
		case CURLE_SSL_CONNECT_ERROR:    /* the same */
		case CURLE_ABORTED_BY_CALLBACK:  /* the same, when that took too long */
			return true;
		default:
			return false;
	}
}

static NetFault
fault_of(const NetPlace *place, CURLcode code)
{
	if (code == CURLE_OK)
		return NET_OK;
	if (nothing_left(place))
	{
		if (place->not_public && place->sockets_made == 0)
			return NET_REFUSED;
		return of_connecting(code) ? NET_NOT_CONNECTED : NET_OTHER;
	}
	if (place->too_large)
		return NET_TOO_LARGE;
	return of_cutting(code) ? NET_CUT : NET_OTHER;
}

static const char *
phase_of(const NetPlace *place, CURLcode code)
{
	curl_off_t sent = 0;

	if (!place->begun)
	{
		if (code == CURLE_COULDNT_RESOLVE_HOST)
			return "resolve";
		if (place->not_public || code == CURLE_COULDNT_CONNECT)
			return "connect";
		if (place->tls_begun)
			return "tls";
		return place->sockets_made > 0 ? "connect" : "resolve";
	}
	if (place->answered)
		return "receive";
	NET_EASY(place->failure, curl_easy_getinfo(place->easy, CURLINFO_SIZE_UPLOAD_T, &sent));
	if (code == CURLE_SEND_ERROR || sent < (curl_off_t) place->body_len)
		return "send";
	return "wait";
}

static const char *
words_of(const NetPlace *place, CURLcode code)
{
	if (place->not_public)
		return "the address is not of the public internet";
	if (place->too_large)
		return "the answer is larger than what is kept";
	if (place->out_of_memory)
		return "out of memory";
	if (code == CURLE_OPERATION_TIMEDOUT || place->too_late)
		return "timed out";
	/* libcurl says more in its own words; but none that may quote a URL or what is in it */
	if (place->error[0] != '\0' && strpbrk(place->error, "?@") == NULL &&
		strstr(place->error, "//") == NULL)
		return place->error;
	return curl_easy_strerror(code);
}

static void
describe(NetPlace *place, CURLcode code, NetResult *result)
{
	char origin[100];
	unsigned char *p;

	if (code == CURLE_OK)
		return;
	campaign_net_vet_origin(place->url, origin, sizeof(origin));
	snprintf(result->detail, sizeof(result->detail), "%s: %.85s (%.90s)", phase_of(place, code),
			 words_of(place, code), origin);
	for (p = (unsigned char *) result->detail; *p != '\0'; p++)
		if (*p < 0x20 || *p >= 0x7f)
			*p = '?';
}

/* Headers that are known to be no secret; what a user's own ones are is not known. */
static bool
is_open(const char *line)
{
	static const char *const names[] = {
		"Accept:",     "Content-Type:", "Expect:",           "Idempotency-Key:",
		"User-Agent:", "webhook-id:",   "webhook-timestamp:"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncasecmp(line, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

/* Answers are kept and shown, and a gateway may repeat in them what it was sent. */
static void
hide_secrets(NetPlace *place)
{
	const struct curl_slist *header = (const struct curl_slist *) (const void *) place->copy;
	const char *value;

	for (; header != NULL; header = header->next)
	{
		value = strchr(header->data, ':');
		if (value != NULL && !is_open(header->data))
			campaign_net_redact(place->answer, place->answer_len,
								value + 1 + strspn(value + 1, " "));
	}
}

/* Hands over the bytes of the answer. */
static void
give_body(NetPlace *place, NetResult *result)
{
	place->answer[place->answer_len] = '\0';
	hide_secrets(place);
	result->body = place->answer;
	result->body_len = place->answer_len;
	place->answer = NULL;
	place->answer_len = 0;
	place->answer_size = 0;
}

/* libcurl is content with an answer that breaks off within its headers, or after an interim one. */
static CURLcode
corrected(const NetPlace *place, CURLcode code, long status)
{
	return code == CURLE_OK && (!place->head_ended || status < 200) ? CURLE_PARTIAL_FILE : code;
}

void
campaign_net_verdict(NetPlace *place, CURLcode code, int64_t now)
{
	NetResult *result = &place->result;
	long status = 0;

	if (place->answered)
		NET_EASY(place->failure, curl_easy_getinfo(place->easy, CURLINFO_RESPONSE_CODE, &status));
	code = corrected(place, code, status);
	result->tag = place->tag;
	result->fault = fault_of(place, code);
	if (place->answered)
		NET_EASY(place->failure, curl_easy_getinfo(place->easy, CURLINFO_RESPONSE_CODE, &status));
	result->status = (int) status;
	result->retry_after_s = place->retry_after_s;
	result->detail[0] = '\0';
	result->seconds = (double) (now - place->started) / 1e6;
	describe(place, code, result);
	give_body(place, result);
}

bool
campaign_net_verdict_refuse(NetPlace *place, const NetRequest *request, const char *reason)
{
	NetResult *result = &place->result;

	memset(result, 0, sizeof(*result));
	result->body = calloc(1, 1);
	if (result->body == NULL)
		return false;
	result->tag = request->tag;
	result->fault = NET_REFUSED;
	result->retry_after_s = -1;
	snprintf(result->detail, sizeof(result->detail), "refused: %s", reason);
	return true;
}
