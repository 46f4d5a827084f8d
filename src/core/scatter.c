/*
 * scatter.c
 *		Numbers that look random and are not: splitmix64.
 */
#include "core/scatter.h"

uint64_t
campaign_scatter(uint64_t seed)
{
	seed += UINT64_C(0x9e3779b97f4a7c15);
	seed = (seed ^ (seed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	seed = (seed ^ (seed >> 27)) * UINT64_C(0x94d049bb133111eb);
	return seed ^ (seed >> 31);
}
