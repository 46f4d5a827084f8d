/*
 * conn.h
 *		A connection of the sink: reading whole requests from it and writing answers to it.
 */
#ifndef SINK_CONN_H
#define SINK_CONN_H

#include "sink.h"

extern void sink_conn_accept(Sink *sink);

/* Reads what has come and answers every complete request in it, as far as none waits. */
extern void sink_conn_read(Sink *sink, Conn *conn);

/* Goes on with what the kernel did not take. */
extern void sink_conn_flush(Sink *sink, Conn *conn);

/* Sends bytes now. With close, the connection ends after them. */
extern void sink_conn_send(Sink *sink, Conn *conn, const char *bytes, size_t len, bool close);

/* Sends bytes (copied) after a while, in the order of time. */
extern void sink_conn_send_late(Sink *sink, Conn *conn, const char *bytes, size_t len,
								int64_t delay_us);

/* Sends what is due; gives milliseconds until the next, -1 if there is none. */
extern int sink_conn_send_due(Sink *sink);

extern void sink_conn_close(Sink *sink, Conn *conn);

/* Frees closed connections: not before all events of a batch are done with. */
extern void sink_conn_bury(Sink *sink);

#endif
