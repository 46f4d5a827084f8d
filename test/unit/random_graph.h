/*
 * random_graph.h
 *		Random sequences for the simulator, made from a seed: valid, nested, of all kinds of step.
 */
#ifndef CAMPAIGN_RANDOM_GRAPH_H
#define CAMPAIGN_RANDOM_GRAPH_H

#include "core/graph.h"

#define RANDOM_MAX_STEPS 96
#define RANDOM_EVENTS 4 /* bits 0..3 */
#define RANDOM_DATES 4  /* dates that delays go to */

/* splitmix64; any state will do as a seed. */
typedef struct Random
{
	uint64_t state;
} Random;

extern uint64_t random_next(Random *random);

/* 0 .. below - 1 */
extern int random_below(Random *random, int below);

/* True in so many of a hundred cases. */
extern bool random_chance(Random *random, int percent);

/* None to twenty days, in whole hours, so that things often fall on one instant. */
extern Instant random_duration(Random *random);

typedef struct RandomGraph
{
	GraphStep steps[RANDOM_MAX_STEPS];
	GraphCase cases[RANDOM_MAX_STEPS];
	Graph graph;
	/*
	 * in: no action, and no condition by state. No set either: what it wrote has to be asked for anew, and
	 * a run that is late may leave by an event before the step behind it was begun.
	 */
	bool events_only;
	bool loops; /* in: some steps lead back, each after an hour at least */
} RandomGraph;

/* False if there was no room, which is to be taken as no graph. */
extern bool random_graph_make(RandomGraph *made, Random *random);

#endif
