/*
 * token.c
 *		What stands in a link by which somebody opts out.
 */
#include "engine/token.h"

#include "common/base64.h"
#include "common/hmac.h"
#include "common/sha2.h"

#include "store/compat.h"

#define ID_BYTES 24
#define SIGNATURE_BYTES 16
#define TOKEN_BYTES (ID_BYTES + SIGNATURE_BYTES)

/* Its text in base64, of 3 bytes each 4 characters, two of them padding. */
#define ENCODED_CHARACTERS 56

/* What the key signs here and nowhere else. */
#define PURPOSE "campaign unsubscribe 1:"

void
campaign_token_sign(const uint8 *key, int key_length, const uint8 *message, int length,
					uint8 *digest)
{
	pg_hmac_ctx *context = pg_hmac_create(PG_SHA256);

	if (context == NULL || pg_hmac_init(context, key, key_length) < 0 ||
		pg_hmac_update(context, message, length) < 0 ||
		pg_hmac_final(context, digest, PG_SHA256_DIGEST_LENGTH) < 0)
		elog(ERROR, "could not compute a signature");
	pg_hmac_free(context);
}

bool
campaign_token_same(const uint8 *one, const uint8 *other, int length)
{
	uint8 difference = 0;
	int i;

	for (i = 0; i < length; i++)
		difference |= one[i] ^ other[i];
	return difference == 0;
}

/* The signature of the ids at the begin of bytes. */
static void
sign_ids(const uint8 *key, int key_length, const uint8 *bytes, uint8 *digest)
{
	uint8 message[sizeof(PURPOSE) + ID_BYTES];

	memcpy(message, PURPOSE, sizeof(PURPOSE));
	memcpy(message + sizeof(PURPOSE), bytes, ID_BYTES);
	campaign_token_sign(key, key_length, message, sizeof(message), digest);
}

static void
write_id(uint8 *bytes, int64 id)
{
	int i;

	for (i = 0; i < 8; i++)
		bytes[i] = (uint8) ((uint64) id >> (56 - 8 * i));
}

static int64
read_id(const uint8 *bytes)
{
	uint64 id = 0;
	int i;

	for (i = 0; i < 8; i++)
		id = id << 8 | bytes[i];
	return (int64) id;
}

char *
campaign_token_write(const uint8 *key, int key_length, const Token *token)
{
	uint8 bytes[TOKEN_BYTES];
	uint8 digest[PG_SHA256_DIGEST_LENGTH];
	char *text = palloc(ENCODED_CHARACTERS + 1);
	int i;

	write_id(bytes, token->workspace);
	write_id(bytes + 8, token->prospect);
	write_id(bytes + 16, token->action);
	sign_ids(key, key_length, bytes, digest);
	memcpy(bytes + ID_BYTES, digest, SIGNATURE_BYTES);
	if (pg_b64_encode((const Base64Byte *) bytes, TOKEN_BYTES, text, ENCODED_CHARACTERS) !=
		ENCODED_CHARACTERS)
		elog(ERROR, "could not encode a token");
	for (i = 0; i < TOKEN_CHARACTERS; i++)
		text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
	text[TOKEN_CHARACTERS] = '\0';
	return text;
}

bool
campaign_token_read(const uint8 *key, int key_length, const char *text, size_t length, Token *token)
{
	char encoded[ENCODED_CHARACTERS];
	uint8 bytes[ENCODED_CHARACTERS];
	uint8 digest[PG_SHA256_DIGEST_LENGTH];
	int i;

	if (length != TOKEN_CHARACTERS)
		return false;
	for (i = 0; i < TOKEN_CHARACTERS; i++)
	{
		if (text[i] == '+' || text[i] == '/')
			return false;
		encoded[i] = text[i] == '-' ? '+' : text[i] == '_' ? '/' : text[i];
	}
	encoded[TOKEN_CHARACTERS] = encoded[TOKEN_CHARACTERS + 1] = '=';
	if (pg_b64_decode(encoded, ENCODED_CHARACTERS, (Base64Byte *) bytes, sizeof(bytes)) !=
		TOKEN_BYTES)
		return false;
	sign_ids(key, key_length, bytes, digest);
	if (!campaign_token_same(digest, bytes + ID_BYTES, SIGNATURE_BYTES))
		return false;
	token->workspace = read_id(bytes);
	token->prospect = read_id(bytes + 8);
	token->action = read_id(bytes + 16);
	/* bits of the last character that say nothing: one token has one form */
	return memcmp(text, campaign_token_write(key, key_length, token), TOKEN_CHARACTERS) == 0;
}
