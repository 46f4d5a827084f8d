/*
 * masking.c
 *		Secrets in what services answer.
 */
#include "worker/masking.h"

/* What is shorter is found anywhere, and is no secret. */
#define SECRET_MIN 6

void
campaign_masking_hide(char *bytes, size_t length, const char *secret)
{
	size_t hidden = secret == NULL ? 0 : strlen(secret);
	char *end = bytes + length;
	char *at;

	if (hidden < SECRET_MIN)
		return;
	for (at = bytes; (at = memmem(at, end - at, secret, hidden)) != NULL; at += hidden)
		memset(at, '*', hidden);
}
