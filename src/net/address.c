/*
 * address.c
 *		Which socket addresses are of the public internet.
 */
#include "net/address.h"

#include <stdint.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

typedef struct Range4
{
	uint32_t base;
	int bits;
} Range4;

/* What the registry of special-purpose IPv4 addresses does not call globally reachable. */
static const Range4 closed4[] = {
	{0x00000000, 8},  /* 0.0.0.0: this network */
	{0x0A000000, 8},  /* 10.0.0.0: private */
	{0x64400000, 10}, /* 100.64.0.0: shared by carriers */
	{0x7F000000, 8},  /* 127.0.0.0: loopback */
	{0xA9FE0000, 16}, /* 169.254.0.0: link-local, the metadata service of clouds */
	{0xAC100000, 12}, /* 172.16.0.0: private */
	{0xC0000000, 24}, /* 192.0.0.0: protocol assignments */
	{0xC0000200, 24}, /* 192.0.2.0: documentation */
	{0xC0586300, 24}, /* 192.88.99.0: old 6to4 relays */
	{0xC0A80000, 16}, /* 192.168.0.0: private */
	{0xC6120000, 15}, /* 198.18.0.0: benchmarks */
	{0xC6336400, 24}, /* 198.51.100.0: documentation */
	{0xCB007100, 24}, /* 203.0.113.0: documentation */
	{0xE0000000, 3},  /* 224.0.0.0 to the end: multicast, reserved, broadcast */
};

static bool
public4(uint32_t address)
{
	size_t i;

	for (i = 0; i < sizeof(closed4) / sizeof(closed4[0]); i++)
		if ((address ^ closed4[i].base) >> (32 - closed4[i].bits) == 0)
			return false;
	return true;
}

static uint32_t
four_bytes(const uint8_t *at)
{
	return (uint32_t) at[0] << 24 | (uint32_t) at[1] << 16 | (uint32_t) at[2] << 8 | at[3];
}

static bool
public6(const uint8_t *a)
{
	static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
	uint32_t head = four_bytes(a);

	/* the translated form of IPv4 on networks without it: as open as what it wraps */
	if (memcmp(a, nat64, sizeof(nat64)) == 0)
		return public4(four_bytes(a + 12));
	/* only 2000::/3 is given out; this leaves out ::, ::1, mapped, fc00, fe80 and ff00 */
	if ((a[0] & 0xe0) != 0x20)
		return false;
	/* 2001:0000::/23 protocol assignments (Teredo among them), 2001:db8 and 3fff:0 documentation */
	if ((head & 0xfffffe00) == 0x20010000 || head == 0x20010db8 ||
		(head & 0xfffff000) == 0x3fff0000)
		return false;
	/* 6to4 wraps an IPv4 address */
	if (head >> 16 == 0x2002)
		return public4(four_bytes(a + 2));
	return true;
}

bool
campaign_net_address_is_public(const struct sockaddr *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	switch (address->sa_family)
	{
		case AF_INET:
			memcpy(&v4, address, sizeof(v4));
			return public4(ntohl(v4.sin_addr.s_addr));
		case AF_INET6:
			memcpy(&v6, address, sizeof(v6));
			return public6(v6.sin6_addr.s6_addr);
		default:
			return false;
	}
}

bool
campaign_net_address_text_is_public(const char *text)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, text, &v4) == 1)
		return public4(ntohl(v4.s_addr));
	if (inet_pton(AF_INET6, text, &v6) == 1)
		return public6(v6.s6_addr);
	return false;
}
