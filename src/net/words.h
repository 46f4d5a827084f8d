/*
 * words.h
 *		Texts of people in headers: encoded words (RFC 2047), quoting and folding.
 *
 * It writes values of headers in ASCII, with lines of at most 76 bytes divided by "\n ", that show
 * exactly the text which was given. The text is UTF-8 without control characters (mail.h).
 */
#ifndef CAMPAIGN_NET_WORDS_H
#define CAMPAIGN_NET_WORDS_H

#include <glib.h>

/* Adds a text, as of a subject, after used bytes of its line. */
extern void campaign_words_add_text(GString *out, const char *text, size_t used);

/* Adds a name, as before an address, after used bytes of its line. */
extern void campaign_words_add_name(GString *out, const char *name, size_t used);

#endif
