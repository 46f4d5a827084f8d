/*
 * random_definition.h
 *		Random sequences as users write them, and the graph that they are compiled to.
 *
 * The text is for the real extension, the graph for the simulator: the two have to lead to the same
 * trace. Every step has a name of its own, so that both speak of the same step; ends that no step is
 * written for are called as the compiler calls them.
 */
#ifndef CAMPAIGN_RANDOM_DEFINITION_H
#define CAMPAIGN_RANDOM_DEFINITION_H

#include "core/graph.h"
#include "random_graph.h"

#define DEFINITION_BYTES 32768

/* The kinds of event that conditions ask about, by bit. */
#define DEFINITION_EVENTS 3
extern const char *const random_definition_events[DEFINITION_EVENTS];

typedef struct RandomDefinition
{
	char json[DEFINITION_BYTES];
	GraphStep steps[RANDOM_MAX_STEPS];
	GraphCase cases[RANDOM_MAX_STEPS];
	char names[RANDOM_MAX_STEPS][8];
	Graph graph;
} RandomDefinition;

/* A definition without faults: draws until there is one. */
extern void random_definition_make(RandomDefinition *made, Random *random, bool exit_on_reply);

#endif
