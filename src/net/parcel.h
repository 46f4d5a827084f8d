/*
 * parcel.h
 *		A mail that waits for a session: its parts are kept until the server's offers are known, which
 *		say how its bytes may be written.
 */
#ifndef CAMPAIGN_NET_PARCEL_H
#define CAMPAIGN_NET_PARCEL_H

#include "net/mail.h"
#include "net/smtp.h"

typedef struct NetParcel NetParcel;

/* Copies all of the message; NULL = no memory. */
extern NetParcel *campaign_net_parcel_pack(const MailMessage *message);
extern void campaign_net_parcel_free(void *parcel);

/* NetMailJob.build, of one whose arg is a parcel. */
extern bool campaign_net_parcel_build(NetMailJob *job, bool eight_bit, bool utf8, char **bytes,
									  size_t *len, char *error, size_t error_size);

#endif
