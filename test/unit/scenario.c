/*
 * scenario.c
 *		One prospect's way through a random sequence, told line by line.
 */
#include "scenario.h"

#include "core/machine.h"
#include "core/scatter.h"
#include "random_definition.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* 2026-04-14 00:00 UTC, a Tuesday */
#define START (INT64_C(9600) * INSTANT_DAY)
#define UNTIL (START + 60 * INSTANT_DAY)
#define MAX_EVENTS 8
#define N_HOLIDAYS 4

/* What is recorded at an instant. */
typedef struct Recorded
{
	Instant at;
	const char *kind;
} Recorded;

typedef struct Scenario
{
	FILE *out;
	RandomDefinition made;
	const Graph *graph;
	Recorded events[MAX_EVENTS];
	int n_events;
	Day holidays[N_HOLIDAYS];
	int hours_east;
	MachineCalendar calendar;
	MachineRun run;
	MachineStates states;
	Instant now;
	MachineEffect items[MACHINE_MAX_MOVES];
	MachineEffects effects;
	int lines;
} Scenario;

static int32_t
fixed_offset(void *arg, Instant instant)
{
	(void) instant;
	return ((const Scenario *) arg)->hours_east * 3600;
}

static const char *
time_text(Instant at, char *text, size_t size)
{
	CivilDate date = campaign_calendar_date((Day) (at / INSTANT_DAY));
	int seconds = (int) (at % INSTANT_DAY / INSTANT_SECOND);

	snprintf(text, size, "%04d-%02d-%02d %02d:%02d:%02d+00", date.year, date.month, date.day,
			 seconds / 3600, seconds / 60 % 60, seconds % 60);
	return text;
}

static void
tell(Scenario *scenario, int step, const char *kind, const char *detail)
{
	char at[40];

	fprintf(scenario->out, "trace %s %s %s%s%s\n", time_text(scenario->now, at, sizeof(at)),
			scenario->graph->steps[step].name, kind, detail[0] == '\0' ? "" : " ", detail);
	scenario->lines++;
}

static void
tell_effect(Scenario *scenario, const MachineEffect *effect)
{
	char detail[80] = "";

	switch (effect->kind)
	{
		case MACHINE_QUEUED:
			tell(scenario, effect->step, "action_queued", "");
			break;
		case MACHINE_DELAYED:
			tell(scenario, effect->step, "delay_started", "");
			break;
		case MACHINE_WAITING:
			tell(scenario, effect->step, "wait_started", "");
			break;
		case MACHINE_PASSED:
			if (scenario->graph->steps[effect->step].kind != GRAPH_SPLIT)
				break;
			snprintf(detail, sizeof(detail), "way=%d", effect->branch + 1);
			tell(scenario, effect->step, "split_drawn", detail);
			break;
		case MACHINE_PREVENTED:
			snprintf(detail, sizeof(detail), "code=%s", effect->code);
			tell(scenario, effect->step, "action_prevented", detail);
			break;
		case MACHINE_TIMED_OUT:
			tell(scenario, effect->step, "wait_timed_out", "");
			break;
		case MACHINE_OVERDUE:
			tell(scenario, effect->step, "delay_overdue", "");
			break;
		case MACHINE_SET:
			tell(scenario, effect->step, "attributes_set", "");
			break;
		case MACHINE_STAGE:
			tell(scenario, effect->step, "stage_entered", "");
			break;
		case MACHINE_JUMPED:
		case MACHINE_GATED:
		case MACHINE_ENROLL:
			break;
		case MACHINE_WITHDRAWN:
			tell(scenario, effect->step, "action_withdrawn", "");
			break;
		case MACHINE_ENDED:
			snprintf(detail, sizeof(detail), "end=%s code=%s",
					 campaign_graph_end_name(scenario->run.end), scenario->run.code);
			tell(scenario, effect->step, "ended", detail);
			break;
	}
}

static void
tell_effects(Scenario *scenario)
{
	for (int i = 0; i < scenario->effects.n; i++)
		tell_effect(scenario, &scenario->items[i]);
	scenario->effects.n = 0;
}

static void
relate(Scenario *scenario, MachineStates relation)
{
	if (relation == GRAPH_STATE_PENDING && (scenario->states & GRAPH_STATE_CONNECTED))
		return;
	scenario->states = (scenario->states & GRAPH_STATE_HAS_EMAIL) | relation;
}

/* All that is done at this instant: timers, and actions, which are executed at once. */
static void
do_what_is_due(Scenario *scenario)
{
	MachineRun *run = &scenario->run;

	for (;;)
	{
		campaign_machine_advance(scenario->graph, run, scenario->states, scenario->now,
								 &scenario->effects);
		tell_effects(scenario);
		if (run->halt != RUN_ON_ACTION)
			break;
		tell(scenario, run->step, "action_executed", "");
		if (scenario->graph->steps[run->step].creates_relation)
			relate(scenario, GRAPH_STATE_PENDING);
		campaign_machine_outcome(scenario->graph, run, MACHINE_COMPLETE, NULL, scenario->states,
								 scenario->now, scenario->now, &scenario->effects);
		tell_effects(scenario);
	}
}

static uint64_t
bit_of(const char *kind)
{
	for (int i = 0; i < DEFINITION_EVENTS; i++)
		if (strcmp(random_definition_events[i], kind) == 0)
			return UINT64_C(1) << i;
	return 0;
}

static void
apply(Scenario *scenario, const Recorded *event)
{
	const Graph *graph = scenario->graph;
	MachineRun *run = &scenario->run;
	uint64_t bits = bit_of(event->kind);

	if (strcmp(event->kind, "connected") == 0)
		relate(scenario, GRAPH_STATE_CONNECTED);
	else if (strcmp(event->kind, "invited") == 0)
		relate(scenario, GRAPH_STATE_PENDING);
	else if (strcmp(event->kind, "disconnected") == 0)
		relate(scenario, GRAPH_STATE_NOT_CONNECTED);

	if (strcmp(event->kind, "unsubscribed") == 0)
		campaign_machine_leave(run, END_REMOVED, "unsubscribed", &scenario->effects);
	else if (strcmp(event->kind, "bounced") == 0)
		campaign_machine_leave(run, END_ERROR, "bounced", &scenario->effects);
	else if (strcmp(event->kind, "replied") == 0)
		campaign_machine_reply(graph, run, bits, scenario->states, event->at, event->at,
							   &scenario->effects);
	else
		campaign_machine_event(graph, run, bits, scenario->states, event->at, event->at,
							   &scenario->effects);
	tell_effects(scenario);
}

/*
 * Each event has minutes and seconds of its own, and delays are whole hours: what counts from one
 * never falls on another.
 */
static void
make_events(Scenario *scenario, Random *random)
{
	static const char *const kinds[] = {"clicked", "opened",  "connected",    "connected",
										"invited", "clicked", "disconnected", "replied"};
	int hours[MAX_EVENTS];

	scenario->n_events = random_below(random, MAX_EVENTS);
	for (int i = 0; i < scenario->n_events; i++)
		hours[i] = random_below(random, 600);
	for (int i = 0; i < scenario->n_events; i++)
	{
		Recorded *event = &scenario->events[i];
		int earliest = i;

		for (int j = i + 1; j < scenario->n_events; j++)
			if (hours[j] < hours[earliest])
				earliest = j;
		event->at = START + hours[earliest] * INSTANT_HOUR + (3 + 5 * i) * INSTANT_MINUTE +
					(7 + i) * INSTANT_SECOND;
		hours[earliest] = hours[i];
		event->kind = kinds[random_below(random, 8)];
		if (random_chance(random, 4))
			event->kind = random_chance(random, 50) ? "unsubscribed" : "bounced";
	}
}

static int
compare_days(const void *a, const void *b)
{
	return *(const Day *) a - *(const Day *) b;
}

static void
make_calendar(Scenario *scenario, Random *random)
{
	static const int east[] = {0, 9, -7};

	scenario->hours_east = east[random_below(random, 3)];
	for (int i = 0; i < N_HOLIDAYS; i++)
		scenario->holidays[i] = (Day) (START / INSTANT_DAY) + 10 * i + random_below(random, 9);
	qsort(scenario->holidays, N_HOLIDAYS, sizeof(Day), compare_days);
	scenario->calendar.zone = (Zone){fixed_offset, scenario};
	scenario->calendar.holidays = scenario->holidays;
	scenario->calendar.n_holidays = N_HOLIDAYS;
	scenario->run.calendar = &scenario->calendar;
}

static void
tell_setting(const Scenario *scenario, uint64_t seed)
{
	static const char *const relations[] = {"none", "connected", "pending"};
	FILE *out = scenario->out;
	char text[40];

	fprintf(out, "scenario %" PRIu64 "\ndefinition %s\n", seed, scenario->made.json);
	fprintf(out, "settings {\"exit_on_reply\": %s, \"time_zone\": \"%s\"}\n",
			scenario->graph->exit_on_reply ? "true" : "false",
			scenario->hours_east == 0   ? "UTC"
			: scenario->hours_east == 9 ? "Etc/GMT-9"
										: "Etc/GMT+7");
	fprintf(out, "start %s\n", time_text(START, text, sizeof(text)));
	fprintf(out, "email %s\n", (scenario->states & GRAPH_STATE_HAS_EMAIL) ? "yes" : "no");
	fprintf(out, "relation %s\n", relations[scenario->states & 3]);
	for (int i = 0; i < N_HOLIDAYS; i++)
	{
		CivilDate date = campaign_calendar_date(scenario->holidays[i]);

		fprintf(out, "holiday %04d-%02d-%02d\n", date.year, date.month, date.day);
	}
	for (int i = 0; i < scenario->n_events; i++)
		fprintf(out, "event %s %s\n", time_text(scenario->events[i].at, text, sizeof(text)),
				scenario->events[i].kind);
	fprintf(out, "until %s\n", time_text(UNTIL, text, sizeof(text)));
}

static void
live(Scenario *scenario)
{
	int next = 0;

	scenario->now = START;
	campaign_machine_start(scenario->graph, &scenario->run, START);
	do_what_is_due(scenario);
	while (scenario->run.halt != RUN_ENDED)
	{
		Instant due = scenario->run.due_at;
		bool by_event = next < scenario->n_events && scenario->events[next].at < due;

		scenario->now = by_event ? scenario->events[next].at : due;
		if (scenario->now > UNTIL)
			break;
		if (by_event)
			apply(scenario, &scenario->events[next++]);
		do_what_is_due(scenario);
	}
}

int
scenario_tell(FILE *out, uint64_t seed, int64_t campaign, int64_t prospect)
{
	static Scenario scenario;
	Random random = {.state = campaign_scatter(seed)};

	memset(&scenario, 0, sizeof(scenario));
	scenario.out = out;
	scenario.effects.items = scenario.items;
	scenario.effects.max = MACHINE_MAX_MOVES;
	random_definition_make(&scenario.made, &random, random_chance(&random, 60));
	scenario.graph = &scenario.made.graph;
	scenario.states = UINT64_C(1) << random_below(&random, 3);
	if (random_chance(&random, 70))
		scenario.states = GRAPH_STATE_NOT_CONNECTED;
	if (random_chance(&random, 60))
		scenario.states |= GRAPH_STATE_HAS_EMAIL;
	make_events(&scenario, &random);
	make_calendar(&scenario, &random);
	scenario.run.seed =
		campaign_scatter(campaign_scatter((uint64_t) campaign) ^ (uint64_t) prospect);
	tell_setting(&scenario, seed);
	live(&scenario);
	return scenario.lines;
}
