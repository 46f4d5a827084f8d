/*
 * masking.h
 *		Secrets in what services answer: some send back what they were sent.
 */
#ifndef CAMPAIGN_MASKING_H
#define CAMPAIGN_MASKING_H

#include "postgres.h"

/* Overwrites the secret wherever it stands in these bytes. NULL, or too short to be one: does nothing. */
extern void campaign_masking_hide(char *bytes, size_t length, const char *secret);

#endif
