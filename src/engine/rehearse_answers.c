/*
 * rehearse_answers.c
 *		What people are taken to do in a rehearsal.
 */
#include "engine/rehearse_answers.h"

#include "common/hashfn.h"

#include "core/scatter.h"
#include "engine/run_prospects.h"

/* Shares are drawn in millionths. */
#define SHARE_WHOLE 1000000

static int
compare_answers(const pairingheap_node *a, const pairingheap_node *b, void *arg)
{
	const ImaginedAnswer *left = pairingheap_const_container(ImaginedAnswer, node, a);
	const ImaginedAnswer *right = pairingheap_const_container(ImaginedAnswer, node, b);

	if (left->at != right->at)
		return left->at < right->at ? 1 : -1;
	return left->stamp < right->stamp ? 1 : -1;
}

static void
expect(ImaginedAnswers *answers, Figure *figure, const char *kind, TimestampTz at)
{
	ImaginedAnswer *answer = MemoryContextAlloc(answers->life, sizeof(ImaginedAnswer));

	answer->at = at;
	answer->stamp = answers->stamps++;
	answer->figure = figure;
	answer->kind = kind;
	pairingheap_add(answers->pending, &answer->node);
}

bool
campaign_rehearse_answers_by_owner(const char *kind)
{
	return strcmp(kind, ANSWER_APPROVED) == 0 || strcmp(kind, ANSWER_BLOCKED) == 0 ||
		   strcmp(kind, ANSWER_LAPSED) == 0;
}

/*
 * An invitation is accepted, and nothing else comes of it; what reaches somebody otherwise may lead to
 * anything but that.
 */
static bool
may_answer(const Assumption *one, const Figure *figure, const ReadyLane *lane, int step)
{
	const ActionKind *kind = figure->run->campaign->definition->steps[step].kind;

	if (campaign_rehearse_answers_by_owner(one->kind))
		return false;
	if (strcmp(one->kind, "connected") == 0)
		return kind->creates_relation;
	return lane->reaches && !kind->creates_relation;
}

/* Where the figure stands between 0 and 1 in what is drawn of this name. */
static double
drawn(const char *name, const Figure *figure, int step, int lap)
{
	uint64 seed = figure->run->machine.seed;
	uint64 what = hash_bytes_extended((const unsigned char *) name, strlen(name), 0);

	seed = campaign_scatter(seed ^ what) ^ ((uint64) step << 32 | (uint64) lap);
	return (double) (campaign_scatter(seed) % SHARE_WHOLE) / SHARE_WHOLE;
}

static bool
draws(const Assumption *one, const Figure *figure, int step, int lap)
{
	return drawn(one->kind, figure, step, lap) < one->rate;
}

/*
 * What was done before the rehearsal may be answered yet: where a run stands behind an action, that was
 * when its step was begun.
 */
static void
expect_of_standing(ImaginedAnswers *answers, Figure *figure, const ImaginedLanes *lanes,
				   TimestampTz now)
{
	const Run *run = figure->run;
	const Graph *graph = run->campaign->graph;
	int step = 0;
	int lane;
	int i;

	if (run->machine.halt != RUN_ON_DELAY && run->machine.halt != RUN_ON_CONDITION)
		return;
	while (step < graph->n_steps && (graph->steps[step].kind != GRAPH_ACTION ||
									 graph->steps[step].next != run->machine.step))
		step++;
	if (step == graph->n_steps ||
		campaign_run_prospects_account(
			run, run->campaign->definition->steps[step].kind->channel_class) == 0)
		return;
	lane = campaign_rehearse_lanes_find(
		lanes,
		campaign_run_prospects_account(run,
									   run->campaign->definition->steps[step].kind->channel_class),
		run->campaign->definition->steps[step].kind->name);
	for (i = 0; i < answers->n; i++)
	{
		const Assumption *one = &answers->items[i];

		if (one->rate >= 0 && run->machine.base + one->after > now &&
			may_answer(one, figure, &lanes->items[lane].ready, step) &&
			draws(one, figure, step, run->machine.lap))
			expect(answers, figure, one->kind, run->machine.base + one->after);
	}
}

void
campaign_rehearse_answers_open(ImaginedAnswers *answers, const Round *round,
							   const RehearsalRequest *request, People *people,
							   const ImaginedLanes *lanes)
{
	int i;
	int k;

	memset(answers, 0, sizeof(*answers));
	answers->items = request->assumptions;
	answers->n = request->n_assumptions;
	answers->pending = pairingheap_allocate(compare_answers, NULL);
	answers->life = CurrentMemoryContext;
	for (i = 0; i < answers->n; i++)
	{
		const Assumption *one = &answers->items[i];
		TimestampTz at = one->at != DT_NOEND ? one->at : round->now + one->after;

		if (one->rate >= 0 || (one->at == DT_NOEND && one->step != GRAPH_NONE) || at < round->now)
			continue;
		for (k = 0; k < people->n; k++)
			if (people->runs.items[k].row->prospect == one->prospect)
				expect(answers, &people->figures[k], one->kind, at);
	}
	for (i = 0; i < people->n; i++)
		expect_of_standing(answers, &people->figures[i], lanes, round->now);
}

void
campaign_rehearse_answers_executed(ImaginedAnswers *answers, Figure *figure, const ReadyLane *lane,
								   int step, int lap, TimestampTz now)
{
	int i;

	for (i = 0; i < answers->n; i++)
	{
		const Assumption *one = &answers->items[i];

		if (campaign_rehearse_answers_by_owner(one->kind))
			continue;
		if (one->rate < 0 ? one->at == DT_NOEND && one->step == step &&
								one->prospect == figure->run->row->prospect
						  : may_answer(one, figure, lane, step) && draws(one, figure, step, lap))
			expect(answers, figure, one->kind, now + one->after);
	}
}

/* What the script says of the prospect's action; NULL = nothing. What comes at a time is expected already. */
static const Assumption *
scripted_decision(const ImaginedAnswers *answers, const Figure *figure)
{
	int i;

	for (i = 0; i < answers->n; i++)
	{
		const Assumption *one = &answers->items[i];

		if (one->rate < 0 && one->prospect == figure->run->row->prospect &&
			campaign_rehearse_answers_by_owner(one->kind) &&
			(one->step == GRAPH_NONE || one->step == figure->action.step))
			return one;
	}
	return NULL;
}

static const Assumption *
share_of(const ImaginedAnswers *answers, const char *decision)
{
	int i;

	for (i = 0; i < answers->n; i++)
		if (answers->items[i].rate >= 0 && strcmp(answers->items[i].kind, decision) == 0)
			return &answers->items[i];
	return NULL;
}

/* Of those put up one share is approved, another blocked, and the rest left as it is. */
static bool
draw_decision(const ImaginedAnswers *answers, const Figure *figure, Assumption *decision)
{
	const Assumption *approved = share_of(answers, ANSWER_APPROVED);
	const Assumption *blocked = share_of(answers, ANSWER_BLOCKED);
	double at = drawn("approval", figure, figure->action.step, figure->action.lap);
	double blocks = blocked == NULL ? 0 : blocked->rate;
	double approves = approved == NULL ? 1 - blocks : approved->rate;

	if (at < approves)
		*decision = approved == NULL ? (Assumption){.kind = ANSWER_APPROVED} : *approved;
	else if (at < approves + blocks)
		*decision = *blocked;
	else
		return false;
	return true;
}

bool
campaign_rehearse_answers_put_up(ImaginedAnswers *answers, Figure *figure, TimestampTz lapses_at,
								 TimestampTz now)
{
	TimestampTz put_up_at = figure->action.put_up_at;
	const Assumption *scripted = scripted_decision(answers, figure);
	Assumption decision;
	bool decides = true;

	if (scripted == NULL)
		decides = draw_decision(answers, figure, &decision);
	else
		decision = *scripted;
	if (decides && (scripted == NULL || scripted->step != GRAPH_NONE))
		expect(answers, figure, decision.kind, Max(put_up_at + decision.after, now));
	if (lapses_at != DT_NOEND)
		expect(answers, figure, ANSWER_LAPSED, Max(lapses_at, now));
	return decides;
}

TimestampTz
campaign_rehearse_answers_next(const ImaginedAnswers *answers)
{
	if (pairingheap_is_empty(answers->pending))
		return DT_NOEND;
	return pairingheap_container(ImaginedAnswer, node, pairingheap_first(answers->pending))->at;
}

bool
campaign_rehearse_answers_take(ImaginedAnswers *answers, TimestampTz now, ImaginedAnswer *answer)
{
	ImaginedAnswer *first;

	if (campaign_rehearse_answers_next(answers) > now)
		return false;
	first = pairingheap_container(ImaginedAnswer, node, pairingheap_remove_first(answers->pending));
	*answer = *first;
	pfree(first);
	return true;
}
