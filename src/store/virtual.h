/*
 * virtual.h
 *		Is this a database of virtual time, in which workers idle?
 */
#ifndef CAMPAIGN_VIRTUAL_H
#define CAMPAIGN_VIRTUAL_H

#include "postgres.h"
#include "utils/timestamp.h"

/* Wants SPI, and the owner's rights. False where nothing was ever written. */
extern bool campaign_virtual_is_marked(void);

/* True once for each day (of UTC) of virtual time, whoever asks. */
extern bool campaign_virtual_new_day(TimestampTz now);

#endif
