/*
 * adapter_hearing.h
 *		What services have answered to requests of adapters: what it means for the actions, and what is
 *		kept of it.
 *
 * What follows for the actions themselves is engine/outcome_recording. Order of use: open, hear of each
 * action, close, which writes what was learned.
 */
#ifndef CAMPAIGN_ADAPTER_HEARING_H
#define CAMPAIGN_ADAPTER_HEARING_H

#include "engine/adapter_answer.h"
#include "engine/outcome_recording.h"
#include "store/exchanges.h"
#include "store/learned.h"

typedef struct AdapterHearing
{
	const Round *round;
	Adapters adapters;
	const OpenAction **actions; /* those with adapters, */
	Exchange *exchanges;        /* and how far each has come */
	int n;
	KeptValue *kept;
	int n_kept;
	int max_kept;
	int64 *accepted; /* accounts of accepted actions, which may repeat */
	int n_accepted;
	LearnedValues *learned; /* of the prospects of the actions; empty = nothing */
	const char *read_body;  /* of the answer that was read last: those of one request share it, */
	int read_status;
	Jsonb *read; /* and it is read once */
} AdapterHearing;

/* Of these actions, read and locked. Asks nothing if no channel of theirs has an adapter. */
extern void campaign_adapter_hearing_open(AdapterHearing *hearing, const Round *round,
										  const OpenAction *actions, int n);

/*
 * What was heard of an attempt of this action, which has an adapter; outcome: NULL = nothing, since its
 * dispatcher is dead. heard has what is known without the adapter, and is filled in.
 */
extern void campaign_adapter_hear(AdapterHearing *hearing, const OpenAction *action,
								  const DeliveryOutcome *outcome, Heard *heard);

/* The same of the answer to a question about what is pending; false = it goes on being pending. */
extern bool campaign_adapter_hear_poll(AdapterHearing *hearing, const OpenAction *action,
									   const DeliveryOutcome *outcome, Heard *heard);

extern void campaign_adapter_hearing_close(const AdapterHearing *hearing);

#endif
