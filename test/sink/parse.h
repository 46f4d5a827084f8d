/*
 * parse.h
 *		Requests out of the bytes of a connection. Bodies come with Content-Length only.
 */
#ifndef SINK_PARSE_H
#define SINK_PARSE_H

#include "sink.h"

/* Bytes that the first request takes, 0 if it is not complete yet, -1 if it is none. */
extern long sink_parse(const char *in, size_t len, Request *request);

/* The number after "name=" in the query of a path, or other. */
extern long sink_parse_number(const char *path, const char *name, long other);

#endif
