/*
 * virtual.h
 *		Is this a database of virtual time, in which workers idle?
 */
#ifndef CAMPAIGN_VIRTUAL_H
#define CAMPAIGN_VIRTUAL_H

#include "postgres.h"

/* Wants SPI, and the owner's rights. False where nothing was ever written. */
extern bool campaign_virtual_is_marked(void);

#endif
