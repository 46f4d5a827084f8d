/*
 * opening.c
 *		At what hours a campaign sends.
 */
#include "engine/opening.h"

#include "store/zone.h"

/* Where slots never come, which takes a zone without such days, it is looked at again after this. */
#define LOOK_AGAIN_USEC (14 * USECS_PER_DAY)

/* A slot after so many quiet hours in turn is given up on for this time: it may lie within them. */
#define TURNS_MAX 16

static TimestampTz
bounded(Instant open_at, TimestampTz now)
{
	return open_at == INSTANT_NEVER ? now + LOOK_AGAIN_USEC : open_at;
}

TimestampTz
campaign_opening_slot(const CampaignRow *row, TimestampTz now)
{
	if (row->n_slots == 0)
		return now;
	return bounded(
		campaign_hours_open(campaign_zone_named(row->time_zone), row->slots, row->n_slots, now),
		now);
}

/* Where the prospect is, or else the campaign; nobody checks what a prospect's row says. */
static Zone
zone_of(const CampaignRow *row, const Recipient *recipient)
{
	char *name = campaign_recipients_column(recipient, "time_zone", strlen("time_zone"));
	JsonbValue value;
	Zone zone;

	if (name == NULL && recipient->attributes != NULL &&
		getKeyJsonValueFromContainer(&recipient->attributes->root, "time_zone", strlen("time_zone"),
									 &value) != NULL &&
		value.type == jbvString)
		name = pnstrdup(value.val.string.val, value.val.string.len);
	if (name != NULL && campaign_zone_find(name, &zone))
		return zone;
	return campaign_zone_named(row->time_zone);
}

TimestampTz
campaign_opening_at(const CompiledCampaign *campaign, const Recipient *recipient, TimestampTz now,
					const char **closed)
{
	const CampaignRow *row = campaign->row;
	TimestampTz at = campaign->open_at;
	Zone zone;
	int i;

	*closed = at > now ? "slot" : "quiet_hours";
	if (!row->has_quiet_hours)
		return at;
	zone = zone_of(row, recipient);
	for (i = 0; i < TURNS_MAX; i++)
	{
		TimestampTz loud = campaign_hours_loud(zone, row->quiet_hours, at);

		if (loud == at)
			break;
		at = campaign_opening_slot(row, loud);
	}
	return at;
}
