/*
 * offer.h
 *		How a mail is said to a server that makes these offers, or why it cannot be.
 */
#ifndef CAMPAIGN_NET_OFFER_H
#define CAMPAIGN_NET_OFFER_H

#include "net/smtp.h"

typedef struct NetOffered
{
	char *content; /* stuffed, of malloc */
	size_t content_len;
	char parameters[100]; /* of MAIL, with a blank before each */
	const char *code;     /* if it cannot be said: a word, */
	char reason[160];     /* and words for people */
} NetOffered;

/* Builds the job's bytes. False: it cannot be said, and there is no content. */
extern bool campaign_net_offer_meet(const NetGreeting *offers, NetMailJob *job,
									NetOffered *offered);

#endif
