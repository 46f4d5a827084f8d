/*
 * graph_links.h
 *		The ways on from a step of a graph, whatever a run would find there. For core alone.
 *
 * Everything that asks where a walk can go from a step does so through this: the sealing of a graph and
 * its check. Which way a run takes is the machine's.
 */
#ifndef CAMPAIGN_GRAPH_LINKS_H
#define CAMPAIGN_GRAPH_LINKS_H

#include "core/graph.h"

/* One way on from a step. */
typedef struct GraphLink
{
	int target;
	bool takes_time; /* no walk takes it without time passing */
	bool connects;   /* whoever takes it has asked for a connection, or has one */
	bool addresses;  /* whoever takes it has looked for an address, or has one */
} GraphLink;

/* The i-th way on from a step; false if it has no more. */
extern bool campaign_graph_link_at(const Graph *graph, int from, int i, GraphLink *link);

#endif
