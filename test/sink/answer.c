/*
 * answer.c
 *		What the sink does with a request.
 */
#define _GNU_SOURCE
#include "answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conn.h"
#include "journal.h"
#include "parse.h"

#define BIG_MAX (256L * 1024 * 1024)

typedef struct Behaviour
{
	int status;       /* 0 = none: word says what instead */
	const char *word; /* of the log; NULL = the status */
	long delay_ms;
	long big; /* bytes of the body; -1 = the usual one */
	char retry_after[64];
	enum
	{
		WHOLE,
		CLOSE_BEFORE,
		CLOSE_MID,
		CLOSE_BODY,
		HANG
	} way;
	char result[32]; /* the status that it tells of, or "" */
} Behaviour;

static bool
path_is(const char *path, const char *name)
{
	size_t len = strlen(name);

	return strncmp(path, name, len) == 0 && (path[len] == '\0' || path[len] == '?');
}

static void
misbehave(Behaviour *behaviour, const char *word, int way)
{
	behaviour->status = 0;
	behaviour->word = word;
	behaviour->way = way;
}

static void
set_retry_after(Behaviour *behaviour, const char *path)
{
	long seconds = sink_parse_number(path, "retry_after", -1);
	long date = sink_parse_number(path, "retry_date", -1);
	struct tm tm;
	time_t at;

	if (seconds >= 0)
		snprintf(behaviour->retry_after, sizeof(behaviour->retry_after), "%ld", seconds);
	else if (date >= 0)
	{
		at = time(NULL) + date;
		gmtime_r(&at, &tm);
		strftime(behaviour->retry_after, sizeof(behaviour->retry_after),
				 "%a, %d %b %Y %H:%M:%S GMT", &tm);
	}
}

/* What has become of something that was taken on. */
static void
set_result(Behaviour *behaviour, const char *path, int attempt)
{
	const char *is = strstr(path, "is=");

	if (is == NULL || attempt <= sink_parse_number(path, "after", 0))
		snprintf(behaviour->result, sizeof(behaviour->result), "pending");
	else
		snprintf(behaviour->result, sizeof(behaviour->result), "%.*s", (int) strcspn(is + 3, "&"),
				 is + 3);
}

/* attempt counts from 1, by key, or by path for requests without one */
static void
choose(Behaviour *behaviour, const char *path, const char *key, int attempt)
{
	char name[300];

	memset(behaviour, 0, sizeof(*behaviour));
	behaviour->status = 200;
	behaviour->big = -1;
	if (path_is(path, "/accepted"))
		behaviour->status = 202;
	else if (path_is(path, "/result"))
		set_result(behaviour, path, attempt);
	else if (path_is(path, "/slow"))
		behaviour->delay_ms = sink_parse_number(path, "ms", 50);
	else if (path_is(path, "/big"))
		behaviour->big = sink_parse_number(path, "bytes", 1024 * 1024);
	else if (strncmp(path, "/status/", 8) == 0)
	{
		if (attempt <= sink_parse_number(path, "times", INT32_MAX))
		{
			behaviour->status = atoi(path + 8);
			set_retry_after(behaviour, path);
		}
	}
	else if (path_is(path, "/close-before"))
		misbehave(behaviour, "close-before", CLOSE_BEFORE);
	else if (path_is(path, "/close-mid"))
		misbehave(behaviour, "close-mid", CLOSE_MID);
	else if (path_is(path, "/close-body"))
		misbehave(behaviour, "close-body", CLOSE_BODY);
	else if (path_is(path, "/hang"))
		misbehave(behaviour, "hang", HANG);
	else if (path_is(path, "/flaky"))
	{
		long percent = sink_parse_number(path, "percent", 20);
		uint64_t dice;

		behaviour->delay_ms = sink_parse_number(path, "ms", 0);
		snprintf(name, sizeof(name), "%s %d", key, attempt);
		dice = sink_keys_hash(name, (uint64_t) sink_parse_number(path, "seed", 1)) % 200;
		if ((long) dice < percent)
			behaviour->status = 500;
		else if ((long) dice < 2 * percent)
			misbehave(behaviour, "close-before", CLOSE_BEFORE);
	}
	else if (!path_is(path, "/ok"))
		behaviour->status = 404;
	if (behaviour->big > BIG_MAX)
		behaviour->big = BIG_MAX;
}

/* Writes a whole answer into memory that the caller frees; NULL if there is none. */
static char *
compose(const Behaviour *behaviour, uint64_t id, bool close, size_t *len)
{
	int status = behaviour->status ? behaviour->status : 200;
	char usual[64];
	size_t body_len;
	size_t room;
	char *out;
	int n;

	if (behaviour->result[0] != '\0')
		snprintf(usual, sizeof(usual), "{\"status\":\"%s\"}", behaviour->result);
	else
		snprintf(usual, sizeof(usual), "{\"id\":\"%llu\"}", (unsigned long long) id);
	body_len = behaviour->big >= 0 ? (size_t) behaviour->big : strlen(usual);
	if (status == 204 || status == 304)
		body_len = 0;
	room = 512 + body_len;
	out = malloc(room);
	if (out == NULL)
		return NULL;
	n = snprintf(out, room,
				 "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
				 "%s%s%s%s\r\n",
				 status, status < 300 ? "OK" : "Not so", body_len,
				 behaviour->retry_after[0] ? "Retry-After: " : "", behaviour->retry_after,
				 behaviour->retry_after[0] ? "\r\n" : "", close ? "Connection: close\r\n" : "");
	if (behaviour->big >= 0)
		memset(out + n, 'x', body_len);
	else
		memcpy(out + n, usual, body_len);
	*len = (size_t) n + body_len;
	return out;
}

static void
act(Sink *sink, Conn *conn, const Behaviour *behaviour, uint64_t id, bool close)
{
	size_t len;
	char *bytes = compose(behaviour, id, close, &len);

	if (bytes == NULL || behaviour->way == CLOSE_BEFORE)
		sink_conn_close(sink, conn);
	else if (behaviour->way == HANG)
		conn->waits = true;
	else if (behaviour->way == CLOSE_MID)
		sink_conn_send(sink, conn, bytes, 30, true);
	else if (behaviour->way == CLOSE_BODY)
		sink_conn_send(sink, conn, bytes, len - 2, true);
	else if (behaviour->delay_ms > 0)
	{
		sink_conn_send_late(sink, conn, bytes, len, behaviour->delay_ms * 1000);
		conn->closing = close;
	}
	else
		sink_conn_send(sink, conn, bytes, len, close);
	free(bytes);
}

static void
tell_stats(Sink *sink, Conn *conn, const Request *request)
{
	char body[200];
	char out[400];
	int n;

	snprintf(body, sizeof(body), "{\"requests\":%llu,\"keys\":%zu,\"repeats\":%llu}\n",
			 (unsigned long long) sink->requests, sink->keys.used,
			 (unsigned long long) sink->repeats);
	n = snprintf(out, sizeof(out),
				 "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
				 "%s\r\n%s",
				 strlen(body), request->close ? "Connection: close\r\n" : "", body);
	sink_conn_send(sink, conn, out, (size_t) n, request->close);
}

void
sink_answer(Sink *sink, Conn *conn, const Request *request)
{
	Behaviour behaviour;
	uint64_t id = ++sink->last_id;
	Key *key = NULL;

	if (strcmp(request->method, "GET") == 0 && path_is(request->path, "/stats"))
	{
		tell_stats(sink, conn, request);
		return;
	}
	sink->requests++;
	if (request->key[0] != '\0' || strncmp(request->path, "/status/", 8) == 0 ||
		path_is(request->path, "/result"))
		key = sink_keys_find(request->key[0] != '\0' ? &sink->keys : &sink->paths,
							 request->key[0] != '\0' ? request->key : request->path);
	if (key != NULL)
		key->seen++;
	choose(&behaviour, request->path, request->key, key != NULL ? key->seen : 1);
	if (request->key[0] != '\0' && key != NULL && key->accepted > 0)
	{
		sink->repeats++;
		if (sink->idempotent)
		{
			memset(&behaviour, 0, sizeof(behaviour));
			behaviour.status = key->status;
			behaviour.word = "repeat";
			behaviour.big = -1;
			id = key->id;
		}
	}
	if (key != NULL && behaviour.status < 300 && key->accepted++ == 0)
	{
		key->status = behaviour.status ? behaviour.status : 200;
		key->id = id;
	}
	sink_journal(sink, conn, request, behaviour.status, behaviour.word);
	act(sink, conn, &behaviour, id, request->close);
}
