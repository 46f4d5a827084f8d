/*
 * redact.c
 *		Keeps secrets out of what others say.
 */
#include "net/redact.h"

#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

/* In base64; more than any login has. */
#define BASIC_MAX 1024

static void
cover(char *text, size_t size, const char *secret, size_t length)
{
	char *end = text + size;
	char *at = text;

	if (length < NET_REDACT_MIN)
		return;
	while ((at = memmem(at, (size_t) (end - at), secret, length)) != NULL)
	{
		memset(at, '*', length);
		at += length;
	}
}

/* user:password, which stands in base64 behind the scheme. */
static void
cover_login(char *text, size_t size, const char *encoded)
{
	char clear[BASIC_MAX + 1];
	size_t length = strlen(encoded);
	const char *colon;
	int n;

	if (length > BASIC_MAX)
		return;
	n = EVP_DecodeBlock((unsigned char *) clear, (const unsigned char *) encoded, (int) length);
	if (n <= 0)
		return;
	/* the padding was decoded to bytes 0 */
	clear[n] = '\0';
	cover(text, size, clear, strlen(clear));
	colon = strchr(clear, ':');
	if (colon != NULL)
		cover(text, size, colon + 1, strlen(colon + 1));
}

void
campaign_net_redact(char *text, size_t size, const char *secret)
{
	const char *credentials = strchr(secret, ' ');

	cover(text, size, secret, strlen(secret));
	if (credentials == NULL)
		return;
	credentials += strspn(credentials, " ");
	cover(text, size, credentials, strlen(credentials));
	if (strncasecmp(secret, "Basic ", 6) == 0)
		cover_login(text, size, credentials);
}
