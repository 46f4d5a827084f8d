/*
 * opening.h
 *		At what hours a campaign sends: its slots, and the quiet hours where the prospect is.
 *
 * Both are asked about time alone. Whether anything else forbids a start is in permit.h.
 */
#ifndef CAMPAIGN_OPENING_H
#define CAMPAIGN_OPENING_H

#include "postgres.h"

#include "engine/compiled.h"
#include "store/recipients.h"

/* When the campaign sends next, by its slots: now, or the begin of the next one. */
extern TimestampTz campaign_opening_slot(const CampaignRow *row, TimestampTz now);

/*
 * When something may leave for this prospect, by slots and quiet hours both:
 * now, or later, and then closed says which of the two forbids it now: "slot" or "quiet_hours".
 */
extern TimestampTz campaign_opening_at(const CompiledCampaign *campaign, const Recipient *recipient,
									   TimestampTz now, const char **closed);

#endif
