/*
 * overdue.h
 *		What fell into a pause that was ended by resume(..., 'skip_overdue'): the run goes through it on
 *		its own timers, and each action whose time lay in it is skipped at that time (D8).
 */
#ifndef CAMPAIGN_OVERDUE_H
#define CAMPAIGN_OVERDUE_H

#include "engine/compiled.h"

/* True if such a pause was the campaign's, and lasted beyond this instant. */
extern bool campaign_overdue_reaches(const CompiledCampaign *campaign, TimestampTz at);

/* True if an action that was due at this instant would have been sent in the pause, by slots too. */
extern bool campaign_overdue_is(const CompiledCampaign *campaign, TimestampTz at);

/* As of when such an action counts as skipped: not before the pause began. */
extern TimestampTz campaign_overdue_skipped_at(const CompiledCampaign *campaign, TimestampTz at);

#endif
