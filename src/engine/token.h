/*
 * token.h
 *		What stands in a link by which somebody opts out: whom and what it is about, signed.
 *
 * 54 characters of A-Z, a-z, 0-9, - and _. It says ids and nothing else, and is good for opting out
 * and nothing else. Without the key nobody makes one.
 */
#ifndef CAMPAIGN_TOKEN_H
#define CAMPAIGN_TOKEN_H

#include "postgres.h"

#define TOKEN_CHARACTERS 54

typedef struct Token
{
	int64 workspace;
	int64 prospect;
	int64 action;
} Token;

/* The token as text. */
extern char *campaign_token_write(const uint8 *key, int key_length, const Token *token);

/* False if the text is no token that was made with the key. */
extern bool campaign_token_read(const uint8 *key, int key_length, const char *text, size_t length,
								Token *token);

/* HMAC-SHA-256; digest has room for PG_SHA256_DIGEST_LENGTH bytes. */
extern void campaign_token_sign(const uint8 *key, int key_length, const uint8 *message, int length,
								uint8 *digest);

/* Whether they are the same, in a time that does not tell where they differ. */
extern bool campaign_token_same(const uint8 *one, const uint8 *other, int length);

#endif
