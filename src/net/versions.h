/*
 * versions.h
 *		What the versions of libcurl that campaign is built for, 7.85 and later, do not share.
 *		No other file of the source asks for its version.
 */
#ifndef CAMPAIGN_NET_VERSIONS_H
#define CAMPAIGN_NET_VERSIONS_H

#include <curl/curl.h>

_Static_assert(LIBCURL_VERSION_NUM >= 0x075500, "libcurl 7.85 brought CURLOPT_PROTOCOLS_STR");

/* Neither an abort nor the end waits for a resolver thread; before 7.87 both do. */
#if LIBCURL_VERSION_NUM >= 0x075700
#define NET_SET_QUICK_EXIT(easy) curl_easy_setopt((easy), CURLOPT_QUICK_EXIT, 1L)
#else
#define NET_SET_QUICK_EXIT(easy) CURLE_OK
#endif

/* Since 8.20 the threads are the multi handle's, which waits for them likewise. */
#if LIBCURL_VERSION_NUM >= 0x081400
#define NET_SET_QUICK_END(multi) curl_multi_setopt((multi), CURLMOPT_QUICK_EXIT, 1L)
#else
#define NET_SET_QUICK_END(multi) CURLM_OK
#endif

/* What is said is longer than libcurl keeps; before 8.6 there is no code for it. */
#if LIBCURL_VERSION_NUM >= 0x080600
#define NET_SAID_TOO_MUCH(code) ((code) == CURLE_TOO_LARGE)
#else
#define NET_SAID_TOO_MUCH(code) false
#endif

#endif
