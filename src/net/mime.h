/*
 * mime.h
 *		The bytes of a mail.
 *
 * GMime writes them, and a check of our own (mime_check.h) reads them once more before they are
 * given out. The same message gives the same bytes, whenever and wherever it is built: a repeated
 * attempt sends what the first one sent.
 *
 * GLib ends the process when it gets no memory, so what is given to it is bounded first
 * (campaign_mail_fault). Initialise after the last fork: campaign_mime_build() does it when first used.
 */
#ifndef CAMPAIGN_NET_MIME_H
#define CAMPAIGN_NET_MIME_H

#include "net/mail.h"

typedef struct MailBytes
{
	char *data; /* of malloc; lines end in CRLF, dots are not stuffed */
	size_t length;
} MailBytes;

/*
 * Builds the message, or says in error why it cannot be sent. eight_bit and utf8: the server offered
 * 8BITMIME and SMTPUTF8. An address whose local part is not ASCII cannot be sent without the latter.
 */
extern bool campaign_mime_build(const MailMessage *message, bool eight_bit, bool utf8,
								MailBytes *out, char *error, size_t error_size);

extern void campaign_mime_free(MailBytes *bytes);

/*
 * The address as it stands in the envelope and in the headers: with utf8 as it is, else with its
 * domain in ASCII. False if that cannot be, or does not fit.
 */
extern bool campaign_mime_envelope(const char *address, bool utf8, char *out, size_t size);

#endif
