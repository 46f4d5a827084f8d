/*
 * promote.c
 *		Rounds that people ask for over named runs.
 */
#include "engine/promote.h"

#include "engine/admit.h"
#include "engine/ledger.h"

/* A round over runs that the caller has locked. */
typedef struct HandRound
{
	Runs runs;
	Ledger ledger;
	MachineEffects effects;
} HandRound;

static void
open_round(HandRound *hand, const Round *round, const Promotion *promotion)
{
	Enrollment *rows;
	int n =
		campaign_enrollments_lock(round->workspace, promotion->enrollments, promotion->n, &rows);

	memset(hand, 0, sizeof(*hand));
	campaign_runs_open(&hand->runs, round, rows, n, RUNS_FACTS_ALL, true);
	campaign_ledger_open(&hand->ledger, &hand->runs);
}

static void
close_round(HandRound *hand)
{
	campaign_ledger_write(&hand->ledger);
	campaign_admit_later(&hand->runs);
}

/* True if something of it is for the scheduler: it would lock what others wait for. */
static bool
needs_scheduler(const MachineEffects *effects)
{
	int i;

	if (effects->overflow)
		return true;
	for (i = 0; i < effects->n; i++)
		if (effects->items[i].kind == MACHINE_QUEUED || effects->items[i].kind == MACHINE_ENROLL)
			return true;
	return false;
}

/* On from the entry of a step, unless that is for the scheduler, for which the run is due then. */
static void
walk_on(HandRound *hand, Run *run, Instant now)
{
	MachineRun before = run->machine;

	if (run->machine.halt != RUN_AT_ENTRY || !campaign_runs_moves(run) || run->machine.due_at > now)
		return;
	campaign_machine_advance(run->campaign->graph, &run->machine, run->states, now,
							 campaign_ledger_effects(&hand->effects));
	if (needs_scheduler(&hand->effects))
		run->machine = before;
	else
		campaign_ledger_apply(&hand->ledger, run, &hand->effects);
}

void
campaign_promote_reach(const Round *round, const Promotion *promotion)
{
	HandRound hand;
	int i;

	open_round(&hand, round, promotion);
	campaign_admit_newcomers(&hand.ledger);
	for (i = 0; i < hand.runs.n; i++)
		walk_on(&hand, &hand.runs.items[i], round->now);
	close_round(&hand);
}

/* Who lets the run go on, and to which step: until the scheduler has it enter that, the log alone says so. */
static Jsonb *
detail_of(const Run *run, const Promotion *promotion)
{
	int to = run->machine.step;

	return campaign_events_detail((const char *[]){"by", promotion->cause, "to",
												   run->campaign->graph->steps[to].name, "to_step",
												   psprintf("%d", to), NULL});
}

int
campaign_promote_runs(const Round *round, const Promotion *promotion)
{
	HandRound hand;
	int promoted = 0;
	int i;

	open_round(&hand, round, promotion);
	for (i = 0; i < hand.runs.n; i++)
	{
		Run *run = &hand.runs.items[i];
		int from = run->machine.step;

		if (!campaign_runs_moves(run) ||
			!campaign_machine_promote(run->campaign->graph, &run->machine, promotion->to,
									  round->now, campaign_ledger_effects(&hand.effects)))
			continue;
		campaign_events_add(&hand.ledger.events, "promoted", run->row->campaign, run->row->prospect,
							run->row->id, 0, from, round->now, NULL, detail_of(run, promotion));
		campaign_ledger_apply(&hand.ledger, run, &hand.effects);
		/* who waited for another to move the run began, by his clock, before it was moved */
		walk_on(&hand, run, run->machine.base);
		promoted++;
	}
	close_round(&hand);
	return promoted;
}

int
campaign_promote_drop(const Round *round, const Promotion *promotion)
{
	/* S5.10: who may not take part is told apart from who was dropped */
	const char *code = strcmp(promotion->cause, "not_eligible") == 0 ? "not_eligible" : "dropped";
	HandRound hand;
	int dropped = 0;
	int i;

	open_round(&hand, round, promotion);
	for (i = 0; i < hand.runs.n; i++)
	{
		Run *run = &hand.runs.items[i];

		campaign_ledger_event(
			&hand.ledger, run, "dropped", 0, round->now, NULL,
			campaign_events_detail((const char *[]){"reason", promotion->cause, NULL}));
		campaign_machine_drop(run->campaign->graph, &run->machine, code, round->now,
							  campaign_ledger_effects(&hand.effects));
		campaign_ledger_apply(&hand.ledger, run, &hand.effects);
		dropped++;
	}
	close_round(&hand);
	return dropped;
}
