/*
 * check.c
 *		Runs calls into libcurl and keeps the first one that failed, by its name.
 */
#include "net/check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void
note(NetFailure *failure, const char *call, const char *why)
{
	if (failure->text[0] == '\0')
		snprintf(failure->text, sizeof(failure->text), "%s failed: %s", call, why);
}

bool
campaign_net_check_easy(NetFailure *failure, const char *call, CURLcode code)
{
	if (code != CURLE_OK)
		note(failure, call, curl_easy_strerror(code));
	return code == CURLE_OK;
}

bool
campaign_net_check_multi(NetFailure *failure, const char *call, CURLMcode code)
{
	if (code != CURLM_OK)
		note(failure, call, curl_multi_strerror(code));
	return code == CURLM_OK;
}

bool
campaign_net_check_system(NetFailure *failure, const char *call, bool ok)
{
	if (!ok)
		note(failure, call, strerror(errno));
	return ok;
}
