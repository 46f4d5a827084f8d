/*
 * test_stages.c
 *		Stages: what a run waits for there, by what it goes on, and who may not come in (S5.1, S5.2, S5.6, S5.9).
 */
#include "life.h"

static GraphStep *
add_stage(Life *life, const char *name)
{
	return add(life, GRAPH_STAGE, name);
}

static bool
promote(Life *life, int to, Instant now)
{
	bool moved;

	life->effects.n = 0;
	moved = campaign_machine_promote(&life->graph, &life->run, to, now, &life->effects);
	if (moved)
		advance(life, now);
	return moved;
}

/* a stage, an action, a stage left by an event, a stage for those who opted in, the last, those dropped */
static void
begin_stages(Life *life)
{
	GraphStep *step;

	begin(life);
	add_stage(life, "a");
	add(life, GRAPH_ACTION, "visit");
	add_stage(life, "b")->condition = by_event(EVENT_CLICKED);
	add_stage(life, "c")->gated = true;
	step = add_stage(life, "done");
	step->end = END_SUCCESS;
	step->code = "completed";
	step = add_stage(life, "dropped");
	step->end = END_REMOVED;
	step->aside = true;
}

static void
test_standing(void)
{
	Life life;

	begin_stages(&life);
	start(&life);
	OK(at(&life, "a", RUN_ON_STAGE) && life.run.due_at == INSTANT_NEVER,
	   "S5.1: at a stage a run waits without a timer");
	advance(&life, T0 + 1000 * INSTANT_DAY);
	OK(at(&life, "a", RUN_ON_STAGE), "time alone leads nowhere");
	event(&life, EVENT_CLICKED, T0 + INSTANT_DAY, T0 + INSTANT_DAY);
	OK(at(&life, "a", RUN_ON_STAGE), "and neither does an event that it does not name");
	OK(promote(&life, GRAPH_NONE, T0 + 2 * INSTANT_DAY) && at(&life, "visit", RUN_ON_ACTION),
	   "promoted, it goes on to the automatic step behind it");
	OK(!promote(&life, GRAPH_NONE, T0 + 2 * INSTANT_DAY), "from there nobody leads on by hand");
	life.states |= GRAPH_STATE_OPTED_IN;
	outcome(&life, MACHINE_COMPLETE, T0 + 3 * INSTANT_DAY, T0 + 3 * INSTANT_DAY);
	OK(at(&life, "c", RUN_ON_STAGE), "whose event has come already, that stage is passed over");
	OK(promote(&life, GRAPH_NONE, T0 + 4 * INSTANT_DAY) && ended(&life, END_SUCCESS, "completed"),
	   "the last stage ends the run as success");
	OK(!promote(&life, 0, T0 + 5 * INSTANT_DAY), "and nobody comes back in this run");
}

static void
test_event_and_gate(void)
{
	Life life;

	begin_stages(&life);
	start(&life);
	promote(&life, 2, T0);
	OK(at(&life, "b", RUN_ON_STAGE), "promoted to a later stage, what lies between is left out");
	event(&life, EVENT_CLICKED, T0 + INSTANT_DAY, T0 + INSTANT_DAY);
	OK(life.run.step == 3 && life.run.halt == RUN_AT_ENTRY &&
		   life.items[life.effects.n - 1].kind == MACHINE_GATED,
	   "S5.6: its event leads on, to a stage that is shut for who has not opted in");
	advance(&life, T0 + 2 * INSTANT_DAY);
	OK(life.run.halt == RUN_AT_ENTRY, "and stays so");
	life.states |= GRAPH_STATE_OPTED_IN;
	advance(&life, T0 + 3 * INSTANT_DAY);
	OK(at(&life, "c", RUN_ON_STAGE), "until he does");
	IS(life.run.base, T0 + INSTANT_DAY, "as of when the stage before was left");
}

static void
test_disabled_and_dropped(void)
{
	Life life;

	begin_stages(&life);
	life.steps[0].disabled = true;
	start(&life);
	OK(at(&life, "visit", RUN_ON_ACTION), "S5.4: a disabled stage is passed over");
	life.effects.n = 0;
	campaign_machine_drop(&life.graph, &life.run, "dropped", T0 + INSTANT_DAY, &life.effects);
	OK(ended(&life, END_REMOVED, "dropped") && life.run.step == 5,
	   "S5.9: dropped from wherever, it ends at the stage of those who were");
	OK(life.effects.n == 3 && life.items[0].kind == MACHINE_WITHDRAWN &&
		   life.items[1].kind == MACHINE_STAGE && life.items[2].kind == MACHINE_ENDED,
	   "its action is withdrawn, that stage entered, the run ended");
	campaign_machine_drop(&life.graph, &life.run, "dropped", T0 + INSTANT_DAY, &life.effects);
	IS(life.effects.n, 3, "once and for all");
}

int
main(void)
{
	test_standing();
	test_event_and_gate();
	test_disabled_and_dropped();
	return unit_done();
}
