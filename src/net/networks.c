/*
 * networks.c
 *		Which addresses may be connected to.
 */
#include "net/networks.h"

#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "net/address.h"

/* "fd00:...:0/128" */
#define NETWORK_TEXT_MAX 64
#define DIVIDERS ", \t\r\n"

/* Bits of a mask: digits alone, at most so many; -1 if it is none. */
static int
read_bits(const char *text, int max)
{
	int bits = 0;

	if (text[0] == '\0' || strlen(text) > 3 || strspn(text, "0123456789") != strlen(text))
		return -1;
	bits = atoi(text);
	return bits <= max ? bits : -1;
}

static bool
read_network(const char *text, size_t length, NetNetwork *out)
{
	char copy[NETWORK_TEXT_MAX];
	char *slash;
	int max;

	if (length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	slash = strchr(copy, '/');
	if (slash != NULL)
		*slash = '\0';
	memset(out, 0, sizeof(*out));
	out->family = strchr(copy, ':') != NULL ? AF_INET6 : AF_INET;
	max = out->family == AF_INET6 ? 128 : 32;
	out->bits = slash != NULL ? read_bits(slash + 1, max) : max;
	return out->bits >= 0 && inet_pton(out->family, copy, out->address) == 1;
}

bool
campaign_net_networks_read(const char *text, NetNetworks *out)
{
	NetNetworks read;
	size_t length;

	read.n = 0;
	for (text += strspn(text, DIVIDERS); *text != '\0'; text += strspn(text, DIVIDERS))
	{
		length = strcspn(text, DIVIDERS);
		if (read.n == NET_NETWORKS_MAX || !read_network(text, length, &read.items[read.n]))
			return false;
		read.n++;
		text += length;
	}
	*out = read;
	return true;
}

static bool
begins_alike(const unsigned char *one, const unsigned char *other, int bits)
{
	int bytes = bits / 8;

	if (memcmp(one, other, (size_t) bytes) != 0)
		return false;
	return bits % 8 == 0 || (one[bytes] ^ other[bytes]) >> (8 - bits % 8) == 0;
}

static bool
is_listed(const NetNetworks *listed, int family, const void *address)
{
	int i;

	for (i = 0; i < listed->n; i++)
		if (listed->items[i].family == family &&
			begins_alike(address, listed->items[i].address, listed->items[i].bits))
			return true;
	return false;
}

bool
campaign_net_networks_allow(const NetNetworks *listed, const struct sockaddr *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (campaign_net_address_is_public(address))
		return true;
	if (listed == NULL)
		return false;
	switch (address->sa_family)
	{
		case AF_INET:
			memcpy(&v4, address, sizeof(v4));
			return is_listed(listed, AF_INET, &v4.sin_addr);
		case AF_INET6:
			memcpy(&v6, address, sizeof(v6));
			return is_listed(listed, AF_INET6, &v6.sin6_addr);
		default:
			return false;
	}
}

bool
campaign_net_networks_allow_text(const NetNetworks *listed, const char *text)
{
	unsigned char bytes[16];
	int family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET;

	if (campaign_net_address_text_is_public(text))
		return true;
	return listed != NULL && inet_pton(family, text, bytes) == 1 &&
		   is_listed(listed, family, bytes);
}
