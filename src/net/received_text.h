/*
 * received_text.h
 *		Text out of a received message: bounded, UTF-8, without control bytes.
 */
#ifndef CAMPAIGN_NET_RECEIVED_TEXT_H
#define CAMPAIGN_NET_RECEIVED_TEXT_H

#include <stddef.h>

#include <gmime/gmime.h>

/*
 * Copies text as UTF-8, without control bytes but tab and newline, cut at a whole character.
 * NULL is "".
 */
extern void campaign_net_received_copy(char *to, size_t size, const char *text);

/* The same in one line: each run of white space becomes one space. */
extern void campaign_net_received_line(char *to, size_t size, const char *text);

/* The first text/plain within, else the first text/html without its tags; "" if there is neither. */
extern void campaign_net_received_text(GMimeObject *part, char *to, size_t size);

/* What a part says in the charset and encoding that it names, at most most bytes; to be freed by g_free. */
extern char *campaign_net_received_content(GMimeObject *part, size_t most);

#endif
