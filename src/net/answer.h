/*
 * answer.h
 *		What a place keeps of the answer: its first bytes and the header Retry-After.
 */
#ifndef CAMPAIGN_NET_ANSWER_H
#define CAMPAIGN_NET_ANSWER_H

#include "net/place.h"

/* Sets the callbacks of a new handle. */
extern bool campaign_net_answer_set(NetPlace *place);

/* Makes room for the first bytes of the next answer. False: no memory. */
extern bool campaign_net_answer_reset(NetPlace *place, size_t cap);

/* Seconds that a value of Retry-After asks for, in either form, seen at now; -1 if it is none. */
extern long campaign_net_answer_retry_after(const char *value, int64_t now);

#endif
