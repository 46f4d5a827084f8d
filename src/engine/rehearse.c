/*
 * rehearse.c
 *		A campaign lived through in memory: the clock, and what is done at each time that it comes to.
 *
 * A pass does what one of run_until() does, in the same order; where it finds nothing to do, the clock
 * goes on to the next time at which there is something.
 */
#include "engine/rehearse.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "engine/opening.h"
#include "engine/rehearse_approval.h"
#include "engine/rehearse_cohort.h"
#include "engine/rehearse_moves.h"
#include "engine/rehearse_starts.h"
#include "store/progress.h"

#define FIRST_ROOM 64

static void
open_rehearsal(Rehearsal *rehearsal, const Round *round, const RehearsalRequest *request)
{
	memset(rehearsal, 0, sizeof(*rehearsal));
	rehearsal->round = *round;
	rehearsal->request = request;
	rehearsal->life = CurrentMemoryContext;
	rehearsal->max_reports = FIRST_ROOM;
	rehearsal->reports = palloc(FIRST_ROOM * sizeof(ImaginedReport));
	rehearsal->max_queued = FIRST_ROOM;
	rehearsal->queued = palloc(FIRST_ROOM * sizeof(Figure *));
	rehearsal->max_touched = FIRST_ROOM;
	rehearsal->touched = palloc(FIRST_ROOM * sizeof(Figure *));
	rehearsal->effects.max = MACHINE_MAX_MOVES;
	rehearsal->effects.items = palloc(MACHINE_MAX_MOVES * sizeof(MachineEffect));
	campaign_rehearse_people_open(&rehearsal->people, &rehearsal->round, request);
	campaign_rehearse_lanes_open(&rehearsal->lanes, &rehearsal->round, &rehearsal->people);
	campaign_rehearse_places_open(&rehearsal->places, &rehearsal->round, &rehearsal->people,
								  request->slots_since);
	campaign_rehearse_answers_open(&rehearsal->answers, &rehearsal->round, request,
								   &rehearsal->people, &rehearsal->lanes);
	campaign_rehearse_starts_open(rehearsal);
	campaign_rehearse_approval_open(rehearsal);
}

/* When the campaign may send next goes with the clock. */
static void
set_clock(Rehearsal *rehearsal, TimestampTz now)
{
	CompiledCampaigns *campaigns = rehearsal->people.runs.campaigns;
	int i;

	rehearsal->round.now = now;
	for (i = 0; i < campaigns->n; i++)
		campaigns->items[i].open_at = campaign_opening_slot(campaigns->items[i].row, now);
}

static int
pass(Rehearsal *rehearsal)
{
	int moved = campaign_rehearse_moves_intake(rehearsal);
	int admitted = campaign_rehearse_cohort_begin(rehearsal);

	/* whom a slot has let in is moved in the next pass, and all others with him */
	moved += admitted > 0 ? admitted : campaign_rehearse_moves_advance(rehearsal);
	return moved + campaign_rehearse_starts(rehearsal);
}

static TimestampTz
next_time(const Rehearsal *rehearsal)
{
	TimestampTz next = campaign_rehearse_people_next(&rehearsal->people);

	next = Min(next, campaign_rehearse_lanes_next(&rehearsal->lanes));
	next = Min(next, campaign_rehearse_cohort_next(rehearsal));
	return Min(next, campaign_rehearse_answers_next(&rehearsal->answers));
}

/* Actions that were under way when the rehearsal began are taken as done; what waits for the owner goes on to. */
static void
finish_standing(Rehearsal *rehearsal)
{
	int i;

	for (i = 0; i < rehearsal->people.n; i++)
	{
		Figure *figure = &rehearsal->people.figures[i];

		if (figure->action.id != 0 && figure->action.is_under_way)
			campaign_rehearse_moves_report(rehearsal, figure, "complete", NULL);
		else if (figure->action.id != 0 && figure->action.awaits)
			campaign_rehearse_approval_expect(rehearsal, figure);
	}
}

void
campaign_rehearse(const Round *round, const RehearsalRequest *request)
{
	MemoryContext life =
		AllocSetContextCreate(CurrentMemoryContext, "campaign rehearsal", ALLOCSET_DEFAULT_SIZES);
	MemoryContext turn =
		AllocSetContextCreate(life, "campaign rehearsal, one pass", ALLOCSET_DEFAULT_SIZES);
	MemoryContext before = MemoryContextSwitchTo(life);
	Rehearsal rehearsal;
	int moved;
	bool is_shown = campaign_progress_begin("rehearse", round->workspace, request->campaign);

	open_rehearsal(&rehearsal, round, request);
	MemoryContextSwitchTo(turn);
	finish_standing(&rehearsal);
	campaign_rehearse_places_fill(&rehearsal.places, &rehearsal.round, &rehearsal.people);
	campaign_progress_phase("living through", (request->until - round->now) / USECS_PER_SEC);
	for (;;)
	{
		TimestampTz next;

		CHECK_FOR_INTERRUPTS();
		moved = pass(&rehearsal);
		MemoryContextReset(turn);
		if (moved > 0)
			continue;
		next = next_time(&rehearsal);
		if (next > request->until || next == DT_NOEND)
			break;
		set_clock(&rehearsal, Max(next, rehearsal.round.now));
		campaign_progress_done((rehearsal.round.now - round->now) / USECS_PER_SEC);
	}
	if (is_shown)
		campaign_progress_end();
	MemoryContextSwitchTo(before);
	MemoryContextDelete(life);
}
