/*
 * verdict.h
 *		How a transfer ended, said so that the caller can decide whether it may be repeated.
 */
#ifndef CAMPAIGN_NET_VERDICT_H
#define CAMPAIGN_NET_VERDICT_H

#include "net/place.h"

/* Fills the result of a place that libcurl is done with, or that ran out of time. */
extern void campaign_net_verdict(NetPlace *place, CURLcode code, int64_t now);

/* The same for a request that is refused before libcurl sees it. False: no memory. */
extern bool campaign_net_verdict_refuse(NetPlace *place, const NetRequest *request,
										const char *reason);

#endif
