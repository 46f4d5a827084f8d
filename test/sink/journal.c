/*
 * journal.c
 *		The log of the sink.
 */
#include "journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0)
	{
		ssize_t n = write(fd, bytes, len);

		if (n <= 0)
		{
			perror("sink: log");
			exit(1);
		}
		bytes += n;
		len -= (size_t) n;
	}
}

void
sink_journal(Sink *sink, const Conn *conn, const Request *request, int status, const char *word)
{
	size_t body_len = sink->quiet_log ? 0 : request->body_len;
	char number[16];
	struct timespec now;
	size_t room = sizeof(request->path) + sizeof(request->key) + 200 + body_len;
	char stack[8192];
	char *line = stack;
	size_t i;
	int n;

	if (sink->log_fd < 0)
		return;
	if (room > sizeof(stack))
		line = malloc(room);
	if (line == NULL)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(number, sizeof(number), "%d", status);
	n = snprintf(line, room, "%lld %llu %s %s %s %s ",
				 (long long) now.tv_sec * 1000000 + now.tv_nsec / 1000,
				 (unsigned long long) conn->id, request->method, request->path,
				 request->key[0] ? request->key : "-", word != NULL ? word : number);
	for (i = 0; i < body_len; i++)
	{
		unsigned char byte = (unsigned char) request->body[i];

		line[n++] = byte < 0x20 || byte == 0x7f ? ' ' : (char) byte;
	}
	if (body_len == 0)
		line[n++] = '-';
	line[n++] = '\n';
	write_all(sink->log_fd, line, (size_t) n);
	if (line != stack)
		free(line);
}
