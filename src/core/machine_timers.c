/*
 * machine_timers.c
 *		When the timer of a step runs out: by a length of time, by the calendar of the campaign, or by a
 *		date of the prospect.
 *
 * Everything counts from run->base, when the step before was completed. What happens when a timer has
 * run out is decided in machine.c.
 */
#include "core/machine_timers.h"

#include <stddef.h>

Instant
campaign_machine_delay_end(const MachineRun *run, const GraphStep *step)
{
	const MachineCalendar *calendar = run->calendar;
	Instant next;

	switch (step->delay_kind)
	{
		case GRAPH_DELAY_LENGTH:
			break;
		case GRAPH_DELAY_BUSINESS_DAYS:
			return campaign_calendar_business_days(calendar->zone, calendar->holidays,
												   calendar->n_holidays, run->base, step->days);
		case GRAPH_DELAY_NEXT_DAY:
			next = campaign_hours_next_day(calendar->zone, calendar->slots, calendar->n_slots,
										   run->base);
			if (next == INSTANT_NEVER)
				next = campaign_hours_next_day(calendar->zone, NULL, 0, run->base);
			return next;
		case GRAPH_DELAY_DATE:
			return calendar->dates[step->date];
	}
	return campaign_instant_plus(run->base, step->delay);
}

bool
campaign_machine_rearm(const Graph *graph, MachineRun *run, Instant now)
{
	const GraphStep *step = &graph->steps[run->step];
	Instant until;

	if (run->halt == RUN_ON_DELAY)
	{
		until = campaign_machine_delay_end(run, step);
		if (until == INSTANT_NEVER)
			return false;
		run->due_at = campaign_instant_later(until, run->base);
		return true;
	}
	if (run->halt != RUN_ON_CONDITION)
		return false;
	until = campaign_instant_plus(run->base, step->after);
	run->due_at =
		step->after > 0 && now < until ? until : campaign_instant_plus(run->base, step->within);
	return true;
}
