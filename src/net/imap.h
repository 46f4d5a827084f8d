/*
 * imap.h
 *		One reading of a mailbox over IMAP, among the transfers of a loop.
 *
 * The line (line.h) is opened, secured and logged in by libcurl; what is read and how is in
 * imap_session.h. A reading brings a limited number of messages and says whether there are more.
 * The connection is shut when it ends: no mailbox is held open between readings.
 */
#ifndef CAMPAIGN_NET_IMAP_H
#define CAMPAIGN_NET_IMAP_H

#include "net/imap_session.h"
#include "net/line.h"

/* All is copied. */
typedef struct NetImapRequest
{
	const char *url; /* imap or imaps://host[:port] */
	const char *user;
	const char *password; /* or NULL with a token */
	const char *token;    /* OAuth 2.0, instead of a password */
	bool allow_clear;
	bool allow_private;
	long open_timeout_ms;
	long answer_timeout_ms; /* from one answer to the next */
	ImapWish wish;
} NetImapRequest;

typedef struct NetImap NetImap;

/* NULL: no line or no memory; nothing was begun. */
extern NetImap *campaign_net_imap_open(NetLoop *loop, const NetImapRequest *request);

/* Whether it has ended, well or not. */
extern bool campaign_net_imap_is_done(const NetImap *imap);

/* What a reading that is done has found. */
extern const ImapSession *campaign_net_imap_session(const NetImap *imap);

/* Why it has found nothing, as a word for programs; "" = it was read. Its words for people in detail. */
extern const char *campaign_net_imap_code(const NetImap *imap);
extern const char *campaign_net_imap_detail(const NetImap *imap);

/* Frees it, done or not. Not within a turn of the loop. */
extern void campaign_net_imap_close(NetImap *imap);

#endif
