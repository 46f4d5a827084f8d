/*
 * graph_check.h
 *		What can be wrong with a sealed graph. What is wrong with the text of a definition is found
 *		before there is a graph.
 */
#ifndef CAMPAIGN_GRAPH_CHECK_H
#define CAMPAIGN_GRAPH_CHECK_H

#include "core/graph.h"

typedef enum GraphFaultCode
{
	/* No walk comes here. Not said of steps that the builder made, which have no path. */
	GRAPH_FAULT_UNREACHABLE,

	/*
	 * A walk comes back here on which no time need pass: actions take none. Said of the first step
	 * of a loop only.
	 */
	GRAPH_FAULT_LOOP_WITHOUT_DELAY,

	/* Needs a connection, and a walk comes here that neither asked for one nor found one. */
	GRAPH_FAULT_WITHOUT_CONNECTION,

	/* Needs an address, names no other way, and a walk comes here that neither looked for nor found one. */
	GRAPH_FAULT_WITHOUT_ADDRESS,

	/* A wait whose "after" is not before "within". */
	GRAPH_FAULT_NEVER_HOLDS
} GraphFaultCode;

typedef struct GraphFault
{
	int step;
	GraphFaultCode code;
} GraphFault;

/* Looks for faults of a sealed graph, in order of steps; how many there are, of which max are stored. */
extern int campaign_graph_check(const Graph *graph, GraphFault *faults, int max);

#endif
