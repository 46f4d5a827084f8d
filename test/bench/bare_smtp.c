/*
 * bare_smtp.c
 *		The limit that mail is held against: libcurl's own SMTP with nothing around it.
 *
 *		bare_smtp URL CONNECTIONS MAILS
 *
 * Sends mails of 800 bytes over kept connections, so many at a time, and prints mails/s. libcurl waits
 * within the call for the answer to the end of each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

#define MAIL_LEN 800

typedef struct Sender
{
	CURL *easy;
	size_t sent;
} Sender;

static char mail[MAIL_LEN];
static long failures;

static size_t
read_mail(char *to, size_t size, size_t n, void *context)
{
	Sender *sender = context;
	size_t len = MAIL_LEN - sender->sent;

	len = len < size * n ? len : size * n;
	memcpy(to, mail + sender->sent, len);
	sender->sent += len;
	return len;
}

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

static void
make_mail(void)
{
	size_t i;

	for (i = 0; i < MAIL_LEN; i++)
		mail[i] = i % 60 == 58 ? '\r' : i % 60 == 59 ? '\n' : 'x';
	memcpy(mail, "Subject: Hello", 14);
	mail[MAIL_LEN - 2] = '\r';
	mail[MAIL_LEN - 1] = '\n';
}

static void
make(Sender *sender, const char *url, struct curl_slist *to)
{
	CURL *easy = curl_easy_init();

	sender->easy = easy;
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, (void *) sender);
	curl_easy_setopt(easy, CURLOPT_MAIL_FROM, "<bench@example.org>");
	curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, to);
	curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_mail);
	curl_easy_setopt(easy, CURLOPT_READDATA, (void *) sender);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
}

static void
begin(CURLM *multi, Sender *sender, long *left, long *running)
{
	sender->sent = 0;
	curl_multi_add_handle(multi, sender->easy);
	(*left)--;
	(*running)++;
}

/* Takes finished mails out and begins others as long as some are left. */
static void
turn_over(CURLM *multi, long *left, long *running)
{
	CURLMsg *message;
	int queued;

	while ((message = curl_multi_info_read(multi, &queued)) != NULL)
	{
		Sender *sender = NULL;

		if (message->data.result != CURLE_OK)
			failures++;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **) &sender);
		curl_multi_remove_handle(multi, sender->easy);
		(*running)--;
		if (*left > 0)
			begin(multi, sender, left, running);
	}
}

int
main(int argc, char **argv)
{
	long connections = argc == 4 ? strtol(argv[2], NULL, 10) : 0;
	long mails = argc == 4 ? strtol(argv[3], NULL, 10) : 0;
	long left = mails;
	long running = 0;
	struct curl_slist *to;
	Sender *senders;
	CURLM *multi;
	double began;
	long i;

	if (connections < 1 || mails < connections)
	{
		fprintf(stderr, "usage: bare_smtp URL CONNECTIONS MAILS\n");
		return 2;
	}
	curl_global_init(CURL_GLOBAL_DEFAULT);
	multi = curl_multi_init();
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, connections);
	senders = calloc((size_t) connections, sizeof(Sender));
	to = curl_slist_append(NULL, "<ada@example.com>");
	make_mail();
	began = seconds();
	for (i = 0; i < connections; i++)
	{
		make(&senders[i], argv[1], to);
		begin(multi, &senders[i], &left, &running);
	}
	while (running > 0)
	{
		int active;

		curl_multi_perform(multi, &active);
		turn_over(multi, &left, &running);
		if (running > 0)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
	printf("%.0f mails/s, %ld failed\n", (double) mails / (seconds() - began), failures);
	for (i = 0; i < connections; i++)
		curl_easy_cleanup(senders[i].easy);
	curl_multi_cleanup(multi);
	curl_slist_free_all(to);
	free(senders);
	return failures > 0 ? 1 : 0;
}
