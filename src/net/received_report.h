/*
 * received_report.h
 *		Reports that machines send: on deliveries (RFC 3464), complaints (RFC 5965), receipts of reading
 *		(RFC 8098).
 *
 * Only the structured parts count. What an attached message says of itself is never taken for what the
 * report says, apart from the Message-ID and the recipient of the message that came back.
 */
#ifndef CAMPAIGN_NET_RECEIVED_REPORT_H
#define CAMPAIGN_NET_RECEIVED_REPORT_H

#include <gmime/gmime.h>

#include "net/received.h"

/* Sets kind and what belongs to it; false if the message has no such report. */
extern bool campaign_net_received_report(Received *received, GMimeObject *root);

/* The addresses of X-Failed-Recipients, by which a server without RFC 3464 tells of a bounce. */
extern void campaign_net_received_failed(Received *received, const char *addresses);

/*
 * What a status of RFC 3463 says of an address that mail failed to: hard where it is the address
 * itself, soft where it is the mailbox's fullness, the system, the way, the content, or a policy.
 */
extern ReceivedFate campaign_net_received_fate(const char *status);

/* The next id out of a header such as References, without brackets; NULL: no more. */
extern const char *campaign_net_received_id(const char *text, char *id, size_t size);

#endif
