/*
 * zone.h
 *		PostgreSQL's time zones, as core's calendar asks for them.
 */
#ifndef CAMPAIGN_ZONE_H
#define CAMPAIGN_ZONE_H

#include <stdbool.h>

#include "core/calendar.h"

/* The zone of this name; UTC if there is no such zone (names are checked where they are written). */
extern Zone campaign_zone_named(const char *name);

/* The same for names that nobody has checked: false if there is no such zone. */
extern bool campaign_zone_find(const char *name, Zone *zone);

#endif
