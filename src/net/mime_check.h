/*
 * mime_check.h
 *		Whether the bytes of a mail are what was meant, whatever made them.
 *
 * A header that comes twice, or that nobody asked for, a lone CR or LF, a line that is too long:
 * by these something could be smuggled past a server. It knows lines and names of headers, and
 * nothing of what they say.
 */
#ifndef CAMPAIGN_NET_MIME_CHECK_H
#define CAMPAIGN_NET_MIME_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#define MIME_LINE_MAX 998
#define MIME_HEADERS_MAX 32

/*
 * What is wrong with the bytes, as a text without any of them, or NULL. They must begin with
 * exactly the named headers, in any order, then an empty line; bytes above 127 are allowed in
 * headers with utf8, and after them with eight_bit.
 */
extern const char *campaign_mime_check(const char *data, size_t length, const char *const *names,
									   int n_names, bool eight_bit, bool utf8);

#endif
