/*
 * networks.h
 *		Which addresses may be connected to: those of the public internet, and those that are listed.
 *
 * The answer is about the address that is really connected to, after resolving, so that no name and
 * no spelling of an address gets around it.
 */
#ifndef CAMPAIGN_NET_NETWORKS_H
#define CAMPAIGN_NET_NETWORKS_H

#include <stdbool.h>

#include <sys/socket.h>

#define NET_NETWORKS_MAX 64

/* As 10.1.0.0/16: all addresses that begin with the same bits. */
typedef struct NetNetwork
{
	int family;
	int bits;
	unsigned char address[16];
} NetNetwork;

typedef struct NetNetworks
{
	int n;
	NetNetwork items[NET_NETWORKS_MAX];
} NetNetworks;

/*
 * Reads a list as "10.1.0.0/16, fd00::/8, ::1": numbers alone, divided by commas or blanks; an empty one
 * lists nothing. False, with out as it was, if text is none, or too long.
 */
extern bool campaign_net_networks_read(const char *text, NetNetworks *out);

/* listed NULL: nothing is. */
extern bool campaign_net_networks_allow(const NetNetworks *listed, const struct sockaddr *address);

/* The same for an address in text, as libcurl gives it; false if it is none. */
extern bool campaign_net_networks_allow_text(const NetNetworks *listed, const char *text);

#endif
