/*
 * dispatching.h
 *		A dispatcher, and one transaction of it: outcomes and dots in, starts out.
 */
#ifndef CAMPAIGN_DISPATCHING_H
#define CAMPAIGN_DISPATCHING_H

#include "postgres.h"

#include "engine/due_turns.h"
#include "worker/backoff.h"
#include "worker/flights.h"
#include "worker/process.h"
#include "worker/readings.h"

/* Failures of recording are counted under this number of a workspace. */
#define BACKOFF_RECORD (-1)

typedef struct Dispatcher
{
	Process *process;
	Backoff *backoff;
	NetLoop *loop;
	NetRelay *relay;
	Flights *flights;
	Readings *readings;
	Delivery *delivery;
	int places;
	WorkShare share;
	/* the setting as it was last heeded, or NULL */
	char *private_networks;
	int record_max;        /* outcomes of one transaction; 1 while recording fails */
	TimestampTz look_at;   /* when to start what is ready, if nobody wakes us */
	TimestampTz looked_at; /* the safety poll counts from then */
	uint32 limits;         /* changes of what may be sent that were taken into account */
	TimestampTz asked_at;  /* when gateways were last asked for what they took on */
	int stuck_looks;       /* looks in a row that found something and could not start it */
	DueTurns turns;        /* of the workspaces */
	uint32 departed; /* dispatchers that had ended when this one last took back what they left */
	TimestampTz recover_at; /* when to try that again */
} Dispatcher;

/* Records what has come in, looks for what is ready, or both; what was started leaves after the commit. */
extern void campaign_dispatching_run(Dispatcher *dispatcher, bool record, bool look);

#endif
