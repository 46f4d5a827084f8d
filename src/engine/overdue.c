/*
 * overdue.c
 *		What fell into a pause that was ended by skip_overdue.
 */
#include "engine/overdue.h"

#include "engine/opening.h"

bool
campaign_overdue_reaches(const CompiledCampaign *campaign, TimestampTz at)
{
	const CampaignRow *row = campaign->row;

	return row->overdue_until != DT_NOEND && at < row->overdue_until;
}

bool
campaign_overdue_is(const CompiledCampaign *campaign, TimestampTz at)
{
	return campaign_overdue_reaches(campaign, at) &&
		   campaign_opening_slot(campaign->row, at) < campaign->row->overdue_until;
}

TimestampTz
campaign_overdue_skipped_at(const CompiledCampaign *campaign, TimestampTz at)
{
	return Max(at, campaign->row->overdue_from);
}
