/*
 * envelope.h
 *		What may be written to an SMTP server: addresses in commands, and the content of a message.
 *
 * The last look at the bytes before they leave, whoever made them: no byte of an address can end its
 * command, and no byte of a content can end the content, for any reader.
 */
#ifndef CAMPAIGN_NET_ENVELOPE_H
#define CAMPAIGN_NET_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>

/* Why an address must not stand in MAIL or RCPT, as a text without any of its bytes, or NULL. */
extern const char *campaign_net_envelope_fault(const char *address, bool utf8);

/* True if all bytes are ASCII. */
extern bool campaign_net_envelope_is_ascii(const char *text, size_t len);

/* Why a content must not leave, or NULL: lines end in CR LF, and hold neither of them nor a NUL. */
extern const char *campaign_net_envelope_content_fault(const char *bytes, size_t len,
													   bool eight_bit);

/*
 * The content with a dot put before each line that begins with one, of malloc; NULL = no memory. The
 * dot that ends it is not there.
 */
extern char *campaign_net_envelope_stuff(const char *bytes, size_t len, size_t *stuffed);

#endif
