/*
 * clock.h
 *		The one source of time. Nobody else asks the server what time it is in order to decide what
 *		is due: tests move this clock.
 */
#ifndef CAMPAIGN_CLOCK_H
#define CAMPAIGN_CLOCK_H

#include "postgres.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

/* In a session campaign.now, else the start of the statement; in a worker the time of the call. */
extern TimestampTz campaign_clock_now(void);

/* Is this session's clock fixed by campaign.now? Never in a worker. */
extern bool campaign_clock_is_set(void);

/*
 * Fixes the clock of this session, as SET campaign.now does (and undone with the transaction, as SET
 * is), whoever the current user is: the caller has checked who may.
 */
extern void campaign_clock_set(TimestampTz now);

/* Makes this process a worker, whose clock is always the real one. */
extern void campaign_clock_use_real(void);

/* Hooks of the setting campaign.now. */
extern bool campaign_clock_check(char **value, void **extra, GucSource source);
extern void campaign_clock_assign(const char *value, void *extra);

#endif
