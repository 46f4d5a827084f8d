/*
 * scatter.h
 *		Numbers that look random and are not: the same seed gives the same number, so that what is
 *		spread by one can be repeated by a test.
 */
#ifndef CAMPAIGN_SCATTER_H
#define CAMPAIGN_SCATTER_H

#include <stdint.h>

/* Every bit of the result depends on every bit of the seed. */
extern uint64_t campaign_scatter(uint64_t seed);

#endif
