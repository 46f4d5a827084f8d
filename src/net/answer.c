/*
 * answer.c
 *		What a place keeps of the answer.
 */
#include "net/answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* All header lines of an answer together; libcurl itself bounds only each line. */
#define HEADER_CAP (64 * 1024)

/* The first piece of memory for a body; most answers are shorter. */
#define FIRST_SIZE 512

/* Longer waits than this are not told apart. */
#define RETRY_AFTER_MAX (366L * 24 * 3600)

long
campaign_net_answer_retry_after(const char *value, int64_t now)
{
	size_t digits = strspn(value, "0123456789");
	time_t date;

	if (digits > 0 && value[digits + strspn(value + digits, " \t\r\n")] == '\0')
	{
		long seconds = digits > 9 ? RETRY_AFTER_MAX : strtol(value, NULL, 10);

		return seconds < RETRY_AFTER_MAX ? seconds : RETRY_AFTER_MAX;
	}
	date = curl_getdate(value, NULL);
	if (date == -1)
		return -1;
	if (date <= now)
		return 0;
	return date - now < RETRY_AFTER_MAX ? (long) (date - now) : RETRY_AFTER_MAX;
}

/* If the line is of the header of this name. */
static void
take_wait(NetPlace *place, const char *line, size_t n, const char *name)
{
	size_t name_len = strlen(name);
	char value[80];

	if (name_len == 0 || n <= name_len + 1 || n - name_len - 1 >= sizeof(value) ||
		strncasecmp(line, name, name_len) != 0 || line[name_len] != ':')
		return;
	n -= name_len + 1;
	memcpy(value, line + name_len + 1, n);
	value[n] = '\0';
	place->retry_after_s =
		campaign_net_answer_retry_after(value + strspn(value, " \t"), time(NULL));
}

/* CURLOPT_HEADERFUNCTION: one whole line, not terminated. */
static size_t
take_header(char *line, size_t size, size_t n, void *context)
{
	NetPlace *place = context;

	n *= size;
	place->header_bytes += n;
	if (place->header_bytes > HEADER_CAP)
	{
		place->too_large = true;
		return 0;
	}
	/* an interim answer (1xx) may come first; the last status line counts */
	if (n > 5 && memcmp(line, "HTTP/", 5) == 0)
	{
		place->answered = true;
		place->head_ended = false;
		place->retry_after_s = -1;
	}
	else if (line[0] == '\r' || line[0] == '\n')
		place->head_ended = true;
	else
	{
		take_wait(place, line, n, "Retry-After");
		take_wait(place, line, n, place->wait_header);
	}
	return n;
}

/* CURLOPT_WRITEFUNCTION */
static size_t
take_body(char *data, size_t size, size_t n, void *context)
{
	NetPlace *place = context;
	size_t room = place->answer_cap - place->answer_len;
	size_t kept;

	n *= size;
	kept = n < room ? n : room;
	if (place->answer_len + kept >= place->answer_size)
	{
		size_t wanted = (place->answer_len + kept) * 2;
		char *grown;

		if (wanted > place->answer_cap)
			wanted = place->answer_cap;
		grown = realloc(place->answer, wanted + 1);
		if (grown == NULL)
		{
			place->out_of_memory = true;
			return 0;
		}
		place->answer = grown;
		place->answer_size = wanted + 1;
	}
	memcpy(place->answer + place->answer_len, data, kept);
	place->answer_len += kept;
	if (kept < n)
	{
		place->too_large = true;
		return 0;
	}
	return n;
}

bool
campaign_net_answer_set(NetPlace *place)
{
	CURL *easy = place->easy;
	NetFailure *failure = place->failure;

	return NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_HEADERDATA, (void *) place)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body)) &&
		   NET_EASY(failure, curl_easy_setopt(easy, CURLOPT_WRITEDATA, (void *) place));
}

bool
campaign_net_answer_reset(NetPlace *place, size_t cap)
{
	place->answered = false;
	place->head_ended = false;
	place->too_large = false;
	place->out_of_memory = false;
	place->header_bytes = 0;
	place->retry_after_s = -1;
	place->answer_len = 0;
	place->answer_cap = cap;
	place->error[0] = '\0';
	if (place->answer == NULL)
	{
		place->answer_size = cap < FIRST_SIZE ? cap + 1 : FIRST_SIZE;
		place->answer = malloc(place->answer_size);
	}
	return place->answer != NULL;
}
