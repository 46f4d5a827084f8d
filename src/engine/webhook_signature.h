/*
 * webhook_signature.h
 *		How a request is signed by Standard Webhooks 1.0.0, scheme v1. How one is verified that comes to us
 *		is SQL: sql/67_ingest.sql.
 */
#ifndef CAMPAIGN_WEBHOOK_SIGNATURE_H
#define CAMPAIGN_WEBHOOK_SIGNATURE_H

#include "postgres.h"

/*
 * The value of the header webhook-signature for this body, under this id, at this second of 1970: one
 * signature for each secret, in their order. The secrets stand one behind the other, with blanks
 * between; there is more than one while receivers change from one to the next. NULL if one of them is no
 * secret of the standard: whsec_ and 24 to 64 bytes in base64.
 */
extern char *campaign_webhook_signature_make(const char *secrets, const char *id, int64 second,
											 const char *body, size_t length);

#endif
