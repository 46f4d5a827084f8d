/*
 * smtp.h
 *		The sink as a mail server: it accepts every mail, in clear, and answers its end as late as it is
 *		told; with a time below 0 never.
 */
#ifndef SINK_SMTP_H
#define SINK_SMTP_H

#include "sink.h"

extern void sink_smtp_greet(Sink *sink, Conn *conn);

/* Answers one command, or one content; how many bytes it was, 0 = it is not all there. */
extern long sink_smtp_serve(Sink *sink, Conn *conn, const char *bytes, size_t len);

#endif
