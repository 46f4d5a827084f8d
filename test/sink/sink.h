/*
 * sink.h
 *		A receiver for tests, demo and benchmarks: what a gateway's far end does, well or badly, chosen
 *		by the path of the request. One thread, HTTP/1.1 with keep-alive, on 127.0.0.1.
 *
 * With --smtp it is a mail server instead, see smtp.h.
 *
 * Without an answer it is told apart from the real thing only by its log and its GET /stats.
 */
#ifndef SINK_H
#define SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "keys.h"

typedef struct Conn
{
	int fd;
	uint64_t id;
	char *in;
	size_t in_len;
	size_t in_size;
	char *out; /* what the kernel did not take at once */
	size_t out_len;
	size_t out_at;
	bool waits;      /* an answer is due later, or never: read no further request */
	bool closing;    /* once out is written */
	bool dead;       /* to be freed by the main loop */
	bool in_content; /* of a mail */
	int64_t due;     /* microseconds; of an answer that comes late */
	char *late;      /* that answer */
	size_t late_len;
	struct Conn *next_due;
	struct Conn *prev_due;
	struct Conn *next_dead;
} Conn;

typedef struct Sink
{
	int epoll_fd;
	int listen_fd;
	int log_fd; /* -1 = none */
	bool idempotent;
	bool quiet_log;
	bool smtp;      /* a mail server instead */
	int64_t dot_us; /* which answers the end of a mail so much later */
	uint64_t requests;
	uint64_t repeats;
	uint64_t last_conn;
	uint64_t last_id;
	Keys keys;
	Keys paths;      /* of requests without a key, where the path says "the first times" */
	Conn *first_due; /* by time */
	Conn *last_due;
	Conn *dead;
} Sink;

/* A request that was read completely; the texts are the parser's and end with its call. */
typedef struct Request
{
	char method[16];
	char path[1024]; /* with the query */
	char key[256];   /* "" = none */
	const char *body;
	size_t body_len;
	bool close;
} Request;

extern int64_t sink_clock(void);

#endif
