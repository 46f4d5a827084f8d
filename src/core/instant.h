/*
 * instant.h
 *		The one representation of time in core: microseconds since 2000-01-01 00:00 UTC, which is
 *		PostgreSQL's TimestampTz, so that a value crosses the floors unchanged.
 *
 * Core reads no clock: every function that needs the time is told it.
 */
#ifndef CAMPAIGN_INSTANT_H
#define CAMPAIGN_INSTANT_H

#include <stdint.h>

typedef int64_t Instant;

/* later than any other instant; stands for "not before an event comes" */
#define INSTANT_NEVER INT64_MAX

#define INSTANT_SECOND INT64_C(1000000)
#define INSTANT_MINUTE (60 * INSTANT_SECOND)
#define INSTANT_HOUR (60 * INSTANT_MINUTE)
#define INSTANT_DAY (24 * INSTANT_HOUR)

static inline Instant
campaign_instant_later(Instant a, Instant b)
{
	return a > b ? a : b;
}

/* INSTANT_NEVER if there is no instant so late. */
static inline Instant
campaign_instant_plus(Instant from, Instant duration)
{
	return from > INSTANT_NEVER - duration ? INSTANT_NEVER : from + duration;
}

#endif
