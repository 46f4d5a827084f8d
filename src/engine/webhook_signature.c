/*
 * webhook_signature.c
 *		How a request is signed by Standard Webhooks.
 */
#include "engine/webhook_signature.h"

#include "common/base64.h"
#include "common/sha2.h"
#include "lib/stringinfo.h"

#include "engine/token.h"
#include "store/compat.h"

#define PREFIX "whsec_"
#define SCHEME "v1,"

#define KEY_BYTES_MIN 24
#define KEY_BYTES_MAX 64

/* Base64 of the longest key, and of a digest. */
#define KEY_CHARACTERS_MAX 88
#define DIGEST_CHARACTERS 44

/* The bytes of a key that is written so; how many, 0 if it is none. */
static int
read_key(const char *secret, size_t length, uint8 *key)
{
	size_t prefix = strlen(PREFIX);
	int n;

	if (length <= prefix || length > prefix + KEY_CHARACTERS_MAX ||
		strncmp(secret, PREFIX, prefix) != 0)
		return 0;
	n = pg_b64_decode(secret + prefix, (int) (length - prefix), (Base64Byte *) key, KEY_BYTES_MAX);
	return n < KEY_BYTES_MIN ? 0 : n;
}

static void
append_signature(StringInfo signatures, const uint8 *key, int key_length, const StringInfo message)
{
	uint8 digest[PG_SHA256_DIGEST_LENGTH];
	char text[DIGEST_CHARACTERS + 1];

	campaign_token_sign(key, key_length, (const uint8 *) message->data, message->len, digest);
	if (pg_b64_encode((const Base64Byte *) digest, sizeof(digest), text, DIGEST_CHARACTERS) !=
		DIGEST_CHARACTERS)
		elog(ERROR, "could not encode a signature");
	text[DIGEST_CHARACTERS] = '\0';
	appendStringInfo(signatures, "%s" SCHEME "%s", signatures->len > 0 ? " " : "", text);
}

char *
campaign_webhook_signature_make(const char *secrets, const char *id, int64 second, const char *body,
								size_t length)
{
	StringInfoData message;
	StringInfoData signatures;

	initStringInfo(&message);
	initStringInfo(&signatures);
	appendStringInfo(&message, "%s." INT64_FORMAT ".", id, second);
	appendBinaryStringInfo(&message, body, (int) length);
	for (secrets += strspn(secrets, " "); *secrets != '\0'; secrets += strspn(secrets, " "))
	{
		size_t n = strcspn(secrets, " ");
		uint8 key[KEY_BYTES_MAX];
		int key_length = read_key(secrets, n, key);

		if (key_length == 0)
			return NULL;
		append_signature(&signatures, key, key_length, &message);
		explicit_bzero(key, sizeof(key));
		secrets += n;
	}
	return signatures.len == 0 ? NULL : signatures.data;
}
