/*
 * parse.c
 *		Requests out of the bytes of a connection.
 */
#define _GNU_SOURCE
#include "parse.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Copies [from, to) as a text; false if it does not fit. */
static bool
copy(char *out, size_t size, const char *from, const char *to)
{
	if ((size_t) (to - from) >= size)
		return false;
	memcpy(out, from, (size_t) (to - from));
	out[to - from] = '\0';
	return true;
}

static bool
parse_first_line(const char *line, const char *end, Request *request)
{
	const char *path = memchr(line, ' ', (size_t) (end - line));
	const char *version;

	if (path == NULL || !copy(request->method, sizeof(request->method), line, path))
		return false;
	path++;
	version = memchr(path, ' ', (size_t) (end - path));
	return version != NULL && copy(request->path, sizeof(request->path), path, version);
}

static bool
parse_header(const char *line, const char *end, Request *request)
{
	const char *colon = memchr(line, ':', (size_t) (end - line));
	char value[256];
	char name[32];

	if (colon == NULL)
		return false;
	if (!copy(name, sizeof(name), line, colon))
		return true;
	for (colon++; colon < end && *colon == ' '; colon++)
		;
	if (!copy(value, sizeof(value), colon, end))
		return true;
	if (strcasecmp(name, "Content-Length") == 0)
		request->body_len = strtoul(value, NULL, 10);
	else if (strcasecmp(name, "Idempotency-Key") == 0)
		memcpy(request->key, value, sizeof(value));
	else if (strcasecmp(name, "Connection") == 0)
		request->close = strcasecmp(value, "close") == 0;
	else if (strcasecmp(name, "Transfer-Encoding") == 0)
		return false;
	return true;
}

long
sink_parse(const char *in, size_t len, Request *request)
{
	const char *head_end = len > 0 ? memmem(in, len, "\r\n\r\n", 4) : NULL;
	const char *line;
	const char *end;

	if (len > 0 && (in[0] < 'A' || in[0] > 'Z'))
		return -1;
	if (head_end == NULL)
		return len > 256 * 1024 ? -1 : 0;
	request->key[0] = '\0';
	request->body_len = 0;
	request->close = false;
	end = memmem(in, len, "\r\n", 2);
	if (!parse_first_line(in, end, request))
		return -1;
	while (end < head_end)
	{
		line = end + 2;
		end = memmem(line, (size_t) (in + len - line), "\r\n", 2);
		if (!parse_header(line, end, request))
			return -1;
	}
	request->body = head_end + 4;
	if ((size_t) (in + len - request->body) < request->body_len)
		return 0;
	return request->body + request->body_len - in;
}

long
sink_parse_number(const char *path, const char *name, long other)
{
	const char *at = strchr(path, '?');
	size_t len = strlen(name);

	while (at != NULL)
	{
		at++;
		if (strncmp(at, name, len) == 0 && at[len] == '=')
			return strtol(at + len + 1, NULL, 10);
		at = strchr(at, '&');
	}
	return other;
}
