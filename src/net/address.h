/*
 * address.h
 *		Which socket addresses are of the public internet.
 *
 * The answer is about the address that is really connected to, after resolving, so that no name and
 * no spelling of an address gets around it.
 */
#ifndef CAMPAIGN_NET_ADDRESS_H
#define CAMPAIGN_NET_ADDRESS_H

#include <stdbool.h>

#include <sys/socket.h>

/*
 * False for private, loopback, link-local, shared (carrier) and unique-local addresses, multicast,
 * reserved and documentation ranges, for IPv6 addresses that wrap such an IPv4 address or any IPv4
 * address in the mapped form, and for every other family.
 */
extern bool campaign_net_address_is_public(const struct sockaddr *address);

/* The same for an address in text, as libcurl gives it; false if it is none. */
extern bool campaign_net_address_text_is_public(const char *text);

#endif
