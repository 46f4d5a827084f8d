/*
 * date_value.h
 *		Dates as they stand in people's data, and the instants that delays make of them.
 */
#ifndef CAMPAIGN_DATE_VALUE_H
#define CAMPAIGN_DATE_VALUE_H

#include "core/calendar.h"
#include "engine/definition.h"

/*
 * The instant at which a delay to this date ends, where the path has led to this text (may be NULL): a
 * date, a local time of the zone, or a time with a zone of its own. INSTANT_NEVER if it is none.
 */
extern Instant campaign_date_value_instant(const DefinitionDate *date, const char *text, Zone zone);

#endif
