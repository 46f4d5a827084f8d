/*
 * signature.h
 *		Whether a message was signed by the holder of a private key. Signatures by a shared secret are
 *		not for here: those that SQL needs are in src/engine/token.h.
 */
#ifndef CAMPAIGN_NET_SIGNATURE_H
#define CAMPAIGN_NET_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

/* A key as a text is not longer; one of RSA 8192 in a certificate fits. */
#define NET_SIGNATURE_KEY_MAX 16384

/*
 * By ECDSA with the curve P-256, or RSA (PKCS #1) of 2048 bits or more, of the message's SHA-256. The
 * key is a public key or a certificate, in base64, with or without the lines BEGIN and END of PEM; of
 * a certificate nothing is looked at but the key: whoever names it trusts it. False, too, for a key
 * that is none.
 */
extern bool campaign_net_signature_holds(const char *key, const void *message, size_t size,
										 const void *signature, size_t signature_size);

#endif
