/*
 * redact.h
 *		Keeps secrets out of what others say: a server may repeat what it was told.
 */
#ifndef CAMPAIGN_NET_REDACT_H
#define CAMPAIGN_NET_REDACT_H

#include <stddef.h>

/* What is shorter stands in many texts that have nothing to do with it. */
#define NET_REDACT_MIN 6

/*
 * Puts asterisks over each place of the text that repeats the secret, which is the value of a header: the whole
 * of it, what follows a scheme such as Bearer, and of Basic also user:password in clear, and the password.
 */
extern void campaign_net_redact(char *text, size_t size, const char *secret);

#endif
