/*
 * closing.c
 *		Lanes in which the actions of a campaign were found outside its slots.
 */
#include "engine/closing.h"

/* So many are put off in one transaction; those behind them are found by the next one. */
#define PUT_OFF_MAX 5000

void
campaign_closing_open(Closing *closing, int max)
{
	closing->items = palloc(Max(max, 1) * sizeof(QueueClosed));
	closing->n = 0;
}

void
campaign_closing_note(Closing *closing, int64 lane, const CompiledCampaign *campaign)
{
	int i;

	for (i = 0; i < closing->n; i++)
		if (closing->items[i].lane == lane && closing->items[i].campaign == campaign->row->id)
			return;
	closing->items[closing->n++] = (QueueClosed){lane, campaign->row->id, campaign->open_at};
}

void
campaign_closing_write(const Closing *closing, const Round *round)
{
	if (closing->n > 0)
		campaign_queue_close(round->workspace, closing->items, closing->n, PUT_OFF_MAX, round->now);
}
