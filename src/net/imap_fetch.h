/*
 * imap_fetch.h
 *		The messages in what an IMAP server answers: which bytes of its answers are kept.
 *
 * An answer comes in pieces: a line, as many bytes as it announces at its end, the next line. Only what was
 * asked for is kept, and no more of it than was asked for; the rest of what a server tells is passed over.
 */
#ifndef CAMPAIGN_NET_IMAP_FETCH_H
#define CAMPAIGN_NET_IMAP_FETCH_H

#include "net/imap_session.h"

/* A line of an answer; where it announces no bytes, the answer is over. */
extern void campaign_net_imap_fetch_piece(ImapSession *session, const char *piece);

/* Frees what the answer under way has brought so far. */
extern void campaign_net_imap_fetch_forget(ImapSession *session);

#endif
