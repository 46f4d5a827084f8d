/*
 * bare_curl.c
 *		The limit that HTTP delivery is held against: libcurl's multi interface with nothing around it.
 *
 *		bare_curl URL PLACES REQUESTS
 *
 * POSTs a body of 330 bytes over kept-alive connections, PLACES at a time, and prints requests/s. The
 * bytes sent are those of src/net; but no check, no time-out, no copy of the answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

#define BODY_LEN 330

static long failures;

static size_t
drop(char *data, size_t size, size_t n, void *context)
{
	(void) data;
	(void) context;
	return size * n;
}

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

static CURL *
make(const char *url, const char *body, struct curl_slist *headers)
{
	CURL *easy = curl_easy_init();

	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long) BODY_LEN);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "campaign");
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	return easy;
}

/* Takes finished transfers out and puts them in again as long as requests are left. */
static void
turn_over(CURLM *multi, long *left, long *running)
{
	CURLMsg *message;
	int queued;

	while ((message = curl_multi_info_read(multi, &queued)) != NULL)
	{
		CURL *easy = message->easy_handle;

		if (message->data.result != CURLE_OK)
			failures++;
		curl_multi_remove_handle(multi, easy);
		(*running)--;
		if (*left > 0)
		{
			curl_multi_add_handle(multi, easy);
			(*left)--;
			(*running)++;
		}
	}
}

int
main(int argc, char **argv)
{
	char body[BODY_LEN + 1];
	struct curl_slist *headers;
	long requests;
	long left;
	long running = 0;
	double start;
	CURLM *multi;
	int places;
	int i;

	if (argc != 4 || (places = atoi(argv[2])) < 1 || (requests = atol(argv[3])) < 1)
	{
		fprintf(stderr, "usage: bare_curl URL PLACES REQUESTS\n");
		return 2;
	}
	memset(body, 'x', BODY_LEN);
	memcpy(body, "{\"text\":\"", 9);
	memcpy(body + BODY_LEN - 2, "\"}", 3);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	multi = curl_multi_init();
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long) places);
	headers = curl_slist_append(NULL, "Content-Type: application/json");
	headers = curl_slist_append(headers, "Expect:");
	headers = curl_slist_append(headers, "Idempotency-Key: 0123456789abcdef0123456789abcdef");
	left = requests;
	start = seconds();
	for (i = 0; i < places && left > 0; i++, left--, running++)
		curl_multi_add_handle(multi, make(argv[1], body, headers));
	while (running > 0)
	{
		int alive;

		curl_multi_perform(multi, &alive);
		turn_over(multi, &left, &running);
		if (running > 0)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
	printf("%.0f requests/s, %ld failed\n", (double) requests / (seconds() - start), failures);
	/* handles end with the process */
	return failures > 0;
}
