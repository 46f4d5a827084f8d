/*
 * signature.c
 *		Whether a message was signed by the holder of a private key.
 */
#include "net/signature.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#define PEM_BEGIN "-----BEGIN"
#define PEM_DASHES "-----"
#define RSA_BITS_MIN 2048

/* The bytes that stand for a key, of the first block alone where there are several; how many, or -1. */
static int
read_base64(const char *text, unsigned char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned char block[NET_SIGNATURE_KEY_MAX];
	const char *begin = strstr(text, PEM_BEGIN);
	size_t n = 0;
	size_t padding = 0;

	if (begin != NULL)
	{
		text = strstr(begin + strlen(PEM_BEGIN), PEM_DASHES);
		if (text == NULL)
			return -1;
		text += strlen(PEM_DASHES);
	}
	for (; *text != '\0' && *text != '-'; text++)
	{
		if (strchr(" \t\r\n", *text) != NULL)
			continue;
		if (*text == '=')
			padding++;
		else if (padding > 0 || strchr(digits, *text) == NULL)
			return -1;
		if (n == sizeof(block))
			return -1;
		block[n++] = (unsigned char) *text;
	}
	if (n == 0 || n % 4 != 0 || padding > 2)
		return -1;
	return EVP_DecodeBlock(out, block, (int) n) - (int) padding;
}

static EVP_PKEY *
read_key(const char *text)
{
	unsigned char der[NET_SIGNATURE_KEY_MAX];
	int size = strlen(text) > NET_SIGNATURE_KEY_MAX ? -1 : read_base64(text, der);
	const unsigned char *at = der;
	EVP_PKEY *key;
	X509 *certificate;

	if (size <= 0)
		return NULL;
	key = d2i_PUBKEY(NULL, &at, size);
	if (key != NULL)
		return key;
	at = der;
	certificate = d2i_X509(NULL, &at, size);
	if (certificate == NULL)
		return NULL;
	key = X509_get_pubkey(certificate);
	X509_free(certificate);
	return key;
}

/* Keys of these kinds are what providers have; what is weaker is nobody's. */
static bool
is_strong(const EVP_PKEY *key)
{
	char group[64];
	size_t length;

	if (EVP_PKEY_is_a(key, "RSA"))
		return EVP_PKEY_get_bits(key) >= RSA_BITS_MIN;
	return EVP_PKEY_is_a(key, "EC") &&
		   EVP_PKEY_get_group_name(key, group, sizeof(group), &length) == 1 &&
		   strcmp(group, SN_X9_62_prime256v1) == 0;
}

bool
campaign_net_signature_holds(const char *key, const void *message, size_t size,
							 const void *signature, size_t signature_size)
{
	EVP_PKEY *public = read_key(key);
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	bool holds = false;

	if (public != NULL && digest != NULL && is_strong(public))
		holds = EVP_DigestVerifyInit(digest, NULL, EVP_sha256(), NULL, public) == 1 &&
				EVP_DigestVerify(digest, signature, signature_size, message, size) == 1;
	EVP_MD_CTX_free(digest);
	EVP_PKEY_free(public);
	/* the server's own use of the library begins with an empty list of errors */
	ERR_clear_error();
	return holds;
}
