/*
 * journal.h
 *		The log of the sink: one line per request, written before it is answered.
 *
 *		<unix microseconds> <connection> <method> <path> <key or -> <status or word> <body>
 *
 * Control bytes of the body stand as spaces; it is "-" if it is empty or the log is quiet. The word
 * is repeat, hang, close-before, close-mid or close-body. A mail has method MAIL, its Message-ID as key,
 * status 250 and its content as body.
 */
#ifndef SINK_JOURNAL_H
#define SINK_JOURNAL_H

#include "sink.h"

extern void sink_journal(Sink *sink, const Conn *conn, const Request *request, int status,
						 const char *word);

#endif
