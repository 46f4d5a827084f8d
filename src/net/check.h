/*
 * check.h
 *		Runs calls into libcurl and keeps the first one that failed, by its name.
 *
 * A failure holds the text of the call as it stands in the source, never the values of a request,
 * so that it may be logged. The macros give whether the call succeeded.
 */
#ifndef CAMPAIGN_NET_CHECK_H
#define CAMPAIGN_NET_CHECK_H

#include <stdbool.h>

#include <curl/curl.h>

typedef struct NetFailure
{
	char text[200]; /* "" = none yet */
} NetFailure;

#define NET_EASY(failure, call) campaign_net_check_easy((failure), #call, (call))
#define NET_MULTI(failure, call) campaign_net_check_multi((failure), #call, (call))

extern bool campaign_net_check_easy(NetFailure *failure, const char *call, CURLcode code);
extern bool campaign_net_check_multi(NetFailure *failure, const char *call, CURLMcode code);

/* The same for a call into the system, whose errno says why it is not ok. */
extern bool campaign_net_check_system(NetFailure *failure, const char *call, bool ok);

#endif
